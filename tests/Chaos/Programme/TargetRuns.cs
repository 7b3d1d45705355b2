using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Gantry.Actors;
using Gantry.Tests;

namespace Gantry.Chaos;

/// <summary>The targets for failure of engine 11.4, each measured so many times on a cluster to which nothing else happens.</summary>
internal sealed class TargetRuns(ChaosCluster cluster, ChaosClients clients, Action<string> say)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    // The name of a cell in every shard.
    private readonly string[] _cells = [.. CellPerShard()];

    private readonly Distribution _kill = new("kill -9 to all its shards serving", TimeSpan.FromSeconds(5));
    private readonly Distribution _restart = new("kill -9 and restart under the same id to all its shards serving", TimeSpan.FromSeconds(2));
    private readonly Distribution _handOff = new("hand-off, longest time without an answer", TimeSpan.FromMilliseconds(200));
    private readonly Distribution _still = new("the same without a hand-off, for comparison", target: null);
    private readonly Distribution _rolling = new("rolling restart, slowest command", TimeSpan.FromSeconds(5));
    private readonly Distribution _server = new("server restart, accepting to all shards serving", TimeSpan.FromSeconds(3));
    private readonly ConcurrentDictionary<string, int> _onTheWay = new(StringComparer.Ordinal);
    private int _commands;
    private int _failed;

    /// <summary>Whether every target that was measured is met.</summary>
    public bool IsMet => Distributions.All(d => d.IsMet) && _failed == 0;

    private IEnumerable<Distribution> Distributions => [_kill, _restart, _handOff, _rolling, _server];

    /// <summary>Measures all, or what is named, so many times each.</summary>
    public async Task RunAsync(int count, string? only, CancellationToken stop)
    {
        (string Name, Func<int, Task> Act)[] all =
            [("hand-off", HandOffAsync), ("kill", KillAsync), ("restart", RestartAsync), ("server", ServerAsync), ("rolling", RollingAsync)];
        foreach (var (name, act) in all.Where(a => only is null || only.Split(',').Contains(a.Name)))
        {
            say($"{name}, {count} times");
            for (var i = 0; i < count && !stop.IsCancellationRequested; i++)
            {
                await BalancedAsync();
                await act(i);
            }
        }
    }

    public void Print()
    {
        foreach (var distribution in Distributions.Append(_still))
        {
            Console.WriteLine(distribution);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"rolling restart: {_commands} commands, {_failed} not done within 5 s or in doubt; answers on the way: {(_onTheWay.IsEmpty ? "none" : string.Join(", ", _onTheWay.OrderBy(o => o.Key).Select(o => $"{o.Key} {o.Value}")))}; target 0: {(_failed == 0 ? "met" : "MISSED")}"));
    }

    private static IEnumerable<string> CellPerShard()
    {
        var found = new SortedDictionary<int, string>();
        for (var i = 0; found.Count < ChaosCluster.Shards; i++)
        {
            found.TryAdd(ShardId.Of(ChaosArea.Address($"probe-{i}"), ChaosCluster.Shards).Value, $"probe-{i}");
        }

        return found.Values;
    }

    // Every node is up and has its share, and nothing moves any more.
    private async Task BalancedAsync()
    {
        await Task.WhenAll(cluster.Members.Select(m => m.ReadyAsync(s_patience)));
        List<string?> before = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
                var now = await ChaosCluster.OwnersAsync(cluster.Members[0]);
                var share = now.Count / (cluster.Members.Count + 1);
                var isEven = now.Count > 0 && cluster.Members.All(m => now.Count(o => o == m.Name) >= share) && now.SequenceEqual(before);
                before = now;
                return isEven;
            },
            s_patience);
    }

    private async Task KillAsync(int run)
    {
        var (victim, cells, others) = await VictimAsync(run);
        var from = Stopwatch.GetTimestamp();
        await victim.KillAsync();
        await ServeAsync(cells, others);
        _kill.Add(Stopwatch.GetElapsedTime(from));
        victim.Start();
    }

    private async Task RestartAsync(int run)
    {
        var (victim, cells, others) = await VictimAsync(run);
        var from = Stopwatch.GetTimestamp();
        await victim.KillAsync();
        victim.Start();
        await ServeAsync(cells, others);
        _restart.Add(Stopwatch.GetElapsedTime(from));
    }

    private async Task ServerAsync(int run)
    {
        await ServeAsync(_cells, Direct);
        await Task.Run(() => TemporaryPostgres.Shared.Control("stop", "-m", run % 2 == 0 ? "fast" : "immediate"));
        await Task.Run(() => TemporaryPostgres.Shared.Control("start"));
        var from = Stopwatch.GetTimestamp();
        await ServeAsync(_cells, Direct);
        _server.Add(Stopwatch.GetElapsedTime(from));
    }

    // An operator moves a shard while clients ask a cell of it without pause.
    private async Task HandOffAsync(int run)
    {
        var owners = await ChaosCluster.OwnersAsync(cluster.Members[0]);
        var to = cluster.Members[run % cluster.Members.Count];
        var shard = Enumerable.Range(0, owners.Count).Where(s => owners[s] != to.Name).ElementAt(run * 7 % (owners.Count / 2));
        var answered = new ConcurrentQueue<long>();
        using var over = new CancellationTokenSource();
        var load = Enumerable.Range(0, 4).Select(c => Task.Run(async () =>
        {
            for (var i = c; !over.IsCancellationRequested; i++)
            {
                if ((await clients.PersistAsync(_cells[shard], "add", Direct, TimeSpan.FromSeconds(5), i)).Last.Certainty == Certainty.Accepted)
                {
                    answered.Enqueue(Stopwatch.GetTimestamp());
                }
            }
        })).ToList();
        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        var began = Stopwatch.GetTimestamp();
        var isTaken = await cluster.MoveAsync(shard, to);
        await Eventually.HoldsAsync(
            async () => (await ChaosCluster.OwnersAsync(to)).ElementAtOrDefault(shard) == to.Name, s_patience, () => $"{isTaken}: shard {shard} to {to.Name}");
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        await over.CancelAsync();
        await Task.WhenAll(load);
        _still.Add(LongestGap([.. answered.Where(a => a < began)]));
        _handOff.Add(LongestGap([answered.LastOrDefault(a => a < began, began), .. answered.Where(a => a >= began)]));
    }

    // Clients give each command 5 s, and try again what was certainly not done.
    private async Task RollingAsync(int run)
    {
        using var over = new CancellationTokenSource();
        var slowest = TimeSpan.Zero;
        var gate = new Lock();
        var load = Enumerable.Range(0, 6).Select(c => Task.Run(async () =>
        {
            for (var i = c; !over.IsCancellationRequested; i++)
            {
                var (took, last, onTheWay) = await clients.PersistAsync(_cells[(i * 11) % _cells.Length], "add", Direct, TimeSpan.FromSeconds(5), i);
                onTheWay.ForEach(o => _onTheWay.AddOrUpdate(o, 1, (_, n) => n + 1));
                lock (gate)
                {
                    _commands++;
                    _failed += last.Certainty != Certainty.Accepted || onTheWay.Exists(ChaosClients.IsMaybe) ? 1 : 0;
                    slowest = took > slowest ? took : slowest;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(15), TimeProvider.System);
            }
        })).ToList();
        foreach (var member in cluster.Members)
        {
            await member.StopAsync(TimeSpan.FromSeconds(30));
            member.Start();
            await member.ReadyAsync(s_patience);
        }

        await over.CancelAsync();
        await Task.WhenAll(load);
        _rolling.Add(slowest);
    }

    private List<Uri> Direct => [.. cluster.Members.Select(m => m.Direct)];

    // The node whose turn it is, a cell in every shard of it, and the others.
    private async Task<(ChaosCluster.Member Victim, List<string> Cells, List<Uri> Others)> VictimAsync(int run)
    {
        var victim = cluster.Members[run % cluster.Members.Count];
        var others = cluster.Members.Where(m => m != victim || cluster.Members.Count == 1).ToList();
        var owners = await ChaosCluster.OwnersAsync(others[0]);
        List<string> cells = [.. Enumerable.Range(0, owners.Count).Where(s => owners[s] == victim.Name).Select(s => _cells[s])];
        await ServeAsync(cells, [.. others.Select(m => m.Direct)]);
        return (victim, cells, [.. others.Select(m => m.Direct)]);
    }

    private Task ServeAsync(IEnumerable<string> cells, List<Uri> at) => Task.WhenAll(cells
        .Select(c => clients.UntilAcceptedAsync(c, "add", at, s_patience, deadlineMs: 500)));

    private static TimeSpan LongestGap(List<long> times) => times.Count < 2
        ? TimeSpan.Zero
        : times.Zip(times.Skip(1), Stopwatch.GetElapsedTime).Max();
}
