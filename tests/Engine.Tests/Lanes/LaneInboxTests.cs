using Gantry.Actors.Kernel;
using Gantry.Actors.Runtime;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Lanes;

[Trait("spec", "engine/10.1")]
public sealed class LaneInboxTests
{
    [Fact]
    public void Full_is_one_thing_and_closed_another()
    {
        var inbox = new LaneInbox(arrivalsMax: 1);
        inbox.TryArrive(LaneEvent.Tick.Instance).ShouldBeTrue();

        inbox.TryArrive(LaneEvent.Tick.Instance).ShouldBeFalse();
        inbox.IsClosed.ShouldBeFalse("there is only too much");
        inbox.Close();

        inbox.TryArrive(LaneEvent.Tick.Instance).ShouldBeFalse();
        inbox.IsClosed.ShouldBeTrue();
    }

    [Fact]
    [Trait("spec", "engine/9")]
    public void Who_is_turned_away_is_told_a_time_by_what_waits_and_not_all_the_same_one()
    {
        using var metrics = new EngineMetrics(() => [], new QuarantineBook(), new SnapshotBook());
        var random = new SeededRandomSource(1);
        var inbox = new LaneInbox(arrivalsMax: 100);
        while (inbox.TryArrive(LaneEvent.Tick.Instance))
        {
            inbox.IsClosed.ShouldBeFalse();
        }

        var times = Enumerable.Range(0, 20)
            .Select(_ => Turnaway.Of(inbox, drainPerSecond: 10, metrics, random).ShouldBeOfType<AskAnswer.Overloaded>().RetryAfter)
            .ToList();
        times.ShouldAllBe(t => t >= TimeSpan.FromSeconds(8) && t <= TimeSpan.FromSeconds(12));
        times.Distinct().Count().ShouldBeGreaterThan(10);
        inbox.Close();

        Turnaway.Of(inbox, 10, metrics, random).ShouldBeOfType<AskAnswer.Unavailable>();
    }
}
