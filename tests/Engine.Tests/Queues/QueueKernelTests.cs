using Gantry.Actors;
using Gantry.Actors.Kernel;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests;

[Trait("spec", "engine/7")]
public class QueueKernelTests
{
    private static readonly DateTimeOffset T0 = DateTimeOffset.UnixEpoch;

    [Fact]
    public void Nudge_while_running_runs_the_key_exactly_once_more()
    {
        var queue = New();
        queue.Nudge("a", T0);
        queue.TryTake(T0, out _).ShouldBeTrue();

        queue.Nudge("a", T0);
        queue.Nudge("a", T0);
        queue.TryTake(T0, out _).ShouldBeFalse();
        queue.Finish("a", Reconciled.Done, T0);

        queue.TryTake(T0, out var again).ShouldBeTrue();
        again.Key.ShouldBe("a");
        queue.Finish("a", Reconciled.Done, T0);
        queue.TryTake(T0, out _).ShouldBeFalse();
    }

    [Fact, Trait("spec", "engine/6")]
    public void A_turn_that_does_not_end_counts_as_failing_and_gives_its_place_to_other_keys_but_never_to_its_own()
    {
        var queue = new QueueKernel(new ReconcilerOptions { Concurrency = 1 }, SystemRandomSource.Instance);
        foreach (var key in (string[])["a", "b", "c"])
        {
            queue.Nudge(key, T0);
        }

        queue.TryTake(T0, out var hung).ShouldBeTrue();
        queue.TryTake(T0, out _).ShouldBeFalse();
        queue.Overdue(hung.Key, "it does not end");
        queue.Overdue(hung.Key, "told twice");
        queue.Nudge(hung.Key, T0, forgetBackoff: true);

        (queue.Find(hung.Key)!.Failures, queue.Find(hung.Key)!.LastError).ShouldBe((1, "it does not end"));
        queue.TryTake(T0, out var second).ShouldBeTrue();
        second.Key.ShouldNotBe(hung.Key);
        queue.Overdue(second.Key, "it does not end either");
        queue.TryTake(T0, out _).ShouldBeFalse("as many as run at once may hang, no more");
        queue.Running.ShouldBe(1);

        queue.Finish(hung.Key, Reconciled.Done, T0);
        queue.Find(hung.Key)!.Failures.ShouldBe(0);
        queue.Running.ShouldBe(1);
        queue.Finish(second.Key, Reconciled.Done, T0);
        queue.Running.ShouldBe(0);
        queue.TryTake(T0, out _).ShouldBeTrue();
    }

    [Fact, Trait("spec", "engine/7.1")]
    public void A_gained_key_is_resynced_a_second_time_also_when_it_was_nudged_between_and_again_when_its_shard_comes_back()
    {
        var second = TimeSpan.FromSeconds(5);
        var queue = new QueueKernel(new ReconcilerOptions { SecondLook = second }, SystemRandomSource.Instance) { LooksTwice = true };
        queue.Listed(new HashSet<string> { "a" }, T0, T0);
        queue.TryTake(T0, out var first).ShouldBeTrue();
        queue.Finish("a", Reconciled.Done, T0);
        queue.Nudge("a", T0);
        queue.TryTake(T0, out _).ShouldBeTrue();
        queue.Finish("a", Reconciled.Done, T0 + TimeSpan.FromSeconds(1));

        first.IsFirst.ShouldBeTrue();
        queue.NextDue().ShouldBe(T0 + second);
        queue.TryTake(T0 + second, out var again).ShouldBeTrue();
        again.IsResync.ShouldBeTrue();

        // The shard leaves and comes back while that turn still runs.
        queue.Drop("a");
        queue.Listed(new HashSet<string> { "a" }, T0 + second, T0 + second);
        queue.Finish("a", Reconciled.Done, T0 + second);
        queue.TryTake(T0 + second, out var back).ShouldBeTrue();
        back.IsFirst.ShouldBeTrue();
        queue.Finish("a", Reconciled.Done, T0 + second);
        queue.NextDue().ShouldBe(T0 + second + second);
        queue.TryTake(T0 + second + second, out _).ShouldBeTrue();
        queue.Finish("a", Reconciled.Done, T0 + second + second);
        queue.NextDue()!.Value.ShouldBeGreaterThan(T0 + TimeSpan.FromSeconds(40));
    }

    [Fact]
    [Trait("spec", "engine/9")]
    public void Under_overload_changes_go_on_and_resync_waits_but_not_for_ever()
    {
        var queue = New(new ReconcilerOptions { Period = TimeSpan.FromSeconds(60) });
        queue.Listed(new HashSet<string> { "a", "b" }, T0, T0);
        while (queue.TryTake(T0, out var first))
        {
            queue.Finish(first.Key, Reconciled.Done, T0);
        }

        var due = T0 + TimeSpan.FromSeconds(61);
        queue.IsShedding = true;
        queue.TryTake(due, out _).ShouldBeFalse();
        queue.Nudge("b", due);
        queue.TryTake(due, out var change).ShouldBeTrue();
        change.Key.ShouldBe("b");
        queue.Finish("b", Reconciled.Done, due);
        queue.TryTake(due, out _).ShouldBeFalse();
        queue.NextDue()!.Value.ShouldBeGreaterThan(due);

        var late = due + QueueLimits.ShedMax;
        queue.TryTake(late, out var aged).ShouldBeTrue();
        aged.IsResync.ShouldBeTrue();
        queue.Finish(aged.Key, Reconciled.Done, late);
        queue.IsShedding = false;
        queue.TryTake(late, out _).ShouldBeTrue();
    }

    [Fact]
    public void Nudges_and_retries_in_a_row_do_not_put_off_the_resync()
    {
        var period = TimeSpan.FromSeconds(60);
        var queue = New(new ReconcilerOptions { Period = period, BackoffMax = TimeSpan.FromSeconds(1) });
        queue.Listed(new HashSet<string> { "a" }, T0, T0);
        queue.TryTake(T0, out _).ShouldBeTrue();
        queue.Finish("a", Reconciled.Done, T0);

        var resyncs = new List<DateTimeOffset>();
        for (var now = T0; now <= T0 + (period * 3); now += TimeSpan.FromSeconds(1))
        {
            queue.Nudge("a", now);
            queue.TryTake(now, out var turn).ShouldBeTrue();
            if (turn.IsResync)
            {
                resyncs.Add(now);
            }

            queue.Finish("a", now.Second % 2 == 0 ? Reconciled.Done : Reconciled.Retry("not yet"), now);
        }

        resyncs.Count.ShouldBeGreaterThanOrEqualTo(2);
        resyncs.Prepend(T0).Zip(resyncs).ShouldAllBe(pair => pair.Second - pair.First <= period + TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void A_nudge_that_forgets_the_back_off_is_a_resync_even_while_a_turn_runs()
    {
        var queue = New();
        queue.Nudge("a", T0);
        queue.TryTake(T0, out var small).ShouldBeTrue();
        small.IsResync.ShouldBeFalse();
        queue.Nudge("a", T0, forgetBackoff: true);
        queue.Finish("a", Reconciled.Done, T0);
        queue.TryTake(T0, out var whole).ShouldBeTrue();
        whole.IsResync.ShouldBeTrue();
        queue.Finish("a", Reconciled.Done, T0);
        queue.Nudge("a", T0);
        queue.TryTake(T0, out var after).ShouldBeTrue();
        after.IsResync.ShouldBeFalse();
    }

    [Fact]
    public void A_key_whose_shard_left_goes_at_once_or_with_its_turn_unless_it_came_back()
    {
        var queue = New();
        foreach (var key in (string[])["idle", "gone", "back"])
        {
            queue.Nudge(key, T0);
        }

        queue.Drop("idle");
        queue.TryTake(T0, out var gone).ShouldBeTrue();
        queue.TryTake(T0, out var back).ShouldBeTrue();
        queue.Drop(gone.Key);
        queue.Drop(back.Key);
        queue.Listed(new HashSet<string> { back.Key }, T0, T0);
        queue.Finish(gone.Key, Reconciled.Done, T0);
        queue.Finish(back.Key, Reconciled.Done, T0);

        queue.Keys().Select(k => k.Key).ShouldBe([back.Key]);
        queue.TryTake(T0, out var again).ShouldBeTrue();
        again.Key.ShouldBe(back.Key);
    }

    [Fact]
    public void Back_off_doubles_up_to_its_cap_and_a_success_forgets_it()
    {
        var queue = New(new ReconcilerOptions { BackoffMax = TimeSpan.FromSeconds(4), Period = TimeSpan.Zero }, new Highest());
        queue.Nudge("a", T0);
        var delays = new List<double>();
        var now = T0;
        for (var i = 0; i < 5; i++)
        {
            now = queue.Find("a")!.Due!.Value;
            queue.TryTake(now, out var turn).ShouldBeTrue();
            turn.Attempt.ShouldBe(i + 1);
            queue.Finish("a", Reconciled.Retry("down"), now);
            delays.Add(Math.Round((queue.Find("a")!.Due!.Value - now).TotalSeconds, 1));
        }

        delays.ShouldBe([0.5, 1, 2, 4, 4]);
        now = queue.Find("a")!.Due!.Value;
        queue.TryTake(now, out _).ShouldBeTrue();
        queue.Finish("a", Reconciled.Done, now);
        queue.Find("a")!.Failures.ShouldBe(0);
        queue.Find("a")!.LastError.ShouldBeNull();
    }

    [Fact]
    public void Device_that_came_back_is_looked_at_at_once()
    {
        var queue = New(dice: new Highest());
        queue.Nudge("a", T0);
        for (var i = 0; i < 6; i++)
        {
            queue.TryTake(queue.Find("a")!.Due!.Value, out _).ShouldBeTrue();
            queue.Finish("a", Reconciled.Retry("down"), T0);
        }

        queue.Nudge("a", T0, forgetBackoff: true);

        queue.TryTake(T0, out var turn).ShouldBeTrue();
        turn.Attempt.ShouldBe(1);
    }

    [Fact]
    public void Failing_turn_that_nudges_itself_does_not_spin()
    {
        var queue = New(dice: new Highest());
        queue.Nudge("a", T0);
        queue.TryTake(T0, out _).ShouldBeTrue();
        queue.Nudge("a", T0);
        queue.Finish("a", Reconciled.Retry("down"), T0);
        queue.Nudge("a", T0);

        queue.TryTake(T0, out _).ShouldBeFalse();
        queue.TryTake(T0 + TimeSpan.FromMilliseconds(500), out _).ShouldBeTrue();
    }

    [Fact]
    public void Steady_changes_do_not_starve_the_resync()
    {
        var queue = New(new ReconcilerOptions { Concurrency = 1 });
        queue.Listed(new HashSet<string> { "old" }, T0, T0);
        var picks = 0;
        string picked;
        do
        {
            queue.Nudge("busy", T0);
            queue.TryTake(T0, out var turn).ShouldBeTrue();
            picked = turn.Key;
            queue.Finish(picked, Reconciled.Done, T0);
            picks++;
        }
        while (picked != "old" && picks < 100);

        picks.ShouldBe(QueueLimits.AgingEvery);
    }

    [Fact]
    public void Initial_keys_are_not_rate_limited_but_concurrency_is()
    {
        var queue = New(new ReconcilerOptions { Concurrency = 3 });
        queue.Listed(Enumerable.Range(0, 100).Select(i => $"k{i}").ToHashSet(), T0, T0);

        var taken = 0;
        while (queue.TryTake(T0, out var turn))
        {
            turn.IsFirst.ShouldBeTrue();
            taken++;
        }

        taken.ShouldBe(3);
        queue.Waiting(T0).Depth.ShouldBe(97);
        queue.NextDue().ShouldBeNull();
    }

    [Fact]
    public void Key_beyond_the_bound_is_refused_and_the_last_within_is_not()
    {
        var queue = New();
        for (var i = 0; i < QueueLimits.KeysMax - 1; i++)
        {
            queue.Nudge($"k{i}", T0);
        }

        queue.Nudge("last", T0).ShouldBeTrue();
        queue.Nudge("beyond", T0).ShouldBeFalse();
        queue.Nudge("k0", T0).ShouldBeTrue();
        queue.Listed(new HashSet<string> { "other" }, T0, T0).ShouldBe(1);
    }

    [Fact]
    public void Key_that_is_listed_no_more_goes_when_its_work_is_done()
    {
        var queue = New();
        queue.Listed(new HashSet<string> { "a", "b" }, T0, T0);
        queue.TryTake(T0, out var turn).ShouldBeTrue();

        queue.Listed(new HashSet<string>(), T0.AddSeconds(1), T0.AddSeconds(1));
        queue.Finish(turn.Key, Reconciled.Done, T0.AddSeconds(1));

        queue.Find(turn.Key).ShouldBeNull();
        queue.Count.ShouldBe(1);
    }

    private static QueueKernel New(ReconcilerOptions? options = null, IRandomSource? dice = null) =>
        new(options ?? new ReconcilerOptions(), dice ?? new SeededRandomSource(1));

    /// <summary>Dice that always show the most, so that jitter hides nothing.</summary>
    private sealed class Highest : IRandomSource
    {
        public int Next(int below) => below - 1;

        public double NextDouble() => 1;

        public Guid NewGuid() => Guid.Empty;
    }
}
