using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Gantry.Actors;
using Gantry.Switch.Simulator;

namespace Gantry.Bench;

/// <summary>The four figures that multicast is held to: join to verified, a reborn switch, a quiet resync, and one call in ten failing.</summary>
internal sealed class MulticastSuite : IBenchSuite
{
    private const int JoinsPerSecond = 50;
    private const int RebornRounds = 5;

    public string Name => "multicast";

    public async IAsyncEnumerable<BenchResult> RunAsync(
        TimeSpan duration, TextWriter output, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var rig = await MulticastRig.StartAsync(ct);
        var started = TimeProvider.System.GetTimestamp();
        await rig.FillAsync(ct);
        await output.WriteLineAsync(Line($"filled in {Since(started).TotalSeconds:0.0} s: {MulticastRig.Groups} groups x {MulticastRig.MembersPerGroup} members"));
        await rig.VerifiedAsync(ct);
        await output.WriteLineAsync(Line($"verified on both switches after {Since(started).TotalSeconds:0.0} s"));
        yield return await JoinsAsync(rig, duration, ct);
        yield return await QuietAsync(rig, ct);
        yield return await RebornAsync(rig, ct);
        yield return await FailingAsync(rig, duration, ct);
    }

    // Open loop: a slow answer does not slow the next caller down.
    private static async Task<BenchResult> JoinsAsync(MulticastRig rig, TimeSpan duration, CancellationToken ct)
    {
        var took = new ConcurrentQueue<long>();
        var open = new List<Task>();
        var began = TimeProvider.System.GetTimestamp();
        for (var n = 0; n < JoinsPerSecond * duration.TotalSeconds; n++)
        {
            var wait = TimeSpan.FromSeconds((double)n / JoinsPerSecond) - Since(began);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, TimeProvider.System, ct);
            }

            var group = n * 37 % MulticastRig.Groups;
            open.Add(Task.Run(
                async () =>
                {
                    var start = TimeProvider.System.GetTimestamp();
                    await rig.JoinVerifiedAsync(group, ct);
                    took.Enqueue(TimeProvider.System.GetTimestamp() - start);
                },
                ct));
        }

        await Task.WhenAll(open);
        List<long> ticks = [.. took];
        var (half, most) = (Percentiles.Ms(ticks, 50), Percentiles.Ms(ticks, 99));
        return new BenchResult
        {
            Id = "multicast-join",
            What = $"join -> read back from both switches, {JoinsPerSecond} joins/s",
            Values = new Dictionary<string, double>
            {
                ["joins"] = ticks.Count,
                ["p10 ms"] = Percentiles.Ms(ticks, 10),
                ["p50 ms"] = half,
                ["p90 ms"] = Percentiles.Ms(ticks, 90),
                ["p99 ms"] = most,
                ["max ms"] = Percentiles.Ms(ticks, 100),
            },
            Targets = [new BenchTarget("50 ms / p50", 50 / half, 1), new BenchTarget("1000 ms / p99", 1000 / most, 1)],
        };
    }

    private static async Task<BenchResult> QuietAsync(MulticastRig rig, CancellationToken ct)
    {
        var took = new List<long>();
        var before = rig.Switches[0].Requests.Length;
        var requests = 0;

        // The first one is not counted: once in the life of a process a full turn also tells members what their instances know.
        for (var round = 0; round <= 5; round++)
        {
            var seen = Multicast(rig.Switches[0]);
            var start = TimeProvider.System.GetTimestamp();
            await rig.Reconciler.ReconcileAsync(
                MulticastRig.KeyOf(0), new ReconcileTurn(true, false, 1, TimeProvider.System.GetUtcNow()), ct);
            if (round > 0)
            {
                took.Add(TimeProvider.System.GetTimestamp() - start);
                requests = Math.Max(requests, Multicast(rig.Switches[0]) - seen);
            }
        }

        // Two pages of 1,000 objects and the empty one that ends the list; a probe may ask for one object in between.
        return new BenchResult
        {
            Id = "multicast-quiet",
            What = "full resync of one switch where nothing changed",
            Values = new Dictionary<string, double>
            {
                ["requests per resync, at most"] = requests,
                ["p50 ms"] = Percentiles.Ms(took, 50),
                ["max ms"] = Percentiles.Ms(took, 100),
                ["requests before"] = before,
            },
            Targets = [new BenchTarget("4 requests / requests", 4.0 / Math.Max(1, requests), 1)],
        };
    }

    private static int Multicast(SwitchSimulator one) => (int)one.RequestsOf("/multicast");

    // The legs take turns, so that a slow minute of the machine meets both; the first turn of each only warms up.
    private static async Task<BenchResult> RebornAsync(MulticastRig rig, CancellationToken ct)
    {
        var wanted = rig.Switches[1].Model.Groups.Count;
        var bodies = rig.Switches[1].Model.Groups.Values.OrderBy(g => g is ExternalGroup).Select(BodyOf).ToList();
        var rounds = new List<(TimeSpan Noticed, TimeSpan Work, TimeSpan Bare)>();
        for (var round = 0; round <= RebornRounds; round++)
        {
            var bare = await BareAsync(bodies, ct);
            var (noticed, work) = await RebornOnceAsync(rig, wanted, ct);
            if (round > 0)
            {
                rounds.Add((noticed, work, bare));
            }
        }

        var ratio = Median(rounds.Select(r => r.Work / r.Bare));
        var slowest = rounds.Max(r => r.Noticed + r.Work).TotalSeconds;
        return new BenchResult
        {
            Id = "multicast-reborn",
            What = $"a switch that came back empty holds {wanted} objects again, read back; medians of {RebornRounds} rounds",
            Values = new Dictionary<string, double>
            {
                ["restart -> noticed s"] = Median(rounds.Select(r => r.Noticed.TotalSeconds)),
                ["noticed -> verified s"] = Median(rounds.Select(r => r.Work.TotalSeconds)),
                ["restart -> verified s, slowest"] = slowest,
                ["the same writes, bare loop s"] = Median(rounds.Select(r => r.Bare.TotalSeconds)),
                ["ratio, lowest"] = rounds.Min(r => r.Work / r.Bare),
                ["ratio"] = ratio,
                ["ratio, highest"] = rounds.Max(r => r.Work / r.Bare),
            },
            Targets = [new BenchTarget("10 s / total", 10 / slowest, 1), new BenchTarget("1.5 / ratio", 1.5 / ratio, 1)],
        };
    }

    private static async Task<(TimeSpan Noticed, TimeSpan Work)> RebornOnceAsync(MulticastRig rig, int wanted, CancellationToken ct)
    {
        var restart = TimeProvider.System.GetTimestamp();
        var since = TimeProvider.System.GetUtcNow();
        rig.Switches[1].Restart();
        DateTimeOffset? at;
        while ((at = rig.Status.VerifiedAt(MulticastRig.KeyOf(1))) is null || at < since || rig.Switches[1].Model.Groups.Count < wanted || rig.Noticed < restart)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, ct);
        }

        // When it was read back, and not when this loop came to look.
        var total = at.Value - since;
        var noticed = TimeProvider.System.GetElapsedTime(restart, rig.Noticed);
        return (noticed, total - noticed);
    }

    private static double Median(IEnumerable<double> values)
    {
        List<double> sorted = [.. values.Order()];
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    // The same bodies in the same order over one connection, against a switch of its own.
    private static async Task<TimeSpan> BareAsync(List<(string Path, string Body)> bodies, CancellationToken ct)
    {
        await using var fresh = await SwitchSimulator.StartAsync(
            new SwitchSimulatorOptions { Port = 0, ControlPort = 0, Mode = SwitchMode.Faithful }, ct);
        using var http = new HttpClient { BaseAddress = fresh.Address };
        http.DefaultRequestHeaders.Add("api-version", "13.0.0");
        var start = TimeProvider.System.GetTimestamp();
        foreach (var (path, body) in bodies)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync(path, content, ct);
            answer.EnsureSuccessStatusCode();
        }

        return Since(start);
    }

    private static (string Path, string Body) BodyOf(SimGroup group) => group switch
    {
        UnderlayGroup u => (
            "multicast/underlay-groups",
            $"{{\"group_ip\":\"{u.Address}\",\"tag\":\"{u.Tag}\",\"members\":[{string.Join(',', u.Members.Select(m => $"{{\"port_id\":\"{m.Lane.Port}\",\"link_id\":{m.Lane.Link},\"direction\":\"Underlay\"}}"))}]}}"),
        ExternalGroup e => (
            "multicast/external-groups",
            $"{{\"group_ip\":\"{e.Address}\",\"tag\":\"{e.Tag}\",\"internal_forwarding\":{{\"nat_target\":{{\"internal_ip\":\"{e.Nat.Internal}\",\"inner_mac\":{{\"a\":[{string.Join(',', e.Nat.MacBytes)}]}},\"vni\":{e.Nat.Vni}}}}},\"external_forwarding\":{{\"vlan_id\":null}},\"sources\":null}}"),
        _ => throw new InvalidOperationException("two kinds of group exist"),
    };

    private static async Task<BenchResult> FailingAsync(MulticastRig rig, TimeSpan duration, CancellationToken ct)
    {
        foreach (var one in rig.Switches)
        {
            one.Faults.Add(new SimFault("status") { Probability = 0.05, Match = new FaultMatch(Path: "/multicast") });
            one.Faults.Add(new SimFault("status") { Probability = 0.025, Match = new FaultMatch(Path: "/multicast"), Params = new FaultParams { Apply = "after" } });
            one.Faults.Add(new SimFault("drop_after_apply") { Probability = 0.025, Match = new FaultMatch(Path: "/multicast") });
        }

        var changes = (int)(JoinsPerSecond * duration.TotalSeconds);
        for (var n = 0; n < changes; n++)
        {
            await rig.JoinAsync(n * 41 % MulticastRig.Groups, ct);
        }

        var last = TimeProvider.System.GetTimestamp();
        await rig.VerifiedAsync(ct);
        var took = Since(last);
        foreach (var one in rig.Switches)
        {
            one.Faults.Clear();
        }

        return new BenchResult
        {
            Id = "multicast-failing",
            What = "one switch call in ten fails, before or after being done, with or without an answer",
            Values = new Dictionary<string, double> { ["changes"] = changes, ["last change -> all verified s"] = took.TotalSeconds },
            Targets = [new BenchTarget("30 s / time", 30 / Math.Max(0.001, took.TotalSeconds), 1)],
        };
    }

    private static TimeSpan Since(long start) => TimeProvider.System.GetElapsedTime(start);

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
