using System.Collections.Immutable;

namespace Gantry.Actors;

/// <summary>Looks into entities and brings broken ones back (engine 6, 10.4). Thread-safe.</summary>
public interface IEntityAdmin
{
    /// <summary>How an entity stands, or null when it never had an event.</summary>
    ValueTask<EntityCard?> ShowAsync(EntityAddress entity, CancellationToken ct);

    /// <summary>Its events after a sequence number, oldest first. At most 1,000 at once.</summary>
    ValueTask<ImmutableArray<EntityEventLine>> EventsAsync(EntityAddress entity, long after, int max, CancellationToken ct);

    /// <summary>Its committed state as JSON, folded from the journal, or null when it never had an event.</summary>
    /// <exception cref="WireException">The journal of this entity cannot be read; the message names the row.</exception>
    ValueTask<EntityStateText?> StateAsync(EntityAddress entity, CancellationToken ct);

    /// <summary>Entities that are isolated on this node, and why.</summary>
    ImmutableArray<QuarantinedEntity> Quarantined();

    /// <summary>The same of all nodes that can be reached.</summary>
    ValueTask<ImmutableArray<QuarantinedEntity>> QuarantinedAsync(CancellationToken ct) => ValueTask.FromResult(Quarantined());

    /// <summary>Entities named by the watch-dog since a time.</summary>
    ValueTask<ImmutableArray<SuspectEntity>> SuspectsAsync(DateTimeOffset since, CancellationToken ct);

    /// <summary>Ends the quarantine: its suspects are forgotten, it is loaded anew, and its mail parked meanwhile comes back in order.</summary>
    ValueTask<AdminAnswer> ReleaseAsync(EntityAddress entity, AdminOrder order, CancellationToken ct);

    /// <summary>Drops it from memory and loads it from the journal alone, snapshot left aside.</summary>
    ValueTask<AdminAnswer> ReloadAsync(EntityAddress entity, AdminOrder order, CancellationToken ct);
}

/// <summary>How an entity stands.</summary>
public sealed record EntityCard
{
    /// <summary>The entity.</summary>
    public required EntityAddress Entity { get; init; }

    /// <summary>Its shard.</summary>
    public required int Shard { get; init; }

    /// <summary>Events so far.</summary>
    public required long Revision { get; init; }

    /// <summary>Revision of its newest snapshot; 0 for none.</summary>
    public required long SnapshotAt { get; init; }

    /// <summary>First event.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>End of its life.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary><c>stored</c> (not in memory), <c>loading</c>, <c>live</c> or <c>quarantined</c>.</summary>
    public required string Phase { get; init; }

    /// <summary>Client commands that wait at it.</summary>
    public int Commands { get; init; }

    /// <summary>Messages in hand that wait at it.</summary>
    public int Mail { get; init; }

    /// <summary>Faults in the last minute and restarts in the last five (engine 6).</summary>
    public int Faults { get; init; }

    /// <summary>See <see cref="Faults"/>.</summary>
    public int Restarts { get; init; }

    /// <summary>Set when quarantined.</summary>
    public string? Why { get; init; }

    /// <summary>Set when its last two snapshots or more were not written: loads of it take ever longer.</summary>
    public string? SnapshotTrouble { get; init; }

    /// <summary>Its parked messages.</summary>
    public int Parked { get; init; }

    /// <summary>Claims it holds, as <c>space value</c>.</summary>
    public ImmutableArray<string> Claims { get; init; } = [];
}

/// <summary>One event as it is stored.</summary>
/// <param name="Sequence">Its number at the entity.</param>
/// <param name="Position">Its position in the shard.</param>
/// <param name="Tag">Wire tag.</param>
/// <param name="Version">Wire version.</param>
/// <param name="At">When it was decided.</param>
/// <param name="Caller">On whose behalf.</param>
/// <param name="Cause">Command key or mail id.</param>
/// <param name="Trace">W3C trace context.</param>
/// <param name="Body">JSON text.</param>
public sealed record EntityEventLine(
    long Sequence, long Position, string Tag, int Version, DateTimeOffset At, string Caller, string Cause, string? Trace, string Body);

/// <summary>A state as JSON text.</summary>
/// <param name="Revision">Events folded.</param>
/// <param name="Tag">Wire tag of the state.</param>
/// <param name="Json">The state.</param>
public sealed record EntityStateText(long Revision, string Tag, string Json);

/// <summary>An isolated entity.</summary>
/// <param name="Entity">Which.</param>
/// <param name="Why">What it did.</param>
/// <param name="Since">Since when.</param>
public sealed record QuarantinedEntity(EntityAddress Entity, string Why, DateTimeOffset Since);

/// <summary>An entity that the watch-dog named.</summary>
/// <param name="Entity">Which.</param>
/// <param name="Tag">Command or step it was in.</param>
/// <param name="NodeId">Where.</param>
/// <param name="At">When.</param>
public sealed record SuspectEntity(EntityAddress Entity, string Tag, string NodeId, DateTimeOffset At);
