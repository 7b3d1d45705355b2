using System.Collections.Immutable;

namespace Gantry.Actors;

/// <summary>
/// What a lane wants committed as one transaction, as objects. The store's encoder turns it into rows, so that bodies are written
/// once, when the batch is sealed.
/// </summary>
public sealed record LaneBatch
{
    /// <summary>One more than the lane's last committed batch.</summary>
    public required long Number { get; init; }

    /// <summary>Decided commands in order.</summary>
    public required ImmutableArray<LaneCommit> Commits { get; init; }
}

/// <summary>One decided command that changes something.</summary>
public sealed record LaneCommit
{
    /// <summary>The entity that decided.</summary>
    public required EntityAddress Entity { get; init; }

    /// <summary>Its shard.</summary>
    public required ShardId Shard { get; init; }

    /// <summary>The shard's epoch at the decision.</summary>
    public required long Epoch { get; init; }

    /// <summary>Revision before the first of <see cref="Events"/>.</summary>
    public required long Revision { get; init; }

    /// <summary>
    /// Position of the first event; the following ones count up. A commit without events (a consumed message whose reply is posted)
    /// has one position too: mail ids are made of it.
    /// </summary>
    public required long Position { get; init; }

    /// <summary>When it was decided.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Command key or mail id.</summary>
    public required string Cause { get; init; }

    /// <summary>On whose behalf.</summary>
    public required Principal Caller { get; init; }

    /// <summary>W3C trace context.</summary>
    public string? Trace { get; init; }

    /// <summary>State before the events, for projections.</summary>
    public required object Before { get; init; }

    /// <summary>Facts.</summary>
    public ImmutableArray<object> Events { get; init; } = [];

    /// <summary>Mail to write: posts, replies and timers, with the ids they got.</summary>
    public ImmutableArray<OutgoingMail> Mail { get; init; } = [];

    /// <summary>Names of timers set or cancelled: older rows of these names go.</summary>
    public ImmutableArray<string> TimersReplaced { get; init; } = [];

    /// <summary>Claims to take.</summary>
    public ImmutableArray<ClaimValue> Claims { get; init; } = [];

    /// <summary>Claims to give up.</summary>
    public ImmutableArray<ClaimValue> Releases { get; init; } = [];

    /// <summary>The receipt of a client command; null for mail.</summary>
    public Receipt? Receipt { get; init; }

    /// <summary>The message that was consumed.</summary>
    public MailId? Consumed { get; init; }

    /// <summary>Set when the consumed message goes to the dead letters instead of taking effect.</summary>
    public ParkedMail? Parked { get; init; }
}

/// <summary>A message on its way.</summary>
public sealed record OutgoingMail
{
    /// <summary>Its id.</summary>
    public required MailId Id { get; init; }

    /// <summary>The receiver.</summary>
    public required EntityAddress To { get; init; }

    /// <summary>The receiver's shard.</summary>
    public required ShardId ToShard { get; init; }

    /// <summary>The command.</summary>
    public required object Command { get; init; }

    /// <summary>When it is due; null at once.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>The timer's name, for a timer.</summary>
    public string? TimerName { get; init; }

    /// <summary>Sender, reply token and hops.</summary>
    public required MailMeta Meta { get; init; }

    /// <summary>Bytes of its written body; 0 until it is written. What is in hand is bounded by them (engine 9).</summary>
    public int Bytes { get; set; }

    /// <summary>Position of the message before it from its source shard to this shard in this epoch; 0 for none (engine 4.5).</summary>
    public long Previous { get; init; }
}

/// <summary>What a message carries besides its command.</summary>
/// <param name="From">The sender.</param>
/// <param name="ReplyToken">Set when the sender wants the reply.</param>
/// <param name="ReplyOf">Set on a reply: the token it answers.</param>
/// <param name="Hops">Messages since the last client command or timer.</param>
/// <param name="Trace">W3C trace context.</param>
/// <param name="Patience">On mail to an activity: how long one run may take.</param>
public sealed record MailMeta(
    EntityAddress From, string? ReplyToken, string? ReplyOf, int Hops, string? Trace, TimeSpan? Patience = null)
{
    /// <summary>When its trace context was written; null without one.</summary>
    public DateTimeOffset? TracedAt { get; init; }
}

/// <summary>A value in a space of unique values.</summary>
public readonly record struct ClaimValue(string Space, string Value);

/// <summary>The remembered answer to a command key.</summary>
public sealed record Receipt(CommandKey Key, string? Digest, object Reply);

/// <summary>Why a message was given up.</summary>
public sealed record ParkedMail(int Attempts, string Reason);
