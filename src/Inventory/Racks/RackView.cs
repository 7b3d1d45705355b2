using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;

namespace Gantry.Inventory;

/// <summary>Rows of a rack.</summary>
internal static class RackView
{
    public static ImmutableArray<ViewOp> Project(EntityAddress self, RackState before, RackEvent fact, RackState after) => fact switch
    {
        RackDeclared => [InventoryViews.Racks.Upsert(self.Key, Row(after))],
        ServiceProcessorsSeen => ServiceProcessors(self.Key, before, after),
        _ => [],
    };

    private static RackRow Row(RackState state) => new()
    {
        Id = state.Id,
        Subnet = state.Subnet,
        TimeCreated = state.TimeCreated,
        TimeModified = state.TimeCreated,
    };

    private static ImmutableArray<ViewOp> ServiceProcessors(string rack, RackState before, RackState after)
    {
        var ops = ImmutableArray.CreateBuilder<ViewOp>();
        foreach (var gone in before.ServiceProcessors.Where(b => !after.ServiceProcessors.Any(a => a.Type == b.Type && a.Slot == b.Slot)))
        {
            ops.Add(InventoryViews.ServiceProcessors.Delete(Key(rack, gone)));
        }

        foreach (var seen in after.ServiceProcessors)
        {
            ops.Add(InventoryViews.ServiceProcessors.Upsert(
                Key(rack, seen),
                new ServiceProcessorRow(
                    after.Id, seen.Type, seen.Slot, seen.Part, seen.Serial, seen.PowerState, after.TimeServiceProcessorsSeen)));
        }

        return ops.ToImmutable();
    }

    private static string Key(string rack, ServiceProcessorSeen seen) => $"{rack}-{seen.Type}-{seen.Slot}";
}
