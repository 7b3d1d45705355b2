using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors.Kernel;

/// <summary>One command, message or activity result in the lane's hand, from its coming to its end.</summary>
internal sealed class WorkItem
{
    public WorkItem? Next { get; set; }

    public required EntityAddress To { get; init; }

    public required LaneShard Shard { get; init; }

    /// <summary>Null for what is settled without its entity: activity results, messages that cannot be read.</summary>
    public EntitySlot? Slot { get; init; }

    public required object Command { get; set; }

    public required CommandKey Key { get; init; }

    public required Principal Caller { get; init; }

    /// <summary>W3C trace context of what it causes; of a message, that of its sender until <see cref="LaneContext.Consume"/>.</summary>
    public string? Trace { get; set; }

    /// <summary>Its trace is that of its consumption.</summary>
    public bool IsConsuming { get; set; }

    /// <summary>Order of coming within the lane.</summary>
    public required long Order { get; init; }

    /// <summary>When the lane took it in hand.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>About how many bytes it has.</summary>
    public int Bytes { get; init; }

    // Of a client command
    public string? Digest { get; init; }

    public long? ExpectedRevision { get; init; }

    public long? ExpectedGeneration { get; init; }

    public DateTimeOffset Deadline { get; init; }

    public object? ReplyTo { get; set; }

    /// <summary>Decided and answered, never committed.</summary>
    public bool IsDryRun { get; init; }

    public List<Waiter>? MoreCallers { get; set; }

    /// <summary>The store was asked for a receipt and had none.</summary>
    public bool IsReceiptChecked { get; set; }

    // Of a message
    public MailId? Mail { get; init; }

    public MailMeta? Meta { get; init; }

    public string? TimerName { get; init; }

    public int Attempts { get; set; }

    /// <summary>Loaded often without being consumed: runs alone, after its mark is written.</summary>
    public bool IsSuspect { get; set; }

    /// <summary>The mark is written.</summary>
    public bool IsMarked { get; set; }

    /// <summary>Set: the message goes to the dead letters.</summary>
    public string? ParkReason { get; set; }

    /// <summary>Set: what an activity ended with.</summary>
    public Reply? ActivityReply { get; set; }

    /// <summary>Set: the command or message is answered with this instead of being decided.</summary>
    public Refusal? Forced { get; set; }

    // Of the decision
    public ItemState State { get; set; }

    public LaneCommit? Commit { get; set; }

    public Reply? Reply { get; set; }

    public object? After { get; set; }

    public long RevisionAfter { get; set; }

    public ImmutableArray<Effect.Nudge> Nudges { get; set; } = [];

    /// <summary>Claims of the last decision; kept when it is rolled back, to know who lost one.</summary>
    public ImmutableArray<ClaimValue> WantedClaims { get; set; } = [];

    public bool IsMail => Mail is not null;
}

/// <summary>Where an item stands.</summary>
internal enum ItemState
{
    Queued,
    LookingUp,
    Quiet,
    Committing,
    Gone,
}

/// <summary>A further caller with the key of a command in hand.</summary>
internal readonly record struct Waiter(object ReplyTo, DateTimeOffset Deadline);

/// <summary>A queue without memory of its own: items are linked through themselves.</summary>
internal struct ItemQueue
{
    private WorkItem? _tail;

    public WorkItem? Head { get; private set; }

    public int Count { get; private set; }

    public void Add(WorkItem item)
    {
        item.Next = null;
        if (_tail is null)
        {
            Head = item;
        }
        else
        {
            _tail.Next = item;
        }

        _tail = item;
        Count++;
    }

    public void AddFirst(WorkItem item)
    {
        item.Next = Head;
        Head = item;
        _tail ??= item;
        Count++;
    }

    public WorkItem Take()
    {
        var item = Head ?? throw Invariant.Unreachable("a queue that was seen not empty is not empty");
        Head = item.Next;
        item.Next = null;
        if (Head is null)
        {
            _tail = null;
        }

        Count--;
        return item;
    }
}
