using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Engine.Tests.Lanes;
using Gantry.Primitives;
using Gantry.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Running;

/// <summary>What is not an entity and follows the shards all the same: reconcilers, activities, the feed, admin reads (engine 7, 8.2).</summary>
public sealed class FollowingTests
{
    [Fact]
    [Trait("spec", "engine/7")]
    public async Task Every_key_is_worked_by_the_owner_of_its_shard_and_goes_where_the_shard_goes()
    {
        await using var cluster = await RunningCluster.StartCalmAsync("a", "b");
        var keys = Enumerable.Range(0, 24).Select(i => LedgerArea.At($"key-{i}").ToString()).ToImmutableArray();
        await using var first = new Work(cluster.Nodes[0], keys);
        await using var second = new Work(cluster.Nodes[1], keys);
        await Eventually.HoldsAsync(() => first.Keys.Length + second.Keys.Length == keys.Length, RunningCluster.Soon);

        first.Keys.Intersect(second.Keys).ShouldBeEmpty();
        first.Keys.ShouldAllBe(k => cluster.OwnerOf(EntityAddress.Parse(k)).Name == "a");
        var turns = second.Reconciler.Turns(second.Keys[0]);
        first.Host.Nudge("probe", second.Keys[0]);
        await Eventually.HoldsAsync(() => second.Reconciler.Turns(second.Keys[0]) > turns, RunningCluster.Soon);
        first.Reconciler.Turns(second.Keys[0]).ShouldBe(0);

        var moved = first.Keys[0];
        first.Reconciler.Holds = moved;
        first.Host.Nudge("probe", moved);
        await Eventually.HoldsAsync(() => first.Reconciler.IsHolding, RunningCluster.Soon);
        var shard = ShardId.Of(EntityAddress.Parse(moved), RunningCluster.Shards);
        await cluster.MovedAsync(shard, "b", () => first.Reconciler.WasCancelled);
        await Eventually.HoldsAsync(() => second.Reconciler.Turns(moved) > 0, RunningCluster.Soon);
    }

    [Fact]
    [Trait("spec", "engine/8.2")]
    public async Task An_activity_is_cancelled_with_its_shard_and_run_again_by_the_next_owner_and_its_result_comes_once()
    {
        await using var cluster = new RunningCluster { Options = RunningCluster.Calm };
        var (atA, atB) = (new SlowActivity { IsSlow = true }, new SlowActivity());
        var a = await cluster.AddAsync("a", [atA]);
        await cluster.AddAsync("b", [atB]);
        await cluster.BalancedAsync();
        var ledger = LedgerArea.At("runner");
        var token = Enumerable.Range(0, 1_000).Select(i => $"t-{i}")
            .First(t => cluster.OwnerOf(new EntityAddress("activity.slow", t)).Name == "a");
        var shard = ShardId.Of(new EntityAddress("activity.slow", token), RunningCluster.Shards);

        await a.MustAsync(ledger, new RunIt("slow", token));
        await Eventually.HoldsAsync(() => atA.Runs == 1, RunningCluster.Soon);
        await cluster.MovedAsync(shard, "b", () => atA.IsCancelled);

        await Eventually.HoldsAsync(async () => (await a.RowAsync(ledger))!.Replies.Length > 0, RunningCluster.Soon);
        (await a.RowAsync(ledger))!.Replies.ShouldBe([$"{token}:True"]);
        atB.Runs.ShouldBe(1);
    }

    [Fact]
    [Trait("spec", "engine/5.7")]
    public async Task The_feed_of_any_node_has_the_events_of_all_also_after_shards_moved()
    {
        await using var cluster = await RunningCluster.StartCalmAsync("a", "b");
        var (a, b) = (cluster.Nodes[0], cluster.Nodes[1]);
        using var stop = new CancellationTokenSource();
        var heard = new ConcurrentQueue<string>();
        var from = await a.Engine.Feed.NowAsync(CancellationToken.None);
        var following = FollowAsync(a.Engine, from, heard, stop.Token);
        var (here, there) = (cluster.LedgerAt(a), cluster.LedgerAt(b));

        await b.MustAsync(here, new Add(1, "1"));
        await b.MustAsync(there, new Add(1, "2"));
        await Eventually.HoldsAsync(() => heard.Count == 2, RunningCluster.Soon);
        var shard = ShardId.Of(here, RunningCluster.Shards);
        var before = b.Report.Shards[shard.Value].Epoch;

        // It goes back to the node that is preferred for it, perhaps before anybody looks.
        await cluster.MovedAsync(shard, "b", () => b.Report.Shards[shard.Value].Epoch > before);
        await b.MustAsync(here, new Add(1, "3"));
        await Eventually.HoldsAsync(() => heard.Count == 3, RunningCluster.Soon, () => string.Join(',', heard));

        heard.ShouldBe(["1", "2", "3"], ignoreOrder: true);
        await stop.CancelAsync();
        await following;
    }

    [Fact]
    [Trait("spec", "engine/10.4")]
    public async Task An_entity_in_memory_of_another_node_is_shown_and_loaded_anew_from_any()
    {
        await using var cluster = await RunningCluster.StartCalmAsync("a", "b");
        var (a, b) = (cluster.Nodes[0], cluster.Nodes[1]);
        var ledger = cluster.LedgerAt(b);
        await b.MustAsync(ledger, new Add(1, ""));

        (await a.Engine.EntityAdmin.ShowAsync(ledger, CancellationToken.None))!.Phase.ShouldBe("live");
        (await a.Engine.EntityAdmin.ReloadAsync(ledger, new AdminOrder(Principal.Engine), CancellationToken.None)).IsDone.ShouldBeTrue();
        (await a.Engine.EntityAdmin.ReleaseAsync(ledger, new AdminOrder(Principal.Engine), CancellationToken.None))
            .Why!.Code.ShouldBe("EntityNotQuarantined");
    }

    [Fact]
    [Trait("spec", "engine/10.4")]
    public async Task What_another_node_has_quarantined_is_listed_and_released_from_any()
    {
        await using var cluster = await RunningCluster.StartCalmAsync("a", "b");
        var (a, b) = (cluster.Nodes[0], cluster.Nodes[1]);
        var ledger = cluster.LedgerAt(b);
        await b.MustAsync(ledger, new Add(1, ""));
        var tries = 0;
        while (b.Engine.EntityAdmin.Quarantined().IsEmpty && tries++ < 100)
        {
            await b.AskAsync(ledger, new Break(InDecide: true));
        }

        a.Engine.EntityAdmin.Quarantined().ShouldBeEmpty();
        (await a.Engine.EntityAdmin.QuarantinedAsync(CancellationToken.None)).Single().Entity.ShouldBe(ledger);
        (await a.Engine.EntityAdmin.ReleaseAsync(ledger, new AdminOrder(Principal.Engine), CancellationToken.None)).IsDone.ShouldBeTrue();
        (await b.Engine.EntityAdmin.QuarantinedAsync(CancellationToken.None)).ShouldBeEmpty();
        (await a.MustAsync(ledger, new Add(1, ""))).ShouldNotBeNull();
    }

    private static async Task FollowAsync(ActorEngine engine, FeedPosition from, ConcurrentQueue<string> heard, CancellationToken ct)
    {
        try
        {
            await foreach (var one in engine.Feed.FollowAsync(from, ct))
            {
                if (one.Fact is Added added)
                {
                    heard.Enqueue(added.Note);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test has heard enough.
        }
    }

    /// <summary>The reconcilers of one node.</summary>
    private sealed class Work : IAsyncDisposable
    {
        public Work(ClusterNode node, ImmutableArray<string> keys)
        {
            Reconciler = new ProbeReconciler(keys);
            Host = new ReconcilerHost(node.Commits, TimeProvider.System, SystemRandomSource.Instance, NullLogger<ReconcilerHost>.Instance);
            Host.Start([Reconciler], node.Engine.Scope);
        }

        public ProbeReconciler Reconciler { get; }

        public ReconcilerHost Host { get; }

        public ImmutableArray<string> Keys => [.. Host.Keys("probe").Select(k => k.Key)];

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }

    private sealed class ProbeReconciler(ImmutableArray<string> keys) : IReconciler
    {
        private readonly ConcurrentDictionary<string, int> _turns = new();

        public string Name => "probe";

        public ReconcilerOptions Options { get; } = new() { Period = TimeSpan.FromSeconds(60), Concurrency = 4 };

        public string? Holds { get; set; }

        public bool IsHolding { get; private set; }

        public bool WasCancelled { get; private set; }

        public int Turns(string key) => _turns.GetValueOrDefault(key);

        public async IAsyncEnumerable<string> ListAsync(ShardSet shards, [EnumeratorCancellation] CancellationToken ct)
        {
            await Task.Yield();
            foreach (var key in keys.Where(k => shards.Contains(EntityAddress.Parse(k))))
            {
                ct.ThrowIfCancellationRequested();
                yield return key;
            }
        }

        public async ValueTask<Reconciled> ReconcileAsync(string key, ReconcileTurn turn, CancellationToken ct)
        {
            if (key == Holds)
            {
                IsHolding = true;
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
                }
                finally
                {
                    WasCancelled = ct.IsCancellationRequested;
                }
            }

            _turns.AddOrUpdate(key, 1, (_, n) => n + 1);
            return Reconciled.Done;
        }
    }

    private sealed class SlowActivity : IActivity
    {
        public string Name => "slow";

        public bool IsSlow { get; init; }

        public int Runs { get; private set; }

        public bool IsCancelled { get; private set; }

        public async ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
        {
            Runs++;
            if (IsSlow)
            {
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
                }
                finally
                {
                    IsCancelled = ct.IsCancellationRequested;
                }
            }

            return new Reply.Accepted(input);
        }
    }
}
