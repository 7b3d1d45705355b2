using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors.Kernel;

/// <summary>What a step asks of its shell. Valid until the next step.</summary>
public sealed class LaneOutputs
{
    /// <summary>Things to do, in order.</summary>
    public List<LaneOutput> Items { get; } = [];

    /// <summary>When to step with <see cref="LaneEvent.Tick"/> if nothing else happens.</summary>
    public DateTimeOffset WakeAt { get; internal set; }

    /// <summary>There is more to decide at once: end another pass after reading new inputs.</summary>
    public bool HasMore { get; internal set; }
}

/// <summary>What a lane can ask for (engine 4.1). Closed set.</summary>
public abstract record LaneOutput
{
    private LaneOutput()
    {
    }

    /// <summary>Read entities; ends as <see cref="LaneEvent.Loaded"/> or <see cref="LaneEvent.LoadFailed"/>.</summary>
    public sealed record Load(ImmutableArray<EntityStamp> Entities) : LaneOutput;

    /// <summary>Commit a batch under a session.</summary>
    public sealed record Commit(int Session, LaneBatch Batch) : LaneOutput;

    /// <summary>Open the next session and say what was committed.</summary>
    public sealed record Resolve : LaneOutput
    {
        /// <summary>The only one.</summary>
        public static readonly Resolve Instance = new();
    }

    /// <summary>Ask whether the lane is still ours.</summary>
    public sealed record Confirm(int Session, long Batch) : LaneOutput;

    /// <summary>Read a receipt.</summary>
    public sealed record FindReceipt(long Lookup, EntityAddress Entity, CommandKey Key) : LaneOutput;

    /// <summary>Answer a caller.</summary>
    public sealed record Answer(object ReplyTo, AskAnswer What) : LaneOutput;

    /// <summary>Tell the owner of another lane's shard.</summary>
    public sealed record RingOther(Doorbell Bell) : LaneOutput;

    /// <summary>Tell a reconciler.</summary>
    public sealed record Nudge(string Reconciler, string Key) : LaneOutput
    {
        /// <summary>W3C trace context of the decision.</summary>
        public string? Trace { get; init; }
    }

    /// <summary>Events became durable: for feed, reconcilers, waiters and watchers.</summary>
    /// <param name="Entities">Each entity once.</param>
    /// <param name="Commits">The decisions with events, in order.</param>
    public sealed record Changed(ImmutableArray<EntityChange> Entities, ImmutableArray<LaneCommit> Commits) : LaneOutput;

    /// <summary>Read due mail, in the store's order, after a place.</summary>
    public sealed record ScanMail(long Scan, ImmutableArray<ShardId> Shards, DateTimeOffset DueBefore, int Max) : LaneOutput
    {
        /// <summary>The last message of the page before; null for the first page.</summary>
        public MailCursor? After { get; init; }
    }

    /// <summary>Write a snapshot of a committed state.</summary>
    public sealed record Snapshot(EntityAddress Entity, long Revision, object State) : LaneOutput;

    /// <summary>Run I/O; ends as <see cref="LaneEvent.ActivityDone"/>.</summary>
    public sealed record RunActivity(MailId Mail, string Name, string Token, object Input) : LaneOutput
    {
        /// <summary>How long one run may take; null for the node's own bound.</summary>
        public TimeSpan? Patience { get; init; }

        /// <summary>W3C trace context.</summary>
        public string? Trace { get; init; }
    }

    /// <summary>
    /// Write a suspect mark: the message was loaded often without being consumed and may be what ends the process (engine 4.6). Ends as
    /// <see cref="LaneEvent.SuspectNoted"/>.
    /// </summary>
    public sealed record Suspect(EntityAddress Entity, string Tag, MailId Mail) : LaneOutput;

    /// <summary>The message ran and the process lives: the mark goes.</summary>
    public sealed record SuspectCleared(EntityAddress Entity) : LaneOutput;

    /// <summary>How an entity stands in the lane.</summary>
    public sealed record Inspected(object ReplyTo, EntitySight Sight) : LaneOutput;

    /// <summary>A timer was taken so long after its time.</summary>
    public sealed record TimerTaken(TimeSpan Late) : LaneOutput;

    /// <summary>Nothing of the shard is under way any more.</summary>
    public sealed record Yielded(ShardId Shard) : LaneOutput;

    /// <summary>
    /// Give a shard to another node, as a batch of its own; ends as <see cref="LaneEvent.Committed"/>, <see cref="LaneEvent.NotTransferred"/>,
    /// <see cref="LaneEvent.Fenced"/> or <see cref="LaneEvent.CommitFailed"/>.
    /// </summary>
    public sealed record Transfer(int Session, long Batch, ShardEpoch Shard, Incarnation To) : LaneOutput;

    /// <summary>The shard is the other node's at the epoch, or it is served here again as if nothing had been.</summary>
    public sealed record TransferEnded(ShardId Shard, bool IsGiven, long Epoch, string? Why) : LaneOutput;

    /// <summary>The run's shard leaves: the next owner runs it again.</summary>
    public sealed record CancelActivity(MailId Mail) : LaneOutput;

    /// <summary>The lane is over; everybody in hand was answered.</summary>
    /// <param name="Why">Why.</param>
    /// <param name="IsImpossible">The store contradicts itself: evidence is kept (engine 6).</param>
    public sealed record Ended(string Why, bool IsImpossible = false) : LaneOutput;

    /// <summary>For metrics and log.</summary>
    public sealed record Note(LaneNote What, EntityAddress? Entity, string Text) : LaneOutput;
}

/// <summary>An entity with the number of its new events and the position of the last.</summary>
public readonly record struct EntityChange(EntityAddress Entity, ShardId Shard, int EventCount, long LastPosition)
{
    /// <summary>W3C trace context of the last decision.</summary>
    public string? Trace { get; init; }
}

/// <summary>Things worth a line or a count.</summary>
public enum LaneNote
{
    /// <summary>A decider threw or broke a rule.</summary>
    DeciderBug,

    /// <summary>A message was given up.</summary>
    MailParked,

    /// <summary>An entity's data cannot be read.</summary>
    Quarantined,

    /// <summary>A claim was held by another.</summary>
    ClaimConflict,

    /// <summary>The store refused rows.</summary>
    Poisoned,

    /// <summary>The store could not be reached.</summary>
    StoreUnavailable,

    /// <summary>A broken commit was resolved.</summary>
    CommitResolved,

    /// <summary>An entity that threw too often is loaded anew.</summary>
    Restarted,

    /// <summary>A quarantine ended.</summary>
    Released,

    /// <summary>A message was consumed and changed nothing, which its decider says why.</summary>
    Ignored,
}

/// <summary>How an entity stands in its lane.</summary>
/// <param name="Phase"><c>stored</c>, <c>loading</c>, <c>live</c> or <c>quarantined</c>.</param>
/// <param name="Commands">Client commands that wait.</param>
/// <param name="Mail">Messages that wait.</param>
/// <param name="Faults">Throws within the window of its kind.</param>
/// <param name="Restarts">Restarts within the window of its kind.</param>
/// <param name="Why">Why it is quarantined.</param>
public sealed record EntitySight(string Phase, int Commands, int Mail, int Faults, int Restarts, string? Why)
{
    /// <summary>What keeps its snapshots from being written; filled in by the shell.</summary>
    public string? SnapshotTrouble { get; init; }
}

/// <summary>The answer to a client command; <see cref="Outcome{T}"/> without its type.</summary>
public abstract record AskAnswer
{
    private AskAnswer()
    {
    }

    /// <summary>Durable.</summary>
    public sealed record Accepted(object Value, long Revision, bool IsReplay) : AskAnswer;

    /// <summary>A dry run that would have been accepted; nothing was committed.</summary>
    public sealed record Tried(object Value, long Revision, ImmutableArray<object> Events, ImmutableArray<Effect> Effects) : AskAnswer;

    /// <summary>Definitive, changed nothing.</summary>
    public sealed record Refused(Refusal Why) : AskAnswer;

    /// <summary>Certainly not executed: too much to do.</summary>
    public sealed record Overloaded(TimeSpan RetryAfter) : AskAnswer
    {
        /// <summary>Which bound was met, for the one who counts; null in an answer of another node, which has counted it.</summary>
        public string? Bound { get; init; }
    }

    /// <summary>Certainly not executed.</summary>
    public sealed record Unavailable(TimeSpan RetryAfter) : AskAnswer;

    /// <summary>Certainly not executed: the shard is not this lane's, or is leaving it. The shell finds its owner.</summary>
    public sealed record Moved : AskAnswer
    {
        /// <summary>The only one.</summary>
        public static readonly Moved Instance = new();
    }

    /// <summary>May have been executed.</summary>
    public sealed record Unknown(string Reason) : AskAnswer;
}
