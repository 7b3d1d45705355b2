using Gantry.Contracts;
using Gantry.Inventory;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Inventory;

public sealed class SledPlacesTests
{
    private static readonly ServiceProcessorSeen Own = new("sled", 5, "913-0000019", "BRM42220031", "A0");

    [Fact]
    public void Slot_is_that_of_the_service_processor_with_serial_and_part()
    {
        var sameSerial = Own with { Slot = 4, Part = "other" };

        SledPlaces.Find(Sled(), [sameSerial, Own], ["rear4", "rear5"]).ShouldBe(new SledPlaceSeen(5, "rear5"));
    }

    [Fact]
    public void Serial_alone_is_enough_when_no_part_matches()
    {
        SledPlaces.Find(Sled(), [Own with { Part = "other" }], ["rear5"]).ShouldBe(new SledPlaceSeen(5, "rear5"));
    }

    [Fact]
    public void Switch_or_power_shelf_with_that_serial_is_no_sled()
    {
        SledPlaces.Find(Sled(), [Own with { Type = "switch" }], ["rear5"]).ShouldBe(new SledPlaceSeen(null, null));
    }

    [Fact]
    public void Port_outside_the_backplane_map_is_definitively_unmapped()
    {
        SledPlaces.Find(Sled(), [Own], ["rear0"]).ShouldBe(new SledPlaceSeen(5, null));
    }

    [Fact]
    public void Without_service_processors_or_backplane_map_nothing_can_be_told()
    {
        SledPlaces.Find(Sled(), null, ["rear5"]).ShouldBeNull();
        SledPlaces.Find(Sled(), [Own], null).ShouldBeNull();
    }

    [Fact]
    public void Backplane_map_is_that_of_the_lowest_slot_that_told_one()
    {
        SledPlaces.RearPorts([(1, ["rear1"]), (0, null)])!.Value.ShouldBe(["rear1"]);
        SledPlaces.RearPorts([(1, ["rear1"]), (0, ["rear0"])])!.Value.ShouldBe(["rear0"]);
        SledPlaces.RearPorts([(0, null)]).ShouldBeNull();
    }

    private static SledRow Sled()
    {
        var world = SledWorld.Registered();
        var op = SledView.Project(Addresses.Sled(world.Id), world.State, world.Events[^1], world.State)[0];
        return (SledRow)((Gantry.Actors.ViewOp.Upsert)op).Row;
    }
}
