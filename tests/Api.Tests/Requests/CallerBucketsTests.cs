using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

public sealed class CallerBucketsTests
{
    private static readonly UserId s_user = new(Guid.Parse("0a0a0a0a-0000-4000-8000-000000000001"));

    [Fact]
    [Trait("spec", "engine/9")]
    public void A_burst_is_let_through_and_one_more_is_told_when_to_come_back()
    {
        var clock = new StoppedClock();
        var buckets = new CallerBuckets(clock);
        for (var i = 0; i < ApiLimits.CommandsBurst; i++)
        {
            buckets.Take(s_user).ShouldBeNull();
        }

        buckets.Take(s_user).ShouldBe(TimeSpan.FromSeconds(1.0 / ApiLimits.CommandsPerSecond));
        buckets.Take(new UserId(Guid.Parse("0a0a0a0a-0000-4000-8000-000000000002"))).ShouldBeNull();
    }

    [Fact]
    public void After_a_second_a_second_s_worth_is_there_again()
    {
        var clock = new StoppedClock();
        var buckets = new CallerBuckets(clock);
        while (buckets.Take(s_user) is null)
        {
        }

        clock.Now += TimeSpan.FromSeconds(1);

        buckets.UsedBy(s_user).ShouldBe(ApiLimits.CommandsBurst - ApiLimits.CommandsPerSecond);
    }

    private sealed class StoppedClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
