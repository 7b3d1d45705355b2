namespace Gantry.Bench;

/// <summary>The command line: <c>[suite…] [--seconds N] [--minutes N] [--only P7,…] [--json FILE]</c>.</summary>
internal static class BenchCommand
{
    private static readonly IBenchSuite[] Suites = [new SqliteSuite(), new PostgresSuite(), new MulticastSuite(), new SoakSuite(), new TrustQuorumSuite(), new InstancesSuite()];

    public static async Task<int> RunAsync(string[] args, TextWriter output, CancellationToken ct)
    {
        if (BenchArguments.Parse(args, out var arguments) is { } wrong)
        {
            await output.WriteLineAsync(
                $"{wrong}\nusage: dotnet run --project tests/Bench -c Release -- [{string.Join('|', Suites.Select(s => s.Name))}]… "
                + "[--seconds N] [--minutes N] [--only P7,…] [--json FILE]");
            return 2;
        }

        var chosen = Suites.Where(s => (arguments.Suites.Count == 0 && !s.IsOnDemand) || arguments.Suites.Contains(s.Name)).ToList();
        if (arguments.Suites.FirstOrDefault(n => chosen.TrueForAll(s => s.Name != n)) is { } unknown)
        {
            await output.WriteLineAsync($"There is no suite {unknown}; there are {string.Join(", ", Suites.Select(s => s.Name))}.");
            return 2;
        }

        var report = new BenchReport { Machine = Machine.Describe(), Results = [] };
        await output.WriteLineAsync(report.Machine.ToString());
        foreach (var suite in chosen)
        {
            await foreach (var result in suite.RunAsync(new BenchOrder(arguments.Duration, arguments.Only), output, ct))
            {
                report.Results.Add(result);
                await output.WriteLineAsync(result.ToText());
            }
        }

        if (arguments.JsonFile is { } file)
        {
            await File.WriteAllTextAsync(file, report.ToJson(), ct);
        }

        return report.Results.TrueForAll(r => r.IsReached) ? 0 : 1;
    }
}
