using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors.Runtime;

/// <summary>
/// What nodes say to each other (engine 5.7): data only, the same in both directions. Ping, pong and credit belong to the transport and are
/// not among them. Closed set; a frame of a kind that the receiver does not know is dropped by the transport.
/// </summary>
public abstract record LinkFrame
{
    private LinkFrame()
    {
    }

    /// <summary>A client command for an entity that the receiver is thought to own. Ends as <see cref="Answer"/> or <see cref="Moved"/>.</summary>
    public sealed record Ask : LinkFrame
    {
        /// <summary>Unique within the sender's incarnation.</summary>
        public required long Id { get; init; }

        /// <summary>The entity asked.</summary>
        public required EntityAddress To { get; init; }

        /// <summary>The command.</summary>
        public required LinkBody Body { get; init; }

        /// <summary>Idempotency key: it makes a re-send safe.</summary>
        public required CommandKey Key { get; init; }

        /// <summary>See <see cref="AskOptions.Digest"/>.</summary>
        public string? Digest { get; init; }

        /// <summary>On whose behalf, as the first node checked it.</summary>
        public required Principal Caller { get; init; }

        /// <summary>See <see cref="AskOptions.ExpectedRevision"/>.</summary>
        public long? ExpectedRevision { get; init; }

        /// <summary>See <see cref="AskOptions.ExpectedGeneration"/>.</summary>
        public long? ExpectedGeneration { get; init; }

        /// <summary>What is left of the deadline: clocks of two nodes are never compared.</summary>
        public required TimeSpan Remaining { get; init; }

        /// <summary>Links it has crossed, this one included; at most 3.</summary>
        public required int Hops { get; init; }

        /// <summary>It may have been done already, for an answer was lost: the receipt is read before it is decided.</summary>
        public bool IsRepeat { get; init; }

        /// <summary>Decide, and commit nothing.</summary>
        public bool IsDryRun { get; init; }

        /// <summary>W3C trace context.</summary>
        public string? Trace { get; init; }
    }

    /// <summary>What became of an <see cref="Ask"/>.</summary>
    public sealed record Answer(long Id, LinkOutcome Outcome) : LinkFrame;

    /// <summary>The receiver of an <see cref="Ask"/> does not serve its shard; nothing was done. Owner null: nobody it knows of.</summary>
    public sealed record Moved(long AskId, ShardId Shard, Incarnation? Owner, long Epoch) : LinkFrame;

    /// <summary>
    /// Mail was committed for a shard of the receiver (engine 4.5). Without messages it only says "look". Losing one costs latency, never mail.
    /// </summary>
    /// <param name="Source">Source shard.</param>
    /// <param name="To">Target shard.</param>
    /// <param name="Previous">Position of the message before the first; 0 for none.</param>
    /// <param name="Last">Position of the last; 0 when all are delayed or none is given.</param>
    /// <param name="Mail">The messages, or none.</param>
    public sealed record Doorbell(ShardId Source, ShardId To, long Previous, long Last, ImmutableArray<LinkMail> Mail) : LinkFrame;

    /// <summary>A shard will be given to the receiver: it may read its hot entities meanwhile (engine 5.6). Answered with <see cref="Ready"/>.</summary>
    public sealed record Prepare(ShardId Shard, long Epoch, ImmutableArray<EntityAddress> Hot) : LinkFrame;

    /// <summary>The receiver of <see cref="Prepare"/> can take the shard.</summary>
    public sealed record Ready(ShardId Shard, long Epoch) : LinkFrame;

    /// <summary>The shard is the receiver's at this epoch, with what waited for it. Large buffers come as several of these.</summary>
    public sealed record Go(ShardId Shard, long Epoch, ImmutableArray<Ask> Buffered) : LinkFrame
    {
        /// <summary>An operator wants it at the receiver, whatever the balance says.</summary>
        public bool IsHeld { get; init; }
    }

    /// <summary>A reconciler's key is to be looked at by the owner of its shard. Key null: all keys.</summary>
    public sealed record Nudge(string Reconciler, string? Key, bool ForgetBackoff, string? Trace) : LinkFrame
    {
        /// <summary>Links it had crossed before this one: who does not own the shard passes it on, at most twice.</summary>
        public int Hops { get; init; }
    }

    /// <summary>Asks something that is no command: how an entity stands, how reconcilers stand. Ends as <see cref="Told"/>.</summary>
    /// <param name="Id">Unique within the sender's incarnation, ids of asks included.</param>
    /// <param name="What">Which question.</param>
    /// <param name="Body">UTF-8 JSON, as that question wants it.</param>
    /// <param name="Remaining">What is left of the deadline.</param>
    public sealed record Inquire(long Id, string What, byte[] Body, TimeSpan Remaining) : LinkFrame;

    /// <summary>The answer to <see cref="Inquire"/>. Not known: the receiver does not know the question, or could not answer it.</summary>
    public sealed record Told(long Id, bool IsKnown, byte[] Body) : LinkFrame;
}

/// <summary>A record on a link: tag, version and UTF-8 JSON of the wire registry.</summary>
public readonly record struct LinkBody(string Tag, int Version, byte[] Body);

/// <summary>A message on a link.</summary>
/// <param name="Id">Its id.</param>
/// <param name="To">The receiver.</param>
/// <param name="DueAt">When it is due; null at once.</param>
/// <param name="TimerName">The timer's name, for a timer.</param>
/// <param name="Body">The command.</param>
/// <param name="Meta">Sender, reply token and hops.</param>
public sealed record LinkMail(MailId Id, EntityAddress To, DateTimeOffset? DueAt, string? TimerName, LinkBody Body, MailMeta Meta);

/// <summary>What became of a command that crossed a link: <see cref="Outcome{T}"/> with its value as a body. Closed set.</summary>
public abstract record LinkOutcome
{
    private LinkOutcome()
    {
    }

    /// <summary>Durable.</summary>
    public sealed record Accepted(LinkBody Value, long Revision, bool IsReplay) : LinkOutcome;

    /// <summary>A dry run that would have been accepted.</summary>
    public sealed record Tried(LinkBody Value, long Revision, ImmutableArray<LinkBody> Events, ImmutableArray<LinkPost> Posts) : LinkOutcome
    {
        /// <summary>What it would have caused besides messages; a node of an earlier release leaves it out.</summary>
        public ImmutableArray<LinkEffect> Others { get; init; } = [];
    }

    /// <summary>Definitive, changed nothing.</summary>
    public sealed record Refused(Refusal Why) : LinkOutcome;

    /// <summary>Certainly not executed: too much to do.</summary>
    public sealed record Overloaded(TimeSpan RetryAfter) : LinkOutcome;

    /// <summary>Certainly not executed.</summary>
    public sealed record Unavailable(TimeSpan RetryAfter) : LinkOutcome;

    /// <summary>May have been executed.</summary>
    public sealed record Unknown(string Reason) : LinkOutcome;
}

/// <summary>A message that a dry run would have posted.</summary>
public sealed record LinkPost(EntityAddress To, LinkBody Body, TimeSpan Delay, string? ReplyToken);

/// <summary>What else a dry run would have caused.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">The claim's space, the timer's or activity's name, or the reconciler.</param>
/// <param name="Value">The claimed value, the activity's token, or the reconciler's key; empty for timers.</param>
/// <param name="Span">When a timer is due, or an activity's patience.</param>
/// <param name="Body">A timer's command or an activity's input.</param>
public sealed record LinkEffect(LinkEffectKind Kind, string Name, string Value, TimeSpan? Span = null, LinkBody? Body = null);

/// <summary>Kinds of <see cref="LinkEffect"/>, by their numbers on the link.</summary>
public enum LinkEffectKind
{
    /// <summary>A unique value is taken.</summary>
    Claim = 1,

    /// <summary>A unique value is given up.</summary>
    Release = 2,

    /// <summary>A timer is set.</summary>
    SetTimer = 3,

    /// <summary>A timer is taken back.</summary>
    CancelTimer = 4,

    /// <summary>I/O is begun.</summary>
    Activity = 5,

    /// <summary>A reconciler is told to look.</summary>
    Nudge = 6,
}
