using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Gantry.Tests;

namespace Gantry.Chaos;

/// <summary>
/// <c>dotnet run --project tests/Chaos -c Release -- --minutes N [--nodes 3] [--seed S] [--failovers N [--only kill,rolling]] [--keep]</c>: real node
/// processes over a real server, everything breaks, and the histories of clients are checked (engine 11.3). Exit status 1 on a violation or a
/// missed target.
/// </summary>
internal static class ChaosProgram
{
    public static async Task<int> Main(string[] args)
    {
        if (args is ["--node", var file, var devices])
        {
            return await ChaosNode.RunAsync(file, devices);
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
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        var only = Array.IndexOf(args, "--only") is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
        return await RunAsync(minutes, (int)Of(args, "--nodes", 3), (int)Of(args, "--failovers", 0), only, seed, args.Contains("--keep"), stop.Token);

        // The first one ends the faults, so that what was done until then is judged; the second one ends the process.
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }

    private static double Of(string[] args, string name, double otherwise) =>
        Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? double.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;

    private static async Task<int> RunAsync(double minutes, int nodes, int failovers, string? only, int seed, bool isKept, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        await using var cluster = await ChaosCluster.StartAsync(nodes);
        using var clients = new ChaosClients([.. cluster.Members.Select(m => m.Url)], seed);
        await using var devices = await ChaosDevices.StartAsync(cluster.DevicesPort, seed);
        var targets = new TargetRuns(cluster, clients, Say);
        await targets.RunAsync(failovers, only, stop);
        var faults = new ChaosFaults(cluster, seed, Say);
        using (var over = CancellationTokenSource.CreateLinkedTokenSource(stop))
        {
            over.CancelAfter(TimeSpan.FromMinutes(minutes));
            var load = clients.RunAsync(over.Token);
            await faults.RunAsync(over.Token);
            await load;
        }

        Say("faults are over");
        var violations = await JudgeAsync(cluster, clients, devices);
        Print(clients, faults, devices, violations);
        targets.Print();
        if (violations.Count == 0)
        {
            await cluster.DisposeAsync();
            if (isKept)
            {
                Console.WriteLine($"logs: {cluster.Folder}");
            }
            else
            {
                cluster.Forget();
            }

            return targets.IsMet ? 0 : 1;
        }

        await cluster.KeepEvidenceAsync();
        await File.WriteAllLinesAsync(Path.Combine(cluster.Folder, "history.txt"), clients.History.OrderBy(o => o.Invoked).Select(o => $"{o} {o.Outcome}"), CancellationToken.None);
        Console.WriteLine($"logs, calls, journal and metrics: {cluster.Folder}");
        return 1;

        void Say(string what) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"  {Stopwatch.GetElapsedTime(began).TotalSeconds,6:0.0} s  {what}"));
    }

    private static async Task<List<Finding>> JudgeAsync(ChaosCluster cluster, ChaosClients clients, ChaosDevices devices)
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
                violations.Add(new Finding(FindingKind.Dark, $"{cell} does not answer though everything has healed"));
            }
        }

        var history = clients.History.ToList();
        violations.AddRange(history.GroupBy(o => o.Cell).SelectMany(g => CellCheck.WhatIsWrong(g.ToList())));
        violations.AddRange(NameCheck.WhatIsWrong(history));
        foreach (var ledger in history.Where(o => o.Verb == "pay").GroupBy(o => o.Text!)) // a payment names one
        {
            violations.AddRange(LedgerCheck.WhatIsWrong(ledger, await SettledAsync(clients, ledger.Key, ledger)));
        }

        violations.AddRange(devices.WhatIsWrong(history));
        foreach (var device in history.Where(o => o.Verb == "write" && o.Cell.StartsWith(ChaosArea.DevicePrefix, StringComparison.Ordinal)).Select(o => o.Cell).Distinct())
        {
            // The last read of it, after everything had healed.
            violations.AddRange(await devices.NotAtAsync(device, history.Where(o => o is { Verb: "read", Certainty: Certainty.Accepted } && o.Cell == device).MaxBy(o => o.Revision)!.Value));
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

    private static void Print(ChaosClients clients, ChaosFaults faults, ChaosDevices devices, List<Finding> violations)
    {
        Console.WriteLine($"faults: {faults.Counts.Values.Sum()}: {string.Join(", ", ChaosFaults.Kinds.Select(k => $"{k} {faults.Counts.GetValueOrDefault(k)}"))}");
        Console.WriteLine($"operations: {clients.History.Count} and {clients.Lists} lists");
        foreach (var verb in clients.History.GroupBy(o => o.Verb).OrderBy(g => g.Key))
        {
            Console.WriteLine($"  {verb.Key,-8} {string.Join(", ", verb.GroupBy(o => o.Outcome).OrderBy(g => g.Key).Select(g => $"{g.Key} {g.Count()}"))}");
        }

        Console.WriteLine($"devices: {devices}");
        Console.WriteLine($"lost acknowledgements: {Of(FindingKind.LostAcknowledgement)}; duplicate effects: {Of(FindingKind.DuplicateEffect)}");
        Console.WriteLine($"violations: {violations.Count}");
        foreach (var violation in violations.Take(20))
        {
            Console.WriteLine($"  {violation}");
        }

        int Of(FindingKind kind) => violations.Count(v => v.Kind == kind);
    }
}
