using System.Diagnostics;
using System.Globalization;
using Gantry.Actors;

namespace Gantry.Bench;

/// <summary>
/// 100,000 entities over three nodes, one of which dies: the survivors take its shards and load only what has work that is due. A take-over
/// that loaded every entity would take as long as a restart.
/// </summary>
internal static class TakeOver
{
    private const int Entities = 100_000;
    private const int Callers = 256;
    private const int WithTimers = 600;
    private const int TimerSeconds = 10;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static async Task<BenchResult> MeasureAsync(EngineModel model, int lanes, CancellationToken ct)
    {
        await using var cluster = await BenchCluster.StartAsync(3, model, lanes, ct);
        var from = Stopwatch.GetTimestamp();
        await FillAsync(cluster, ct);
        var filled = Stopwatch.GetElapsedTime(from);
        var (dying, survivors) = (cluster.Nodes[2], cluster.Nodes.Take(2).ToList());
        var its = dying.Serving();
        var resident = Enumerable.Range(0, Entities).Count(i => its.Contains(ShardId.Of(Counter.Address(i), ShardId.DefaultCount)));

        // Timers that run out while nobody has the shards: the work that is due.
        await Task.WhenAll(Enumerable.Range(0, WithTimers).Select(i => AskAsync(survivors[0], i, TimerSeconds, "timer", ct)));
        var due = await DueAsync(cluster.Database, its, ct);
        survivors.ForEach(s => s.Store.TakeLoaded());
        from = Stopwatch.GetTimestamp();
        await dying.DeclareDeadAsync(ct);
        await BenchCluster.UntilAsync(() => survivors.Sum(s => s.Serving().Count) == ShardId.DefaultCount, "survivors serve every shard", ct);
        var taken = Stopwatch.GetElapsedTime(from);
        await BenchCluster.UntilAsync(() => DueAsync(cluster.Database, its, ct).GetAwaiter().GetResult() == 0, "what was due is done", ct);
        var loaded = survivors.Sum(s => s.Store.TakeLoaded());

        // The first command to an entity that had nothing due loads that one and answers.
        from = Stopwatch.GetTimestamp();
        var quiet = Enumerable.Range(WithTimers, Entities).First(i => its.Contains(ShardId.Of(Counter.Address(i), ShardId.DefaultCount)));
        await AskAsync(survivors[0], quiet, 0, "after", ct);
        return new BenchResult
        {
            Id = "takeover",
            What = $"{Entities:N0} entities over three nodes; one is declared dead and the two others take its {its.Count} shards",
            Values = new Dictionary<string, double>
            {
                ["filled_in_s"] = filled.TotalSeconds,
                ["entities_of_the_dead_node"] = resident,
                ["entities_with_due_work"] = due,
                ["entities_loaded"] = loaded,
                ["shards_served_after_ms"] = taken.TotalMilliseconds,
                ["first_command_after_ms"] = Stopwatch.GetElapsedTime(from).TotalMilliseconds,
            },
            Targets = [new BenchTarget("loads per entity with due work", loaded / Math.Max(1.0, due), 1, IsAtMost: true)],
        };
    }

    // Every entity is made where it is, as a caller with a map would.
    private static async Task FillAsync(BenchCluster cluster, CancellationToken ct)
    {
        var next = -1;
        var shards = cluster.Nodes.SelectMany(n => n.Serving().Select(s => (Shard: s, Node: n))).ToDictionary(p => p.Shard, p => p.Node);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(
            async () =>
            {
                for (var i = Interlocked.Increment(ref next); i < Entities; i = Interlocked.Increment(ref next))
                {
                    await AskAsync(shards[ShardId.Of(Counter.Address(i), ShardId.DefaultCount)], i, 0, "fill", ct);
                }
            },
            ct)));
    }

    private static async Task AskAsync(BenchNode at, int entity, int again, string why, CancellationToken ct)
    {
        var outcome = await at.Entities.AskAsync(
            Counter.Address(entity),
            new AddToCounter(1, again),
            new AskOptions
            {
                Key = new CommandKey(string.Create(CultureInfo.InvariantCulture, $"{why}:{entity}")), Deadline = Deadline, Caller = Principal.Engine,
            },
            ct);
        if (outcome is not Outcome<CounterReply>.Accepted)
        {
            throw new InvalidOperationException($"a bench command was not accepted: {outcome}");
        }
    }

    private static async Task<long> DueAsync(string database, IEnumerable<ShardId> shards, CancellationToken ct) => Convert.ToInt64(
        await BenchServer.ScalarAsync(
            database,
            $"SELECT count(DISTINCT entity) FROM actors.mail WHERE dst_shard IN ({string.Join(',', shards.Select(s => s.Value))})", ct),
        CultureInfo.InvariantCulture);
}
