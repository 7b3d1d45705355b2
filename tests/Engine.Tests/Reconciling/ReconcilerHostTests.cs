using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Primitives;
using Gantry.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests;

[Trait("spec", "engine/7")]
public class ReconcilerHostTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);
    private readonly CommitListeners _commits = new();
    private readonly ReconcilerHost _host;

    public ReconcilerHostTests() => _host = new ReconcilerHost(
        _commits, TimeProvider.System, SystemRandomSource.Instance, NullLogger<ReconcilerHost>.Instance);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Every_listed_key_gets_a_first_turn()
    {
        var probe = new Probe { Keys = ["a", "b", "c"] };

        _host.Start([probe], ShardSet.All(128));

        await Eventually.HoldsAsync(() => probe.Turns.Count == 3, Soon, () => probe.Turns.Count);
        probe.Turns.ShouldAllBe(t => t.Turn.IsFirst && t.Turn.IsResync && t.Turn.Attempt == 1);
        _host.Status().Select(s => s.Key).ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    [Trait("spec", "engine/9")]
    public async Task Busy_node_lets_resync_wait_and_serves_changes()
    {
        var isBusy = true;
        var probe = new Probe { Keys = ["a", "b", "c"] };

        _host.Start([probe], new FixedScope(ShardSet.All(128)), () => Volatile.Read(ref isBusy));
        await Eventually.HoldsAsync(() => _host.Status().Length == 3, Soon);
        _host.Nudge("probe", "b");
        await Eventually.HoldsAsync(() => !probe.Turns.IsEmpty, Soon);

        probe.Turns.Select(t => t.Key).ShouldBe(["b"]);
        Volatile.Write(ref isBusy, false);
        await Eventually.HoldsAsync(() => probe.Turns.Count == 3, Soon, () => probe.Turns.Count);
        probe.Turns.Select(t => t.Key).Order().ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task Commit_of_a_watched_kind_nudges_the_keys_of_its_rule()
    {
        var probe = new Probe
        {
            Rules = [new NudgeRule("group", e => [e.Key]), new NudgeRule("sled", _ => null)],
            Keys = ["x"],
        };
        _host.Start([probe], ShardSet.All(128));
        await Eventually.HoldsAsync(() => probe.Turns.Count == 1, Soon);

        _commits.Committed([new EntityAddress("group", "y"), new EntityAddress("silo", "z")]);
        await Eventually.HoldsAsync(() => probe.Turns.Count(t => t.Key == "y") == 1, Soon);
        _commits.Committed([new EntityAddress("sled", "s")]);

        await Eventually.HoldsAsync(() => probe.Turns.Count(t => t.Key is "x" or "y") == 4, Soon, () => probe.Turns.Count);
        probe.Turns.ShouldNotContain(t => t.Key == "z");
    }

    [Fact]
    [Trait("spec", "engine/10.2")]
    public async Task Turn_after_a_commit_of_a_watched_kind_belongs_to_the_trace_of_the_commit()
    {
        const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var probe = new Probe { Rules = [new NudgeRule("group", e => [e.Key])] };
        _host.Start([probe], ShardSet.All(128));

        _commits.Committed([new EntityAddress("group", "x"), new EntityAddress("group", "y")], [null, Trace]);

        await Eventually.HoldsAsync(() => probe.Traces.Count == 2, Soon);
        probe.Traces["y"].ShouldBe("0af7651916cd43dd8448eb211c80319c");
        probe.Traces["x"].ShouldNotBe("0af7651916cd43dd8448eb211c80319c");
    }

    [Fact]
    public async Task Worker_that_starts_over_never_runs_a_key_beside_itself()
    {
        using var gate = new SemaphoreSlim(0);
        var throws = 0;
        var probe = new Probe { Keys = ["free", "held"], Gate = gate, GatedKey = "held" };
        _host.Start([probe], new FixedScope(ShardSet.All(128)), () =>
            Interlocked.Exchange(ref throws, 0) == 1 ? throw new InvalidOperationException("a bug of the loop") : false);
        await Eventually.HoldsAsync(() => probe.Turns.Count == 2, Soon);

        Interlocked.Exchange(ref throws, 1);
        _host.Nudge("probe", "held");

        await Eventually.HoldsAsync(() => probe.Turns.Count(t => t.Key == "free") == 2, Soon, () => probe.Turns.Count);
        probe.Turns.Count(t => t.Key == "held").ShouldBe(1, "its turn is on its way");
        gate.Release(10);
        await Eventually.HoldsAsync(() => probe.Turns.Count(t => t.Key == "held") == 2, Soon);
    }

    [Fact]
    public async Task Throwing_turn_is_retried_with_back_off_and_other_keys_go_on()
    {
        var probe = new Probe
        {
            Keys = ["bad", "good"],
            Act = (key, turn) => key == "bad" && turn.Attempt < 3 ? throw new InvalidOperationException("no") : Reconciled.Done,
        };

        _host.Start([probe], ShardSet.All(128));

        await Eventually.HoldsAsync(() => probe.Turns.Count(t => t.Key == "bad") == 3, Soon);
        probe.Turns.Where(t => t.Key == "bad").Select(t => t.Turn.Attempt).ShouldBe([1, 2, 3]);
        probe.Turns.Count(t => t.Key == "good").ShouldBe(1);
        await Eventually.HoldsAsync(() => _host.Status().Single(s => s.Key == "bad").LastSuccess is not null, Soon);
        _host.Status().Single(s => s.Key == "bad").LastError.ShouldBeNull();
    }

    [Fact]
    public async Task Turn_past_its_time_out_is_cancelled_and_counts_as_failed()
    {
        var probe = new Probe
        {
            Keys = ["slow"],
            Pace = new ReconcilerOptions { TurnTimeout = TimeSpan.FromMilliseconds(50), BackoffFirst = TimeSpan.FromMinutes(1) },
            Hangs = true,
        };

        _host.Start([probe], ShardSet.All(128));

        await Eventually.HoldsAsync(() => _host.Status().Any(s => s.LastError?.Contains("longer than") == true), Soon);
        _host.Standing().Single().WorstKey.ShouldBe("slow");
    }

    [Fact]
    public async Task Nudges_of_a_running_key_coalesce_into_one_more_turn()
    {
        using var gate = new SemaphoreSlim(0);
        var probe = new Probe { Keys = ["k"], Gate = gate };
        _host.Start([probe], ShardSet.All(128));
        await Eventually.HoldsAsync(() => probe.Turns.Count == 1, Soon);

        for (var i = 0; i < 50; i++)
        {
            _host.Nudge("probe", "k");
        }

        _host.Status().Single().State.ShouldBe("running-dirty");
        gate.Release(10);
        await Eventually.HoldsAsync(() => probe.Turns.Count == 2 && _host.Status().Single().State == "idle", Soon);
    }

    [Fact]
    public async Task Period_brings_every_key_back()
    {
        var probe = new Probe { Keys = ["a"], Pace = new ReconcilerOptions { Period = TimeSpan.FromMilliseconds(40) } };

        _host.Start([probe], ShardSet.All(128));

        await Eventually.HoldsAsync(() => probe.Turns.Count >= 4, Soon);
        probe.Turns.ShouldAllBe(t => t.Turn.IsResync);
    }

    [Fact]
    public async Task Failed_listing_is_tried_again()
    {
        var probe = new Probe { Keys = ["a"], ListingsThatFail = 2 };

        _host.Start([probe], ShardSet.All(128));

        await Eventually.HoldsAsync(() => probe.Turns.Count == 1, Soon);
    }

    [Fact]
    public async Task Stop_does_not_wait_for_a_turn_that_ignores_it()
    {
        using var gate = new SemaphoreSlim(0);
        var probe = new Probe { Keys = ["k"], Gate = gate };
        _host.Start([probe], ShardSet.All(128));
        await Eventually.HoldsAsync(() => probe.Turns.Count == 1, Soon);

        await _host.StopAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));

        gate.Release();
    }

    [Fact]
    [Trait("spec", "engine/6")]
    public async Task Turn_that_does_not_end_is_told_by_its_key_and_holds_no_other_up()
    {
        using var gate = new SemaphoreSlim(0);
        var probe = new Probe
        {
            Keys = ["hung", "other"],
            Gate = gate,
            GatedKey = "hung",
            Pace = new ReconcilerOptions { Concurrency = 1, TurnTimeout = TimeSpan.FromMilliseconds(50) },
        };
        _host.Start([probe], ShardSet.All(128));
        await Eventually.HoldsAsync(() => probe.Turns.Any(t => t.Key == "hung"), Soon);

        await Eventually.HoldsAsync(() => _host.Standing() is [{ Failing: 1, WorstKey: "hung" }], Soon, () => string.Join(' ', _host.Standing()));
        _host.Standing().Single().WorstError!.ShouldContain("does not end");
        _host.Nudge("probe", "other");
        await Eventually.HoldsAsync(() => _host.Status().Single(s => s.Key == "other").LastSuccess is not null, Soon);
        probe.Turns.Count(t => t.Key == "hung").ShouldBe(1, "no key runs beside itself");

        gate.Release(10);
        await Eventually.HoldsAsync(() => _host.Standing() is [{ Failing: 0 }], Soon);
    }

    [Fact]
    public async Task Turn_that_does_not_hear_that_its_shard_left_is_forgotten_and_gives_its_place_up()
    {
        using var gate = new SemaphoreSlim(0);
        var scope = new LeavingScope();
        var probe = new Probe { Keys = ["deaf", "other"], Gate = gate, GatedKey = "deaf", Pace = new ReconcilerOptions { Concurrency = 1 } };
        _host.Start([probe], scope);
        await Eventually.HoldsAsync(() => probe.Turns.Any(t => t.Key == "deaf"), Soon);

        scope.Leave(probe, "deaf");
        var before = probe.Turns.Count(t => t.Key == "other");
        _host.Nudge("probe", "other");

        await Eventually.HoldsAsync(() => probe.Turns.Count(t => t.Key == "other") > before, Soon);
        await Eventually.HoldsAsync(() => _host.Status() is [{ Key: "other", State: "idle" }], Soon, () => string.Join(' ', _host.Status()));
        gate.Release();
    }

    /// <summary>All shards, until one leaves for another node.</summary>
    private sealed class LeavingScope : IShardScope
    {
        private ShardSet _owned = ShardSet.All(128);
        private Action _changed = () => { };

        public ShardSet Owned => Volatile.Read(ref _owned);

        public bool IsWhole => false;

        public bool IsConfirmed => true;

        public bool Confirms(EntityAddress address) => Owned.Contains(address);

        public void Leave(IReconciler reconciler, string key)
        {
            var left = ShardId.Of(reconciler.AddressOf(key), 128);
            Volatile.Write(ref _owned, new ShardSet(Enumerable.Range(0, 128).Select(i => new ShardId(i)).Where(s => s != left), 128));
            _changed();
        }

        public IDisposable OnChange(Action changed)
        {
            _changed = changed;
            return new SemaphoreSlim(0);
        }

        public IDisposable OnNudge(Action<RelayedNudge> nudged) => new SemaphoreSlim(0);

        public void Relay(EntityAddress address, RelayedNudge nudge)
        {
            // There is no other node.
        }

        public void RelayToAll(string reconciler, bool forgetBackoff)
        {
            // There is no other node.
        }
    }

    private sealed class Probe : IReconciler
    {
        private int _listings;

        public string Name => "probe";

        public ReconcilerOptions Options => Pace;

        public ImmutableArray<NudgeRule> Nudges => Rules;

        public ReconcilerOptions Pace { get; init; } = new() { BackoffFirst = TimeSpan.FromMilliseconds(20) };

        public ImmutableArray<NudgeRule> Rules { get; init; } = [];

        public ImmutableArray<string> Keys { get; init; } = [];

        public int ListingsThatFail { get; init; }

        public bool Hangs { get; init; }

        public SemaphoreSlim? Gate { get; init; }

        /// <summary>The key that waits at the gate; null for all.</summary>
        public string? GatedKey { get; init; }

        /// <summary>Trace ids of the last turns.</summary>
        public ConcurrentDictionary<string, string?> Traces { get; } = [];

        public Func<string, ReconcileTurn, Reconciled> Act { get; init; } = (_, _) => Reconciled.Done;

        public ConcurrentQueue<(string Key, ReconcileTurn Turn)> Turns { get; } = [];

        public async IAsyncEnumerable<string> ListAsync(
            ShardSet shards, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
        {
            await Task.Yield();
            if (_listings++ < ListingsThatFail)
            {
                throw new StoreUnavailableException("the store is away", TimeSpan.FromSeconds(1));
            }

            foreach (var key in Keys.Where(k => shards.Contains(((IReconciler)this).AddressOf(k))))
            {
                yield return key;
            }
        }

        public async ValueTask<Reconciled> ReconcileAsync(string key, ReconcileTurn turn, CancellationToken ct)
        {
            Traces[key] = System.Diagnostics.Activity.Current?.TraceId.ToString();
            Turns.Enqueue((key, turn));
            if (Hangs)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
            }

            if (Gate is not null && (GatedKey is null || GatedKey == key))
            {
                await Gate.WaitAsync(CancellationToken.None);
            }

            return Act(key, turn);
        }
    }
}
