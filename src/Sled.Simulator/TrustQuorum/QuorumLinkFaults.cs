using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Sled.Simulator;

/// <summary>Faults of links between quorum nodes, from the sled's fault table.</summary>
internal sealed class QuorumLinkFaults(FaultTable faults) : ITqLinkPolicy
{
    private static readonly string[] Drop = [FaultKinds.QuorumDrop];
    private static readonly string[] Delay = [FaultKinds.QuorumDelay];

    public bool MayTalk(BaseboardId peer) => !faults.IsOn(FaultKinds.QuorumCut, peer.SerialNumber);

    public TqFate FateOf(BaseboardId peer, string message)
    {
        var isLost = faults.Take(Drop, null, message, peer.SerialNumber) is not null;
        return new TqFate(isLost, isLost ? TimeSpan.Zero : faults.Take(Delay, null, message, peer.SerialNumber)?.Delay ?? TimeSpan.Zero);
    }
}
