namespace Gantry.Sled.Simulator;

/// <summary>Registration body (vmm 5.3).</summary>
internal sealed record AgentInfoBody(
    string SaAddress,
    int RepoDepotPort,
    string Role,
    BaseboardBody Baseboard,
    long UsableHardwareThreads,
    long UsablePhysicalRam,
    long ReservoirSize,
    string CpuFamily,
    long Generation,
    bool Decommissioned)
{
    public static AgentInfoBody Of(SimulatedSledOptions sled, string address) => new(
        address,
        RepoDepotPort: 12348,
        sled.Role,
        new BaseboardBody(sled.SerialOrDefault, sled.Part, sled.Revision),
        sled.HardwareThreads,
        sled.PhysicalRamBytes,
        sled.ReservoirBytes,
        sled.CpuFamily,
        Generation: 1,
        Decommissioned: false);
}

internal sealed record BaseboardBody(string Serial, string Part, long Revision);
