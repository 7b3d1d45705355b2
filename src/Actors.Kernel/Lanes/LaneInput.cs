using System.Collections.Immutable;

namespace Gantry.Actors.Kernel;

/// <summary>One input of a lane with the shell's reading of the clock.</summary>
public readonly record struct LaneInput(DateTimeOffset Now, LaneEvent What);

/// <summary>What can happen to a lane (engine 4.1). Closed set.</summary>
public abstract record LaneEvent
{
    private LaneEvent()
    {
    }

    /// <summary>First input: the lane asks for its session.</summary>
    public sealed record Start : LaneEvent
    {
        /// <summary>The only one.</summary>
        public static readonly Start Instance = new();
    }

    /// <summary>Time has passed.</summary>
    public sealed record Tick : LaneEvent
    {
        /// <summary>The only one.</summary>
        public static readonly Tick Instance = new();
    }

    /// <summary>The shell has no more inputs for now, or has given its budget: decide, seal, ask for what is missing.</summary>
    public sealed record PassEnd : LaneEvent
    {
        /// <summary>The only one.</summary>
        public static readonly PassEnd Instance = new();
    }

    /// <summary>Last input: the shell stops. Everybody in hand is answered.</summary>
    public sealed record Stop : LaneEvent
    {
        /// <summary>The only one.</summary>
        public static readonly Stop Instance = new();
    }

    /// <summary>A client command.</summary>
    public sealed record Arrive : LaneEvent
    {
        /// <summary>The entity asked.</summary>
        public required EntityAddress To { get; init; }

        /// <summary>Its shard.</summary>
        public required ShardId Shard { get; init; }

        /// <summary>The command.</summary>
        public required object Command { get; init; }

        /// <summary>Idempotency key.</summary>
        public required CommandKey Key { get; init; }

        /// <summary>Digest of the request, or null.</summary>
        public string? Digest { get; init; }

        /// <summary>On whose behalf.</summary>
        public required Principal Caller { get; init; }

        /// <summary>Past it nobody waits any more.</summary>
        public required DateTimeOffset Deadline { get; init; }

        /// <summary>See <see cref="AskOptions.ExpectedRevision"/>.</summary>
        public long? ExpectedRevision { get; init; }

        /// <summary>See <see cref="AskOptions.ExpectedGeneration"/>.</summary>
        public long? ExpectedGeneration { get; init; }

        /// <summary>W3C trace context.</summary>
        public string? Trace { get; init; }

        /// <summary>It may have been done already: its receipt is read before it is decided.</summary>
        public bool IsRepeat { get; init; }

        /// <summary>Decide, and commit nothing.</summary>
        public bool IsDryRun { get; init; }

        /// <summary>About how many bytes it has (<see cref="AskOptions.Bytes"/>).</summary>
        public int Bytes { get; init; } = 512;

        /// <summary>Given back with the answer; the kernel does not look at it.</summary>
        public required object ReplyTo { get; init; }
    }

    /// <summary>Entities were read.</summary>
    public sealed record Loaded(ImmutableArray<LoadedEntity> Entities) : LaneEvent;

    /// <summary>A load failed as a whole: the store cannot be reached.</summary>
    public sealed record LoadFailed(ImmutableArray<EntityStamp> Entities, string Why) : LaneEvent;

    /// <summary>The batch is durable. <paramref name="Bytes"/> of its bodies cut the next ones.</summary>
    public sealed record Committed(long Batch, int Bytes) : LaneEvent;

    /// <summary>Nothing was committed: these parts of the batch lost.</summary>
    public sealed record Lost(
        long Batch, ImmutableArray<MailId> GoneMail, ImmutableArray<TakenClaim> TakenClaims, ImmutableArray<KnownKey> KnownKeys) : LaneEvent;

    /// <summary>Nothing was committed: these commits cannot be written.</summary>
    public sealed record Unencodable(long Batch, ImmutableArray<BadCommit> Commits) : LaneEvent;

    /// <summary>Nothing was sent: the batch weighs more than <see cref="LaneLimits.BatchBytesMax"/>, and more than one commit is in it.</summary>
    public sealed record TooMuch(long Batch, int Bytes) : LaneEvent;

    /// <summary>Nothing was committed: the store refused rows and cannot say whose.</summary>
    public sealed record Poisoned(long Batch, string Why) : LaneEvent;

    /// <summary>Nothing was committed: the lane is not ours any more.</summary>
    /// <param name="Why">What the store said.</param>
    /// <param name="IsImpossible">The lane's row is not fenced and its session is open, so this cannot be (engine 6).</param>
    public sealed record Fenced(string Why, bool IsImpossible = false) : LaneEvent;

    /// <summary>The store gave no answer to the batch.</summary>
    public sealed record CommitFailed(long Batch, bool IsOutcomeKnown, string Why) : LaneEvent;

    /// <summary>The lane's session and last committed batch.</summary>
    public sealed record Resolved(int Session, long LastBatch, bool IsFenced) : LaneEvent;

    /// <summary>The session could not be asked for.</summary>
    public sealed record ResolveFailed(string Why) : LaneEvent;

    /// <summary>Whether the lane is still ours.</summary>
    public sealed record Confirmed(bool IsOurs) : LaneEvent;

    /// <summary>That could not be found out.</summary>
    public sealed record ConfirmFailed(string Why) : LaneEvent;

    /// <summary>The receipt asked for; null when there is none.</summary>
    public sealed record ReceiptFound(long Lookup, KnownKey? Known) : LaneEvent;

    /// <summary>The receipt could not be read.</summary>
    public sealed record ReceiptFailed(long Lookup, string Why) : LaneEvent;

    /// <summary>The messages of a scan, in the store's order. <paramref name="IsFull"/>: there may be more.</summary>
    public sealed record MailFound(long Scan, ImmutableArray<FoundMail> Mail, bool IsFull) : LaneEvent;

    /// <summary>The scan failed.</summary>
    public sealed record ScanFailed(long Scan, string Why) : LaneEvent;

    /// <summary>Another lane posted to a shard of this one.</summary>
    public sealed record Ring(Doorbell Bell) : LaneEvent;

    /// <summary>The lane now owns the shard.</summary>
    public sealed record Gain(ShardId Shard, long Epoch) : LaneEvent;

    /// <summary>The lane is to give the shard up: takes nothing new, and says when nothing of it is under way.</summary>
    public sealed record Yield(ShardId Shard) : LaneEvent;

    /// <summary>
    /// As <see cref="Yield"/>, and then give the shard to another node by a batch of its own; ends as <see cref="LaneOutput.TransferEnded"/>.
    /// </summary>
    public sealed record GiveAway(ShardId Shard, Incarnation To) : LaneEvent;

    /// <summary>The store refused to give the shard away and the lane is still ours: nothing happened.</summary>
    public sealed record NotTransferred(long Batch, string Why) : LaneEvent;

    /// <summary>Mail may be in the store that nobody told us of: look at the whole shard.</summary>
    public sealed record LookForMail(ShardId Shard) : LaneEvent;

    /// <summary>An activity ended.</summary>
    public sealed record ActivityDone(MailId Mail, Reply Reply) : LaneEvent;

    /// <summary>The store holds so many messages for the shard (engine 9).</summary>
    public sealed record MailCounted(ShardId Shard, int Count) : LaneEvent;

    /// <summary>The suspect mark of <see cref="LaneOutput.Suspect"/> is in the store: the message may run, alone.</summary>
    public sealed record SuspectNoted(MailId Mail) : LaneEvent;

    /// <summary>A committed state was found to be above <see cref="StateBound"/>: commands of clients are refused that would not make it smaller.</summary>
    public sealed record StateTooLarge(EntityAddress Entity) : LaneEvent;

    /// <summary>Isolate the entity: nothing of it is decided until it is released.</summary>
    public sealed record Quarantine(EntityAddress Entity, string Why) : LaneEvent;

    /// <summary>Ends as <see cref="LaneOutput.Inspected"/>: end the quarantine and load it anew.</summary>
    public sealed record Release(EntityAddress Entity, object ReplyTo) : LaneEvent;

    /// <summary>Ends as <see cref="LaneOutput.Inspected"/>: load it anew from the journal.</summary>
    public sealed record Reload(EntityAddress Entity, object ReplyTo) : LaneEvent;

    /// <summary>Ends as <see cref="LaneOutput.Inspected"/>.</summary>
    public sealed record Inspect(EntityAddress Entity, object ReplyTo) : LaneEvent;

    /// <summary>Messages of the shard that were parked are back in the store under their old ids.</summary>
    public sealed record MailRestored(ShardId Shard, ImmutableArray<MailId> Mail) : LaneEvent;
}

/// <summary>An entity to load, and the epoch under which; an answer for another epoch is dropped (engine 3.4).</summary>
/// <param name="Entity">Which.</param>
/// <param name="Shard">Its shard.</param>
/// <param name="Epoch">The epoch.</param>
/// <param name="FromEventsOnly">A restart: the snapshot is left aside (engine 6).</param>
public readonly record struct EntityStamp(EntityAddress Entity, ShardId Shard, long Epoch, bool FromEventsOnly = false);

/// <summary>An entity that was read.</summary>
/// <param name="Stamp">As asked.</param>
/// <param name="State">Its state.</param>
/// <param name="Revision">Events so far.</param>
/// <param name="SnapshotAt">Revision of its snapshot.</param>
/// <param name="Broken">Set when its data cannot be read: the entity is quarantined.</param>
public sealed record LoadedEntity(EntityStamp Stamp, object? State, long Revision, long SnapshotAt, string? Broken = null);

/// <summary>A claim that another entity holds.</summary>
public sealed record TakenClaim(EntityAddress Wanted, ClaimValue Claim, EntityAddress? Holder);

/// <summary>A remembered reply.</summary>
public sealed record KnownKey(EntityAddress Entity, string Key, string? Digest, long Revision, object Reply)
{
    /// <summary>Why the remembered reply cannot be read; null when it can.</summary>
    public string? Unreadable { get; init; }
}

/// <summary>A commit that cannot be written; its place in the batch and whether only a size limit is to blame.</summary>
public sealed record BadCommit(int Index, bool IsTooLarge, string Why);

/// <summary>A message as the store gave it. Its body is read when the lane takes it, and not before.</summary>
public sealed record FoundMail
{
    /// <summary>Its id.</summary>
    public required MailId Id { get; init; }

    /// <summary>The receiver.</summary>
    public required EntityAddress To { get; init; }

    /// <summary>The receiver's shard.</summary>
    public required ShardId ToShard { get; init; }

    /// <summary>When it is due; null for one without delay.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>The timer's name, for a timer.</summary>
    public string? TimerName { get; init; }

    /// <summary>How often it was found by an owner of its shard without being consumed.</summary>
    public int Loads { get; init; }

    /// <summary>Bytes of its body and meta.</summary>
    public int Bytes { get; init; } = 512;

    /// <summary>Reads the body. Throws <see cref="WireException"/>.</summary>
    public required Func<MailContent> Read { get; init; }
}

/// <summary>What is in a message.</summary>
public readonly record struct MailContent(object Command, MailMeta Meta);

/// <summary>Messages that one commit posted from one shard to another, for the lane that owns the latter (engine 4.5).</summary>
/// <param name="Source">Source shard.</param>
/// <param name="Target">Target shard.</param>
/// <param name="Previous">Position of the message before the first; 0 for none.</param>
/// <param name="Last">Position of the last; 0 when all are delayed.</param>
/// <param name="Mail">The messages.</param>
public sealed record Doorbell(ShardId Source, ShardId Target, long Previous, long Last, ImmutableArray<OutgoingMail> Mail);
