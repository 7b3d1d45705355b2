using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;

namespace Gantry.Inventory;

/// <summary>The row of a switch.</summary>
internal static class SwitchView
{
    public static ImmutableArray<ViewOp> Project(EntityAddress self, SwitchState before, SwitchEvent fact, SwitchState after) =>
        [InventoryViews.Switches.Upsert(self.Key, Row(after))];

    private static SwitchRow Row(SwitchState state) => new()
    {
        Id = state.Id,
        Rack = state.Rack,
        Slot = state.Slot,
        Address = state.Address,
        Serial = state.Serial,
        Part = state.Part,
        Revision = state.Revision,
        RearPorts = state.RearPorts,
        TimeCollected = state.TimeCollected,
        TimeCreated = state.TimeCreated,
        TimeModified = state.TimeModified,
        Generation = state.Generation,
    };
}
