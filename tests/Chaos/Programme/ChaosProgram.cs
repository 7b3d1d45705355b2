using System.Diagnostics;
using System.Globalization;
using Gantry.Tests;

namespace Gantry.Chaos;

/// <summary>
/// <c>dotnet run --project tests/Chaos -c Release -- --minutes N [--nodes 3] [--seed S] [--failovers N]</c>: real node processes over a real
/// server, everything breaks, and the histories of clients are checked (engine 11.3).
/// </summary>
internal static class ChaosProgram
{
    private const int Probes = 16;

    public static async Task<int> Main(string[] args)
    {
        if (args is ["--node", var file])
        {
            return await ChaosNode.RunAsync(file);
        }

        if (args.Length == 2 && !args[0].StartsWith('-'))
        {
            return await MortalNode.RunAsync(args);
        }

        if (TemporaryPostgres.WhyNot is { } why)
        {
            Console.WriteLine($"chaos: skipped, it {why}");
            return 2;
        }

        var minutes = Of(args, "--minutes", 3.0);
        var seed = (int)Of(args, "--seed", Environment.ProcessId);
        Console.WriteLine($"chaos: {minutes} min, seed {seed}");
        return await RunAsync(minutes, (int)Of(args, "--nodes", 3), (int)Of(args, "--failovers", 0), seed);
    }

    private static double Of(string[] args, string name, double otherwise) =>
        Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? double.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;

    private static async Task<int> RunAsync(double minutes, int nodes, int failovers, int seed)
    {
        var began = Stopwatch.GetTimestamp();
        await using var cluster = await ChaosCluster.StartAsync(nodes);
        using var clients = new ChaosClients([.. cluster.Members.Select(m => m.Url)], seed);
        var distribution = await FailoversAsync(cluster, clients, failovers);
        var faults = new ChaosFaults(cluster, seed, Say);
        using (var over = new CancellationTokenSource(TimeSpan.FromMinutes(minutes)))
        {
            var load = clients.RunAsync(over.Token);
            await faults.RunAsync(over.Token);
            await load;
        }

        Say("faults are over");
        var violations = await JudgeAsync(cluster, clients);
        Print(clients, faults, distribution, violations);
        if (violations.Count == 0)
        {
            await cluster.DisposeAsync();
            cluster.Forget();
            return 0;
        }

        await File.WriteAllLinesAsync(Path.Combine(cluster.Folder, "history.txt"), clients.History.OrderBy(o => o.Invoked).Select(o => $"{o} {o.Outcome}"));
        Console.WriteLine($"logs, journal of calls: {cluster.Folder}; the server's databases go with this process");
        return 1;

        void Say(string what) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"  {Stopwatch.GetElapsedTime(began).TotalSeconds,6:0.0} s  {what}"));
    }

    // kill -9 to serving: every probe, one per some shards, is accepted by the survivors again (engine 11.4).
    private static async Task<List<double>> FailoversAsync(ChaosCluster cluster, ChaosClients clients, int count)
    {
        var all = new List<double>();
        if (count > 0)
        {
            // Shards are where they belong once every node has been there for a while.
            await Task.Delay(TimeSpan.FromSeconds(8), TimeProvider.System);
        }

        for (var i = 0; i < count; i++)
        {
            var victim = cluster.Members[i % cluster.Members.Count];
            var others = cluster.Members.Where(m => m != victim || cluster.Members.Count == 1).Select(m => m.Url).ToList();
            await ProbeAsync(clients, others);
            var from = Stopwatch.GetTimestamp();
            await victim.KillAsync();
            await ProbeAsync(clients, others);
            all.Add(Stopwatch.GetElapsedTime(from).TotalSeconds);
            victim.Start();
            await victim.ReadyAsync(TimeSpan.FromSeconds(60));

            // Shards come back to it, so that it has some to lose the next time.
            await Task.Delay(TimeSpan.FromSeconds(6), TimeProvider.System);
        }

        return all;
    }

    private static Task ProbeAsync(ChaosClients clients, List<Uri> at) => Task.WhenAll(Enumerable.Range(0, Probes)
        .Select(n => clients.UntilAcceptedAsync($"probe-{n}", "add", at, TimeSpan.FromSeconds(30), deadlineMs: 500)));

    private static async Task<List<string>> JudgeAsync(ChaosCluster cluster, ChaosClients clients)
    {
        foreach (var member in cluster.Members)
        {
            member.Heal();
            if (!member.IsRunning)
            {
                await member.KillAsync();
                member.Start();
            }
        }

        await Task.WhenAll(cluster.Members.Select(m => m.ReadyAsync(TimeSpan.FromSeconds(90))));
        var violations = clients.ListFaults.ToList();
        var urls = cluster.Members.Select(m => m.Url).ToList();
        foreach (var cell in clients.History.Select(o => o.Cell).Distinct().Order(StringComparer.Ordinal).ToList())
        {
            if (await clients.UntilAcceptedAsync(cell, "read", urls, TimeSpan.FromSeconds(60)) is null)
            {
                violations.Add($"{cell} does not answer though everything has healed");
            }
        }

        var history = clients.History.ToList();
        violations.AddRange(history.GroupBy(o => o.Cell).SelectMany(g => CellCheck.WhatIsWrong(g.ToList())));
        violations.AddRange(NameCheck.WhatIsWrong(history));
        foreach (var ledger in history.Where(o => o.Verb == "pay").GroupBy(o => o.Text!)) // a payment names one
        {
            violations.AddRange(LedgerCheck.WhatIsWrong(ledger, await SettledAsync(clients, ledger.Key, ledger)));
        }

        return violations;
    }

    // Mail is on its way until it is there: what is accepted must come, and then it is looked whether more came.
    private static async Task<List<long>> SettledAsync(ChaosClients clients, string ledger, IEnumerable<Operation> payments)
    {
        var expected = payments.Count(p => p.Certainty == Certainty.Accepted);
        var from = Stopwatch.GetTimestamp();
        while (true)
        {
            var numbers = await clients.LedgerAsync(ledger);
            if (numbers.Count >= expected || Stopwatch.GetElapsedTime(from) > TimeSpan.FromSeconds(30))
            {
                await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
                return await clients.LedgerAsync(ledger);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        }
    }

    private static void Print(ChaosClients clients, ChaosFaults faults, List<double> distribution, List<string> violations)
    {
        Console.WriteLine($"faults: {faults.Counts.Values.Sum()}: {string.Join(", ", faults.Counts.OrderBy(f => f.Key).Select(f => $"{f.Key} {f.Value}"))}");
        Console.WriteLine($"operations: {clients.History.Count} and {clients.Lists} lists");
        foreach (var verb in clients.History.GroupBy(o => o.Verb).OrderBy(g => g.Key))
        {
            Console.WriteLine($"  {verb.Key,-8} {string.Join(", ", verb.GroupBy(o => o.Outcome).OrderBy(g => g.Key).Select(g => $"{g.Key} {g.Count()}"))}");
        }

        if (distribution.Count > 0)
        {
            var sorted = distribution.Order().ToList();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"kill -9 to serving, {sorted.Count} runs: min {sorted[0]:0.00} s, median {sorted[sorted.Count / 2]:0.00} s, "
                + $"p95 {sorted[(int)Math.Min(sorted.Count - 1, sorted.Count * 0.95)]:0.00} s, max {sorted[^1]:0.00} s"));
        }

        Console.WriteLine($"violations: {violations.Count}");
        foreach (var violation in violations.Take(20))
        {
            Console.WriteLine($"  {violation}");
        }
    }
}
