using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Inventory;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Inventory;

public sealed class InventoryWireTests
{
    private readonly EngineModel _model = new([InventoryArea.Module]);

    [Fact]
    public void Sled_with_everything_survives_a_snapshot()
    {
        var world = SledWorld.Registered();
        world.Reserve(1, 1);
        world.Reserve(2, 1, kind: ReserveSled.Target);
        world.Do(new RecordSledInventory(new SledPlaceSeen(5, null), AgentAnswered: true, world.Now));

        var copy = RoundTrip(world.State);

        copy.Reservations.OrderBy(r => r.Value.VmmAddress).ShouldBe(world.State.Reservations.OrderBy(r => r.Value.VmmAddress));
        (copy with { Reservations = world.State.Reservations }).ShouldBe(world.State);
    }

    [Fact]
    public void Every_event_of_a_sled_survives_the_journal()
    {
        var world = SledWorld.Registered();
        world.Do(SledWorld.Registration(2));
        world.Reserve(1, 1);
        world.Move(1, ReserveSled.Tombstoned);
        world.Release(1);
        world.Do(new RecordSledInventory(new SledPlaceSeen(5, "rear5"), AgentAnswered: true, world.Now));
        world.Do(new ExpungeSled());
        world.Do(new SetSledState(SledStates.Decommissioned));

        world.Events.Select(e => e.GetType()).Distinct().Count().ShouldBe(8);
        foreach (var fact in world.Events)
        {
            RoundTrip(fact).ShouldBe(fact);
        }
    }

    private T RoundTrip<T>(T value) where T : class
    {
        var body = _model.Wire.Encode(value);
        return (T)_model.Wire.Decode(body.Tag, body.Version, body.Body);
    }
}
