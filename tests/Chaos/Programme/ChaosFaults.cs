using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gantry.Tests;

namespace Gantry.Chaos;

/// <summary>
/// Breaks things by a seed, several at once, and mends each after its time. Kinds are dealt like cards: each once before any comes again, so
/// that a short run has them all.
/// </summary>
internal sealed class ChaosFaults(ChaosCluster cluster, int seed, Action<string> say)
{
    /// <summary>Every kind of engine 11.3.</summary>
    public static readonly ImmutableArray<string> Kinds =
    [
        "kill", "stop", "stop-beyond-ttl", "store-cut", "store-one-way", "link-cut", "link-one-way", "peer-cut", "peer-one-way", "clients-cut",
        "clients-one-way", "store-slow", "link-slow", "clients-slow", "sessions", "server-restart", "server-immediate", "drain", "move", "rolling",
        "full-restart",
    ];

    private readonly Random _dice = new(seed);
    private readonly ConcurrentDictionary<string, int> _counts = new();
    private readonly HashSet<ChaosCluster.Member> _busy = [];
    private readonly Queue<string> _deck = new();
    private readonly List<Task> _running = [];
    private readonly SemaphoreSlim _server = new(1, 1);

    public IReadOnlyDictionary<string, int> Counts => _counts;

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(2 + (4 * _dice.NextDouble())), TimeProvider.System, stop);
                _running.RemoveAll(t => t.IsCompletedSuccessfully);
                Deal(Next(), _dice.NextDouble(), isForth: _dice.Next(2) == 0);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Enough.
        }

        await Task.WhenAll(_running);
    }

    private string Next()
    {
        if (_deck.Count == 0)
        {
            var kinds = Kinds.ToArray();
            _dice.Shuffle(kinds);
            Array.ForEach(kinds, _deck.Enqueue);
        }

        return _deck.Dequeue();
    }

    private void Deal(string kind, double size, bool isForth)
    {
        var free = cluster.Members.Where(m => !IsBusy(m)).ToList();
        if (free.Count == 0)
        {
            _deck.Enqueue(kind);
            return;
        }

        var member = free[_dice.Next(free.Count)];
        var peer = cluster.Members.Where(m => m != member || cluster.Members.Count == 1).ElementAt(_dice.Next(Math.Max(1, cluster.Members.Count - 1)));
        _running.Add(OneAsync(kind, size, isForth, member, peer));
    }

    private Task OneAsync(string kind, double size, bool isForth, ChaosCluster.Member member, ChaosCluster.Member peer)
    {
        var cut = TimeSpan.FromSeconds(1 + (size * 8));
        var delay = TimeSpan.FromMilliseconds(2 + (size * 80));
        var others = cluster.Members.Where(m => m != member).ToList();
        return kind switch
        {
            "kill" => OnAsync(kind, member, () => RestartAsync(member, member.KillAsync, TimeSpan.FromSeconds(size * 6))),
            "stop" => OnAsync(kind, member, () => StopAsync(member, TimeSpan.FromSeconds(1 + (size * 1.5)))),
            "stop-beyond-ttl" => OnAsync(kind, member, () => StopAsync(member, TimeSpan.FromSeconds(4 + (size * size * 26)))),
            "store-cut" => OnAsync(kind, member, () => CutAsync([member.Store], [member.Store], cut)),
            "store-one-way" => OnAsync(kind, member, () => OneWayAsync([member.Store], [], isForth, cut)),
            "link-cut" => OnAsync(kind, member, () => CutAsync(Inward(member, others), Outward(member, others), cut)),
            "link-one-way" => OnAsync(kind, member, () => OneWayAsync(Inward(member, others), Outward(member, others), isForth, cut)),
            "peer-cut" => OnAsync(kind, member, () => CutAsync(Inward(member, [peer]), Outward(member, [peer]), cut), peer),
            "peer-one-way" => OnAsync(kind, member, () => OneWayAsync(Inward(member, [peer]), Outward(member, [peer]), isForth, cut), peer),
            "clients-cut" => OnAsync(kind, member, () => CutAsync([member.Clients], [], cut / 2)),
            "clients-one-way" => OnAsync(kind, member, () => OneWayAsync([member.Clients], [], isForth, cut / 2)),
            "store-slow" => OnAsync(kind, member, () => SlowAsync([member.Store], delay)),
            "link-slow" => OnAsync(kind, member, () => SlowAsync([.. Inward(member, others), .. Outward(member, others)], delay)),
            "clients-slow" => OnAsync(kind, member, () => SlowAsync([member.Clients], delay)),
            "sessions" => ServerAsync(kind, () => cluster.TerminateSessionsAsync(size)),
            "server-restart" => ServerAsync(kind, () => RestartServerAsync("fast", TimeSpan.Zero)),
            "server-immediate" => ServerAsync(kind, () => RestartServerAsync("immediate", TimeSpan.FromSeconds(size * 4))),
            "drain" => OnAsync(kind, member, () => RestartAsync(member, () => member.StopAsync(TimeSpan.FromSeconds(25)), TimeSpan.Zero)),
            "move" => MoveAsync(kind, member, [.. Enumerable.Range(0, 8).Select(_ => _dice.Next(ChaosCluster.Shards))]),
            "rolling" => RollingAsync(kind),
            "full-restart" => FullAsync(kind),
            _ => throw new InvalidOperationException(kind),
        };
    }

    private static List<Edge> Inward(ChaosCluster.Member member, List<ChaosCluster.Member> peers) => [.. peers.Select(p => member.Link.From(p.Name))];

    private static List<Edge> Outward(ChaosCluster.Member member, List<ChaosCluster.Member> peers) => [.. peers.Select(p => p.Link.From(member.Name))];

    private static async Task RestartAsync(ChaosCluster.Member member, Func<Task> end, TimeSpan pause)
    {
        await end();
        await Task.Delay(pause, TimeProvider.System);
        member.Start();
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
    }

    private static async Task StopAsync(ChaosCluster.Member member, TimeSpan time)
    {
        member.Signal("STOP");
        await Task.Delay(time, TimeProvider.System);
        member.Signal("CONT");
    }

    // A cut edge breaks its connections in the end, as a time-out of the system would.
    private static async Task CutAsync(List<Edge> inward, List<Edge> outward, TimeSpan time)
    {
        List<Edge> all = [.. inward.Union(outward)];
        all.ForEach(e => (e.IsInboundCut, e.IsOutboundCut) = (true, true));
        await Task.Delay(time, TimeProvider.System);
        all.ForEach(e => e.Heal());
        all.ForEach(e => e.Reset());
    }

    // What goes to the node, or what comes from it, on connections in either sense.
    private static async Task OneWayAsync(List<Edge> inward, List<Edge> outward, bool isForth, TimeSpan time)
    {
        inward.ForEach(e => (e.IsInboundCut, e.IsOutboundCut) = (isForth, !isForth));
        outward.ForEach(e => (e.IsInboundCut, e.IsOutboundCut) = (!isForth, isForth));
        await Task.Delay(time, TimeProvider.System);
        inward.ForEach(e => e.Heal());
        outward.ForEach(e => e.Heal());
    }

    private static async Task SlowAsync(List<Edge> edges, TimeSpan delay)
    {
        edges.ForEach(e => e.Delay = delay);
        await Task.Delay(TimeSpan.FromSeconds(6), TimeProvider.System);
        edges.ForEach(e => e.Heal());
    }

    private static async Task RestartServerAsync(string mode, TimeSpan down)
    {
        await Task.Run(() => TemporaryPostgres.Shared.Control("stop", "-m", mode));
        await Task.Delay(down, TimeProvider.System);
        await Task.Run(() => TemporaryPostgres.Shared.Control("start"));
    }

    private async Task OnAsync(string kind, ChaosCluster.Member member, Func<Task> act, ChaosCluster.Member? peer = null)
    {
        TryTake(member);
        Count(kind, peer is null ? member.Name : $"{member.Name} and {peer.Name}");
        await act();
        Leave(member);
    }

    // One that breaks already is mended first.
    private async Task WaitAsync(ChaosCluster.Member member)
    {
        while (!TryTake(member))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    private bool TryTake(ChaosCluster.Member member)
    {
        lock (_busy)
        {
            return _busy.Add(member);
        }
    }

    private void Leave(ChaosCluster.Member member)
    {
        lock (_busy)
        {
            _busy.Remove(member);
        }
    }

    private bool IsBusy(ChaosCluster.Member member)
    {
        lock (_busy)
        {
            return _busy.Contains(member);
        }
    }

    private async Task ServerAsync(string kind, Func<Task> act)
    {
        // One at a time: sessions cannot be ended on a server that is down.
        await _server.WaitAsync();
        Count(kind, "");
        try
        {
            await act();
        }
        finally
        {
            _server.Release();
        }
    }

    private async Task MoveAsync(string kind, ChaosCluster.Member to, List<int> shards)
    {
        Count(kind, $"{shards.Count} shards to {to.Name}");
        foreach (var shard in shards)
        {
            await cluster.MoveAsync(shard, to);
        }
    }

    private async Task RollingAsync(string kind)
    {
        Count(kind, "");
        foreach (var member in cluster.Members)
        {
            await WaitAsync(member);
            await RestartAsync(member, () => member.StopAsync(TimeSpan.FromSeconds(25)), TimeSpan.Zero);
            Leave(member);
        }
    }

    private async Task FullAsync(string kind)
    {
        foreach (var member in cluster.Members)
        {
            await WaitAsync(member);
        }

        Count(kind, "");
        await Task.WhenAll(cluster.Members.Select(m => RestartAsync(m, m.KillAsync, TimeSpan.FromSeconds(1))));
        foreach (var member in cluster.Members)
        {
            Leave(member);
        }
    }

    private void Count(string kind, string what)
    {
        _counts.AddOrUpdate(kind, 1, (_, n) => n + 1);
        say($"{kind} {what}");
    }
}
