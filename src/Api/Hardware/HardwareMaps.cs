using Gantry.Contracts;

namespace Gantry.Api;

/// <summary>From view rows to what the API shows.</summary>
internal static class HardwareMaps
{
    public static RackAnswer Rack(RackRow row) => new()
    {
        Id = row.Id.Value,
        Subnet = row.Subnet,
        TimeCreated = row.TimeCreated,
        TimeModified = row.TimeModified,
    };

    public static SledAnswer Sled(SledRow row) => new()
    {
        Id = row.Id.Value,
        RackId = row.Rack.Value,
        Slot = row.Slot,
        Baseboard = new BaseboardAnswer(row.Serial, row.Part, row.Revision),
        Policy = SledPolicyAnswer.Of(row.Policy),
        State = row.State,
        UsableHardwareThreads = row.HardwareThreads,
        UsablePhysicalRam = row.PhysicalRamBytes,
        TimeCreated = row.TimeCreated,
        TimeModified = row.TimeModified,
        Role = row.Role,
        CpuFamily = row.CpuFamily,
        Address = row.Address,
        ReservoirSize = row.ReservoirBytes,
        ThreadsReserved = row.ThreadsReserved,
        ReservoirReserved = row.ReservoirReservedBytes,
        TimeInventoried = row.TimeInventoried,
        Generation = row.Generation,
    };

    public static SwitchAnswer Switch(SwitchRow row) => new()
    {
        Id = row.Id.Value,
        RackId = row.Rack.Value,
        Baseboard = new BaseboardAnswer(row.Serial, row.Part, row.Revision),
        TimeCreated = row.TimeCreated,
        TimeModified = row.TimeModified,
        Slot = row.Slot,
        Address = row.Address,
        RearPortCount = row.RearPorts?.Length,
        TimeCollected = row.TimeCollected,
        Generation = row.Generation,
    };
}
