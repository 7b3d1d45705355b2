namespace Gantry.Actors.Kernel;

/// <summary>A shard that the lane owns.</summary>
internal sealed class LaneShard(ShardId id, long epoch, long gainedAtStep)
{
    // pos = epoch × 2³⁹ + counter (engine 3.2): a new owner numbers on without a read.
    private const int CounterBits = 39;

    private long _counter;

    public ShardId Id { get; } = id;

    public long Epoch { get; } = epoch;

    /// <summary>The lane's step at which it was gained; a scan begun later has seen all mail of earlier owners.</summary>
    public long GainedAtStep { get; } = gainedAtStep;

    /// <summary>Entities with something to decide, taken in turn.</summary>
    public Queue<EntitySlot> Ready { get; } = new();

    public bool IsInRing { get; set; }

    /// <summary>Client commands in hand.</summary>
    public int Asks { get; set; }

    /// <summary>Bytes of them.</summary>
    public long AskBytes { get; set; }

    /// <summary>Messages for it in the store, as last counted.</summary>
    public int StoredMail { get; set; }

    /// <summary>Decided, not committed.</summary>
    public int Undone { get; set; }

    public bool IsYielding { get; set; }

    /// <summary>The node that it is given to; null for one that is only let go.</summary>
    public Incarnation? GivenTo { get; set; }

    /// <summary>Nothing of it is under way any more; its transfer is.</summary>
    public bool IsInTransfer { get; set; }

    /// <summary>Position of the last mail to each target shard in this epoch, uncommitted included.</summary>
    public Dictionary<int, long> LastMailTo { get; } = [];

    public ShardMail Mail { get; } = new();

    /// <summary>See <see cref="LaneKernel.WhyOutOfBounds"/>.</summary>
    public string? WhyOutOfBounds() =>
        Asks > LaneLimits.ShardQueueMax ? $"{Asks} commands of shard {Id} in hand"
        : AskBytes > LaneLimits.ShardBytesMax ? $"{AskBytes} bytes of commands of shard {Id} in hand"
        : Mail.Kept.Count > LaneLimits.KeptDoorbellsMax ? $"{Mail.Kept.Count} doorbells of shard {Id} kept"
        : null;

    public long TakePositions(int count)
    {
        var first = (Epoch << CounterBits) + _counter + 1;
        _counter += count;
        return first;
    }
}

/// <summary>What the lane knows of the mail to one of its shards (engine 4.5).</summary>
internal sealed class ShardMail
{
    public MailPhase Phase { get; set; } = MailPhase.Scanning;

    /// <summary>Undelayed messages in hand.</summary>
    public int InHand { get; set; }

    /// <summary>Bytes of them.</summary>
    public long Bytes { get; set; }

    /// <summary>Highest position heard of, per source shard.</summary>
    public Dictionary<int, long> Seen { get; } = [];

    /// <summary>Doorbells that rang while scanning, with the step at which they did.</summary>
    public List<(long Step, Doorbell Bell)> Kept { get; } = [];

    /// <summary>More doorbells rang than are kept.</summary>
    public bool IsDirty { get; set; }

    /// <summary>The step at which the last complete scan began.</summary>
    public long ScannedAtStep { get; set; }
}

/// <summary>Three states of a shard's mail.</summary>
internal enum MailPhase
{
    Live,
    Scanning,
    Held,
}
