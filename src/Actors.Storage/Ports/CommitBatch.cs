using System.Collections.Immutable;

namespace Gantry.Actors.Storage;

/// <summary>One transaction of a lane as rows. At most 512 commands, and 1 MiB where it is more than one.</summary>
public sealed record CommitBatch
{
    /// <summary>Shards touched, with the epoch that must hold.</summary>
    public required ImmutableArray<ShardEpoch> Shards { get; init; }

    /// <summary>Messages that must be there, and go.</summary>
    public ImmutableArray<MailId> ConsumedMail { get; init; } = [];

    /// <summary>Claims to take; one that the same entity holds already is fine.</summary>
    public ImmutableArray<ClaimRow> Claims { get; init; } = [];

    /// <summary>Claims to give up; deleted only where the entity holds them, after the inserts.</summary>
    public ImmutableArray<ClaimRow> Releases { get; init; } = [];

    /// <summary>Receipts; a known key is a loser.</summary>
    public ImmutableArray<ReceiptRow> Receipts { get; init; } = [];

    /// <summary>Timers whose older rows go before new mail is written.</summary>
    public ImmutableArray<TimerKey> TimersReplaced { get; init; } = [];

    /// <summary>Events.</summary>
    public ImmutableArray<EventRow> Events { get; init; } = [];

    /// <summary>Entities whose first event is in the batch.</summary>
    public ImmutableArray<EntityRow> EntitiesBorn { get; init; } = [];

    /// <summary>Entities whose life ends in the batch.</summary>
    public ImmutableArray<EntityRow> EntitiesEnded { get; init; } = [];

    /// <summary>Mail and timers.</summary>
    public ImmutableArray<MailRow> Mail { get; init; } = [];

    /// <summary>Dead letters.</summary>
    public ImmutableArray<ParkedRow> Parked { get; init; } = [];

    /// <summary>View changes, one per (view, key): the last.</summary>
    public ImmutableArray<ViewRowOp> Views { get; init; } = [];
}
