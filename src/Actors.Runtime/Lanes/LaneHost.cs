using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>What the lanes of one incarnation share.</summary>
internal sealed record LaneHost
{
    public required IActorStore Store { get; init; }

    /// <summary>Null for a node that is alone.</summary>
    public IMembershipStore? Membership { get; init; }

    public required EngineModel Model { get; init; }

    public required TimeProvider Time { get; init; }

    public required IRandomSource Random { get; init; }

    public required ICommitListener Listener { get; init; }

    public required EngineMetrics Metrics { get; init; }

    public required ILogger Log { get; init; }

    public required FeedHub Feed { get; init; }

    public required LaneRouter Router { get; init; }

    public required ActivityRunner Activities { get; init; }

    public required Watchdog Watchdog { get; init; }

    public required SuspectBook Suspects { get; init; }

    public required QuarantineBook Quarantine { get; init; }

    public required SnapshotBook Snapshots { get; init; }

    /// <summary>Lanes of this node.</summary>
    public required int LaneCount { get; init; }

    public NodeGates Gates { get; } = new();

    /// <summary>What is being worked on, for the next process; null keeps no trace.</summary>
    public TurnFile? Turns { get; init; }

    /// <summary>Rings where the shard is; null for a node that is alone.</summary>
    public Action<Doorbell>? Ring { get; init; }

    /// <summary>Hears how commits go; null for a node that is alone.</summary>
    public CommitWatch? Commits { get; init; }

    /// <summary>Hears which entities have new events; null for a node that is alone.</summary>
    public Action<IReadOnlyList<EntityAddress>>? Committed { get; init; }

    /// <summary>Hears that a transfer ended; null for a node that is alone.</summary>
    public Action<LaneOutput.TransferEnded>? TransferEnded { get; set; }

    /// <summary>Where the last inputs of a lane that broke are written; null for the log only.</summary>
    public string? EvidenceFolder { get; init; }

    public required Incarnation Me { get; init; }

    /// <summary>Called when a lane is over; further calls change nothing.</summary>
    public required Action<EngineEnd> LaneEnded { get; init; }

    public BatchEncoder Encoder => field ??= new BatchEncoder(Model);

    public RowDecoder Decoder => field ??= new RowDecoder(Model);
}
