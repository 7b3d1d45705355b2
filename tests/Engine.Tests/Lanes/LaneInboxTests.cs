using Gantry.Actors.Kernel;
using Gantry.Actors.Runtime;
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
}
