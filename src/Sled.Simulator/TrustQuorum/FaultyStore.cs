using System.Diagnostics;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Sled.Simulator;

/// <summary>A sled's drives with the faults of the control interface: a save that fails, a node that ends right after one.</summary>
internal sealed class FaultyStore(ITqStore drives, FaultTable faults) : ITqStore
{
    private static readonly string[] SaveFails = [FaultKinds.QuorumSaveFails];
    private static readonly string[] CrashAfterSave = [FaultKinds.QuorumCrashAfterSave];
    private static readonly string[] KillAfterSave = [FaultKinds.QuorumKillAfterSave];

    public TqPersistentState? Load() => drives.Load();

    public void Save(TqPersistentState state)
    {
        if (faults.Take(SaveFails, null, null, null) is not null)
        {
            throw new IOException("injected fault: the drive does not write");
        }

        drives.Save(state);
        if (faults.Take(KillAfterSave, null, null, null) is { } kill && kill.Strikes == (kill.Fault.Params?.Nth ?? 1))
        {
            // SIGKILL: what was saved is on the drive, and nobody hears of it.
            Process.GetCurrentProcess().Kill();
        }

        if (faults.Take(CrashAfterSave, null, null, null) is not null)
        {
            throw new IOException("injected fault: the node ends after a save");
        }
    }

    public TqNetworkConfig? LoadNetworkConfig() => drives.LoadNetworkConfig();

    public void SaveNetworkConfig(TqNetworkConfig config) => drives.SaveNetworkConfig(config);
}
