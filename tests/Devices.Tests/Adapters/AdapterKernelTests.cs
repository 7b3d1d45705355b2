using Gantry.Devices;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>The rules of an adapter actor, step by step (engine 7.1).</summary>
public sealed class AdapterKernelTests
{
    private readonly AdapterKernel _kernel = new(watchEvery: null);
    private long _last;

    [Fact, Trait("spec", "engine/7.1")]
    public void Writes_of_one_sequence_wait_and_of_another_do_not()
    {
        Started(Submit(CallClass.Write, "a")).ShouldBe([1]);
        Started(Submit(CallClass.Write, "a")).ShouldBeEmpty();
        Started(Submit(CallClass.Write, "b")).ShouldBe([3]);

        Started(End(1, CallSign.Life)).ShouldBe([2]);
    }

    [Fact, Trait("spec", "engine/7.1")]
    public void Sixteen_reads_run_beside_the_writes()
    {
        Submit(CallClass.Write, "a");
        var started = Enumerable.Range(0, 17).SelectMany(_ => Started(Submit(CallClass.Read, ""))).ToArray();

        started.Length.ShouldBe(AdapterLimits.ReadsMax);
        Started(End(started[0], CallSign.Life)).ShouldBe([18]);
    }

    [Theory, Trait("spec", "engine/7.1")]
    [InlineData(-1, false)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void The_mailbox_has_a_bound_with_an_answer(int beyond, bool isOverloaded)
    {
        Submit(CallClass.Write, "a");
        var last = Enumerable.Range(0, AdapterLimits.MailboxMax + beyond).Select(_ => Submit(CallClass.Write, "a")).ToArray()[^1];

        last.OfType<AdapterEffect.Overload>().Any().ShouldBe(isOverloaded);
    }

    [Fact, Trait("spec", "engine/7.1")]
    public void A_caller_who_gives_up_is_skipped()
    {
        Submit(CallClass.Write, "a");
        Submit(CallClass.Write, "a");
        Submit(CallClass.Write, "a");

        _kernel.Abandon(1).ShouldBeFalse();
        _kernel.Abandon(2).ShouldBeTrue();

        Started(End(1, CallSign.Life)).ShouldBe([3]);
        _kernel.Depth.ShouldBe(0);
    }

    [Fact, Trait("spec", "engine/7.1")]
    public void A_write_after_the_device_was_down_does_not_wait_behind_those_that_failed_with_it()
    {
        for (var i = 0; i < 5; i++)
        {
            Submit(CallClass.Write, "a");
        }

        foreach (var call in new[] { 1, 2, 3 })
        {
            End(call, CallSign.Failure);
        }

        _kernel.State.ShouldBe(DeviceState.Down);
        _kernel.ProbeEnded(TimeSpan.Zero, CallSign.Life, null, []);

        Started(Submit(CallClass.Write, "a")).ShouldBe([6]);
        Started(End(6, CallSign.Life)).ShouldBeEmpty();
        Started(Submit(CallClass.Write, "a")).ShouldBe([7]);
    }

    [Fact, Trait("spec", "engine/7.1")]
    public void Three_failures_in_a_row_are_down_and_fail_what_waits()
    {
        for (var i = 0; i < 5; i++)
        {
            Submit(CallClass.Write, "a");
        }

        End(1, CallSign.Failure);
        _kernel.State.ShouldBe(DeviceState.Suspect);
        End(2, CallSign.Failure);
        _kernel.State.ShouldBe(DeviceState.Suspect);
        var effects = End(3, CallSign.Failure);

        _kernel.State.ShouldBe(DeviceState.Down);
        effects.OfType<AdapterEffect.FailFast>().Select(f => f.Call).ShouldBe([4L, 5L]);
        Submit(CallClass.Read, "").ShouldBe([new AdapterEffect.FailFast(6)]);
        _kernel.LastError.ShouldBe("why");
    }

    [Fact, Trait("spec", "engine/7.1")]
    public void Any_answer_between_failures_starts_the_count_again()
    {
        Fail();
        Fail();
        Submit(CallClass.Read, "");
        End(_last, CallSign.Life);
        _kernel.State.ShouldBe(DeviceState.Up);
        Fail();
        Fail();

        _kernel.State.ShouldBe(DeviceState.Suspect);
    }

    [Fact, Trait("spec", "engine/7.1")]
    public void Ten_seconds_of_suspect_are_down()
    {
        Fail();

        Tick(9.9);
        _kernel.State.ShouldBe(DeviceState.Suspect);
        Tick(10);

        _kernel.State.ShouldBe(DeviceState.Down);
    }

    [Fact, Trait("spec", "engine/7.1")]
    public void Suspect_and_down_are_probed_each_second_one_probe_at_a_time()
    {
        Fail();
        Tick(0.9).ShouldBeEmpty();
        Tick(1).ShouldBe([new AdapterEffect.Probe()]);
        Tick(2).ShouldBeEmpty();
        Probe(2, CallSign.Failure);
        Tick(2).ShouldBe([new AdapterEffect.Probe()]);

        var up = Probe(2.1, CallSign.Life);

        up.ShouldBe([new AdapterEffect.Moved(DeviceState.Suspect, DeviceState.Up, null)]);
        Tick(5).ShouldBeEmpty();
    }

    [Fact]
    public void A_device_that_is_down_and_that_nobody_asks_for_is_left_alone_until_somebody_asks()
    {
        Submit(CallClass.Read, "");
        End(_last, CallSign.Failure);
        var gone = AdapterLimits.ForgottenAfter.TotalSeconds;
        Tick(gone - 1).OfType<AdapterEffect.Probe>().ShouldHaveSingleItem();
        Probe(gone - 1, CallSign.Failure);

        Tick(gone + 5).ShouldBeEmpty();
        _kernel.IsForgotten(TimeSpan.FromSeconds(gone + 5)).ShouldBeTrue();
        List<AdapterEffect> effects = [];
        _kernel.Submit(TimeSpan.FromSeconds(gone + 6), 99, CallClass.Read, "", effects);

        effects.ShouldBe([new AdapterEffect.FailFast(99)]);
        Tick(gone + 6).ShouldBe([new AdapterEffect.Probe()]);
        _kernel.IsForgotten(TimeSpan.FromSeconds(gone + 6)).ShouldBeFalse();
    }

    [Fact, Trait("spec", "engine/7.1")]
    public void A_restart_fails_everything_and_is_suspect_then_held()
    {
        Submit(CallClass.Write, "a");
        Submit(CallClass.Write, "a");
        List<AdapterEffect> effects = [];

        _kernel.Restart(default, "bug", hold: false, effects);

        effects.OfType<AdapterEffect.FailFast>().Count().ShouldBe(2);
        _kernel.State.ShouldBe(DeviceState.Suspect);
        _kernel.Restart(default, "bug", hold: true, effects);
        _kernel.State.ShouldBe(DeviceState.Down);
        Probe(1, CallSign.Life);
        _kernel.State.ShouldBe(DeviceState.Down);
        Tick(100).ShouldBeEmpty();
    }

    [Theory, Trait("spec", "engine/7.1")]
    [InlineData(100, 10, 110, false)]
    [InlineData(100, 10, 109, false)]
    [InlineData(100, 10, 0, true)]
    [InlineData(1, 10, 9, true)]
    [InlineData(0, 1, 0, false)]
    public void A_restart_is_told_from_the_uptime(long before, int later, long after, bool isReborn)
    {
        var sent = TimeSpan.FromSeconds(1000);
        var (watch, _) = UptimeWatch.Next(null, sent, sent, before);

        var (_, reborn) = UptimeWatch.Next(watch, sent + TimeSpan.FromSeconds(later), sent + TimeSpan.FromSeconds(later), after);

        reborn.ShouldBe(isReborn);
    }

    [Fact, Trait("spec", "engine/7.1")]
    public void Any_order_of_events_keeps_the_bounds()
    {
        const int Seed = 7100;
        var dice = new Random(Seed);
        var running = new List<long>();
        var now = TimeSpan.Zero;
        for (var i = 0; i < 20_000; i++)
        {
            now += TimeSpan.FromMilliseconds(dice.Next(300));
            List<AdapterEffect> effects = [];
            switch (dice.Next(5))
            {
                case 0 or 1:
                    _kernel.Submit(now, ++_last, (CallClass)dice.Next(2), $"s{dice.Next(3)}", effects);
                    break;
                case 2 when running.Count > 0:
                    var ended = running[dice.Next(running.Count)];
                    running.Remove(ended);
                    _kernel.Ended(now, ended, (CallSign)dice.Next(3), "why", effects);
                    break;
                case 3:
                    _kernel.Tick(now, effects);
                    if (effects.OfType<AdapterEffect.Probe>().Any())
                    {
                        _kernel.ProbeEnded(now, (CallSign)dice.Next(3), "why", effects);
                    }

                    break;
                default:
                    _kernel.Abandon(dice.NextInt64(_last + 1));
                    break;
            }

            running.AddRange(Started(effects));
            running.Count.ShouldBeLessThanOrEqualTo(AdapterLimits.ReadsMax + 3, $"step {i} of seed {Seed}");
            _kernel.Depth.ShouldBeInRange(0, AdapterLimits.MailboxMax);
        }
    }

    private static long[] Started(IEnumerable<AdapterEffect> effects) => [.. effects.OfType<AdapterEffect.Start>().Select(s => s.Call)];

    private List<AdapterEffect> Submit(CallClass kind, string sequence)
    {
        List<AdapterEffect> effects = [];
        _kernel.Submit(default, ++_last, kind, sequence, effects);
        return effects;
    }

    private List<AdapterEffect> End(long call, CallSign sign)
    {
        List<AdapterEffect> effects = [];
        _kernel.Ended(default, call, sign, "why", effects);
        return effects;
    }

    private void Fail()
    {
        Submit(CallClass.Read, "");
        End(_last, CallSign.Failure);
    }

    private List<AdapterEffect> Tick(double seconds)
    {
        List<AdapterEffect> effects = [];
        _kernel.Tick(TimeSpan.FromSeconds(seconds), effects);
        return effects;
    }

    private List<AdapterEffect> Probe(double seconds, CallSign sign)
    {
        List<AdapterEffect> effects = [];
        _kernel.ProbeEnded(TimeSpan.FromSeconds(seconds), sign, "why", effects);
        return effects;
    }
}
