using System.Collections.Immutable;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Simulation.TrustQuorum;

/// <summary>States of a record as the control plane keeps it (tq 5.1).</summary>
internal enum TqRecordState
{
    Preparing,
    Committing,
    Committed,
    CommittedPartially,
    Aborted,
}

/// <summary>One configuration as the control plane knows it.</summary>
internal sealed class TqRecord
{
    public required ulong Epoch { get; init; }

    public required ulong? LastCommitted { get; init; }

    public required int Threshold { get; init; }

    public required int Tolerance { get; init; }

    public required BaseboardId Coordinator { get; init; }

    public required ImmutableArray<BaseboardId> Members { get; init; }

    public required bool IsUpgrade { get; init; }

    public TqRecordState State { get; set; } = TqRecordState.Preparing;

    /// <summary>Digests and secrets as learned from the coordinator.</summary>
    public TqConfiguration? Config { get; set; }

    public HashSet<BaseboardId> Prepared { get; } = [];

    public HashSet<BaseboardId> Committed { get; } = [];

    public int Needed => Threshold + Tolerance;

    public bool IsInForce => State is TqRecordState.Committing or TqRecordState.Committed or TqRecordState.CommittedPartially;

    public override string ToString() =>
        $"epoch {Epoch} {State} K={Threshold} Z={Tolerance} by {Coordinator.SerialNumber} of [{string.Join(' ', Members.Select(m => m.SerialNumber))}]"
        + $" prepared {Prepared.Count} committed {Committed.Count}";
}
