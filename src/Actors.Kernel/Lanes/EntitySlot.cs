namespace Gantry.Actors.Kernel;

/// <summary>
/// One entity in memory. Idle it is this object and its state, nothing else: no task, channel or timer (engine 4.1). <c>Committed</c> is
/// what anyone may see; <c>Tip</c> is private to the lane until its batch commits (4.3).
/// </summary>
internal sealed class EntitySlot(EntityAddress address, EntityKind kind, LaneShard shard)
{
    public EntityAddress Address { get; } = address;

    public EntityKind Kind { get; } = kind;

    public LaneShard Shard { get; } = shard;

    public object? Committed { get; private set; }

    public long CommittedRevision { get; private set; }

    public object? Tip { get; private set; }

    public long TipRevision { get; private set; }

    public long SnapshotAt { get; set; }

    public long UsedAtTicks { get; set; }

    /// <summary>Null while there is nothing to do.</summary>
    public SlotWork? Work { get; set; }

    /// <summary>Place in the lane's list of all slots.</summary>
    public int Index { get; set; }

    public SlotPhase Phase { get; set; }

    /// <summary>Its state was above the bound when it was last looked at.</summary>
    public bool IsTooLarge { get; set; }

    public void Load(object state, long revision, long snapshotAt)
    {
        (Committed, CommittedRevision) = (state, revision);
        (Tip, TipRevision) = (state, revision);
        SnapshotAt = snapshotAt;
        Phase = SlotPhase.Live;
    }

    public void Advance(object state, long revision) => (Tip, TipRevision) = (state, revision);

    public void Settle(object state, long revision) => (Committed, CommittedRevision) = (state, revision);

    public void RollBack() => (Tip, TipRevision) = (Committed, CommittedRevision);
}

/// <summary>Where a slot stands.</summary>
internal enum SlotPhase : byte
{
    Cold,
    Loading,
    Live,
    Quarantined,
}

/// <summary>What an entity has to do.</summary>
internal sealed class SlotWork
{
    private ItemQueue _asks;
    private ItemQueue _mail;

    public ref ItemQueue Asks => ref _asks;

    public ref ItemQueue Mail => ref _mail;

    /// <summary>Decided, not yet committed.</summary>
    public int Undone { get; set; }

    /// <summary>Receipts of it that are being read.</summary>
    public int LookUps { get; set; }

    /// <summary>Items of it that wait to be decided again; nothing newer goes before them.</summary>
    public int Redo { get; set; }

    public bool IsInRing { get; set; }

    /// <summary>It is to be loaded anew as soon as nothing of it is undone; nothing is decided until then.</summary>
    public bool MustReload { get; set; }

    /// <summary>Messages of it that run alone; other mail of it waits.</summary>
    public int Suspects { get; set; }

    /// <summary>The batch into which its next decision cannot go, because of a claim in it.</summary>
    public Batch? DeferredFrom { get; set; }

    /// <summary>The last batch with a decision of it.</summary>
    public Batch? LastBatch { get; set; }

    /// <summary>Mail waits until then, after a throw.</summary>
    public DateTimeOffset MailRetryAt { get; set; }

    /// <summary>Why it is quarantined.</summary>
    public string? Broken { get; set; }

    public bool IsEmpty => Asks.Count == 0 && Mail.Count == 0 && Undone == 0 && LookUps == 0 && Redo == 0 && Suspects == 0 && !MustReload && Broken is null;

    public bool DependsOn([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Batch? batch)
    {
        batch = LastBatch is { IsCommitted: false } ? LastBatch : null;
        return batch is not null;
    }
}
