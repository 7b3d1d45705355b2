using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;

namespace Gantry.Inventory;

/// <summary>Rows of a sled: itself, and its port while it is in service.</summary>
internal static class SledView
{
    public static ImmutableArray<ViewOp> Project(EntityAddress self, SledState before, SledEvent fact, SledState after)
    {
        var row = InventoryViews.Sleds.Upsert(self.Key, Row(after));
        return fact switch
        {
            SledInventoried => [row, Port(self.Key, after)],
            SledPolicyChanged when !after.IsInService => [row, InventoryViews.SledPorts.Delete(self.Key)],
            _ => [row],
        };
    }

    private static ViewOp Port(string key, SledState state) => state.Place is { } place
        ? InventoryViews.SledPorts.Upsert(key, new SledPortRow(state.Id, state.Rack, place.Slot, place.RearPort, place.At))
        : InventoryViews.SledPorts.Delete(key);

    private static SledRow Row(SledState state) => new()
    {
        Id = state.Id,
        Rack = state.Rack,
        Serial = state.Baseboard.Serial,
        Part = state.Baseboard.Part,
        Revision = state.Baseboard.Revision,
        Role = state.Facts.Role,
        Policy = state.Policy,
        State = state.State,
        Slot = state.Place?.Slot,
        Address = state.Facts.Address,
        RepoDepotPort = state.Facts.RepoDepotPort,
        Subnet = state.Subnet,
        HardwareThreads = state.Facts.HardwareThreads,
        PhysicalRamBytes = state.Facts.PhysicalRamBytes,
        ReservoirBytes = state.Facts.ReservoirBytes,
        ThreadsReserved = state.ThreadsReserved,
        ReservoirReservedBytes = state.ReservoirReserved,
        CpuFamily = state.Facts.CpuFamily,
        AgentGeneration = state.AgentGeneration,
        TimeInventoried = state.TimeInventoried,
        TimeCreated = state.TimeCreated,
        TimeModified = state.TimeModified,
        Generation = state.Generation,
    };
}
