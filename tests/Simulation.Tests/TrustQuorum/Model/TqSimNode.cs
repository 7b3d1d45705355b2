using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Simulation.TrustQuorum;

/// <summary>One simulated sled: its drive, its node while it runs, and what waits to be delivered to it.</summary>
internal sealed class TqSimNode(BaseboardId id, int index, TqPersistentState disk)
{
    public BaseboardId Id { get; } = id;

    public int Index { get; } = index;

    /// <summary>What a restart would find.</summary>
    public TqPersistentState Disk { get; set; } = disk;

    /// <summary>Null while it is down.</summary>
    public TqNode? Node { get; set; }

    public List<TqEnvelope> Inbox { get; } = [];

    /// <summary>Highest commit ever saved.</summary>
    public ulong? HighestCommit { get; set; }

    public bool IsUp => Node is not null;

    public override string ToString() => $"{Id.SerialNumber}{(IsUp ? "" : " (down)")} {Disk}";
}
