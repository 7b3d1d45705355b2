using System.Collections.Immutable;

namespace Gantry.Actors.Kernel;

/// <summary>Messages and timers from the store or a doorbell into the queues of their entities, each once and in order (engine 4.5).</summary>
internal sealed class MailDesk(LaneContext lane, SlotTable slots, LoadDesk loads)
{
    private readonly HashSet<MailId> _inHand = [];
    private readonly HashSet<MailId> _recent = [];
    private readonly Queue<MailId> _recentOrder = new();
    private readonly TimerDesk _timers = new();
    private readonly ActivityDesk _activities = new(lane);
    private readonly HashSet<MailId> _gone = [];
    private readonly Queue<MailId> _goneOrder = new();
    private readonly Queue<WorkItem> _loose = new();
    private readonly Queue<WorkItem> _byAge = new();
    private readonly SuspectDesk _suspects = new(lane, slots);

    /// <summary>Items that are settled without their entity.</summary>
    public Queue<WorkItem> Loose => _loose;

    public DateTimeOffset? FirstTimer => _timers.FirstDue;

    public int InHand => _inHand.Count + _activities.Count;

    public int TimersInHand => _timers.Count;

    /// <summary>Messages that run alone.</summary>
    public SuspectDesk Suspects => _suspects;

    /// <summary>When the oldest message in hand was taken.</summary>
    public DateTimeOffset? OldestSince
    {
        get
        {
            while (_byAge.TryPeek(out var item) && item.State == ItemState.Gone)
            {
                _byAge.Dequeue();
            }

            return _byAge.TryPeek(out var oldest) ? oldest.Since : null;
        }
    }

    public bool Knows(MailId id) => _inHand.Contains(id) || _recent.Contains(id) || _timers.Has(id) || _activities.Has(id);

    public void AddLoose(WorkItem item) => _loose.Enqueue(item);

    /// <summary>Takes what this lane itself posted to one of its shards, after the commit.</summary>
    public void Take(OutgoingMail mail, Batch open) => Take(
        new FoundMail
        {
            Id = mail.Id,
            To = mail.To,
            ToShard = mail.ToShard,
            DueAt = mail.DueAt,
            TimerName = mail.TimerName,
            Bytes = mail.Bytes,
            Read = () => new MailContent(mail.Command, mail.Meta),
        },
        open);

    /// <summary>Takes a message in hand unless it is known. Timers that are not due yet wait at the timer desk.</summary>
    public void Take(FoundMail mail, Batch open)
    {
        if (!lane.Shards.TryGetValue(mail.ToShard, out var shard) || shard.IsYielding || Knows(mail.Id))
        {
            return;
        }

        if (mail.DueAt is { } due && due > lane.Now)
        {
            if (due - lane.Now <= LaneLimits.TimerHorizon)
            {
                _timers.Add(mail, due);
            }

            return;
        }

        Enqueue(mail, shard, open);
    }

    /// <summary>Timers whose time has come.</summary>
    public void TakeDue(Batch open)
    {
        while (_timers.TakeDue(lane.Now) is { } mail)
        {
            if (lane.Shards.TryGetValue(mail.ToShard, out var shard) && !shard.IsYielding)
            {
                Enqueue(mail, shard, open);
            }
        }
    }

    /// <summary>A decision replaces or cancels a timer: the old one leaves the hand in the same step, also the entity's queue.</summary>
    public void TakeTimerOut(EntitySlot slot, string name)
    {
        if (lane.Lacks(KernelMutations.NoTimerOut))
        {
            return;
        }

        _timers.TakeOut(slot.Address, name);
        for (var item = slot.Work?.Mail.Head; item is not null; item = item.Next)
        {
            if (item.TimerName == name && item.State == ItemState.Queued)
            {
                item.State = ItemState.Gone;
                LetGo(item);
            }
        }
    }

    /// <summary>An activity ended: its result is committed with the deletion of its mail.</summary>
    public void ActivityEnded(MailId id, Reply reply)
    {
        if (_activities.Ended(id, reply) is { } item)
        {
            _loose.Enqueue(item);
        }
    }

    /// <summary>The message is consumed, or was gone already.</summary>
    public void Settle(WorkItem item)
    {
        var id = item.Mail!.Value;
        item.State = ItemState.Gone;
        LetGo(item);

        _activities.Forget(id);
        if (_recent.Add(id))
        {
            _recentOrder.Enqueue(id);
            if (_recentOrder.Count > LaneLimits.RecentMailMax)
            {
                _recent.Remove(_recentOrder.Dequeue());
            }
        }
    }

    /// <summary>Lets go of what waits at an entity of a shard that leaves.</summary>
    public void Drop(EntitySlot slot)
    {
        while (slot.Work?.Mail.Count > 0)
        {
            var item = slot.Work.Mail.Take();
            item.State = ItemState.Gone;
            LetGo(item);
        }
    }

    public void Drop(LaneShard shard, Batch open)
    {
        _timers.Drop(shard.Id);
        foreach (var item in _suspects.TakeOut(i => i.Shard == shard, open))
        {
            item.State = ItemState.Gone;
            LetGo(item);
        }

        _activities.Drop(shard);
        for (var left = _loose.Count; left > 0; left--)
        {
            var item = _loose.Dequeue();
            if (item.Shard == shard)
            {
                item.State = ItemState.Gone;
                LetGo(item);
            }
            else
            {
                _loose.Enqueue(item);
            }
        }
    }

    /// <summary>The store says that the message is not there. Twice for one message is impossible: it was dropped the first time.</summary>
    public void Gone(MailId id)
    {
        Primitives.Invariant.Check(_gone.Add(id), $"the store names {id} as gone once");
        _goneOrder.Enqueue(id);
        if (_goneOrder.Count > LaneLimits.GoneMailMax)
        {
            _gone.Remove(_goneOrder.Dequeue());
        }
    }

    /// <summary>See <see cref="LaneKernel.WhyOutOfBounds"/>.</summary>
    public string? WhyOutOfBounds() =>
        _timers.Count > LaneLimits.TimersMax ? $"{_timers.Count} timers in hand"
        : _recent.Count > LaneLimits.RecentMailMax ? $"{_recent.Count} ids of consumed mail remembered"
        : _gone.Count > LaneLimits.GoneMailMax ? $"{_gone.Count} ids of gone mail remembered"
        : null;

    /// <summary>These came back from the dead letters under their old ids.</summary>
    public void Restored(ImmutableArray<MailId> ids)
    {
        foreach (var id in ids)
        {
            _recent.Remove(id);
            _gone.Remove(id);
        }
    }

    private void LetGo(WorkItem item)
    {
        if (_inHand.Remove(item.Mail!.Value) && item.TimerName is null)
        {
            item.Shard.Mail.InHand--;
            item.Shard.Mail.Bytes -= item.Bytes;
        }
    }

    private void Enqueue(FoundMail mail, LaneShard shard, Batch open)
    {
        var (content, unreadable) = Read(mail);
        var isActivity = ActivityDesk.IsFor(mail.To);
        var kind = lane.Settings.Kinds.GetValueOrDefault(mail.To.Kind);
        var slot = isActivity || kind is null ? null : slots.GetOrAdd(mail.To, kind, shard);
        var item = new WorkItem
        {
            To = slot?.Address ?? mail.To,
            Shard = shard,
            Slot = slot,
            Command = content.Command,
            Key = new CommandKey(mail.Id.ToString()),
            Caller = mail.TimerName is not null || unreadable is not null ? Principal.Engine : Principal.Entity(content.Meta.From),
            Trace = content.Meta?.Trace,
            Order = lane.NextOrder(),
            Since = lane.Now,
            Bytes = mail.Bytes,
            Mail = mail.Id,
            Meta = content.Meta,
            TimerName = mail.TimerName,
            ParkReason = unreadable ?? WhyPark(mail, content, slot, isActivity),
        };
        if (isActivity && item.ParkReason is null)
        {
            _activities.Take(item);
            return;
        }

        _inHand.Add(mail.Id);
        if (mail.TimerName is null)
        {
            shard.Mail.InHand++;
            shard.Mail.Bytes += mail.Bytes;
            _byAge.Enqueue(item);
        }
        else if (mail.DueAt is { } due)
        {
            lane.Emit(new LaneOutput.TimerTaken(lane.Now - due));
        }

        if (slot is null || item.ParkReason is not null)
        {
            _loose.Enqueue(item);
            return;
        }

        loads.Want(slot);
        if (mail.Loads >= LaneLimits.MailLoadsSuspect)
        {
            _suspects.Add(item);
            return;
        }

        (slot.Work ??= new SlotWork()).Mail.Add(item);
        slots.MarkReady(slot, open);
    }

    private static (MailContent Content, string? Unreadable) Read(FoundMail mail)
    {
        try
        {
            return (mail.Read(), null);
        }
        catch (Exception e)
        {
            // WireException as a rule. Whatever it is, one message that cannot be read is parked, and is not the end of the lane (engine 2.6).
            return (new MailContent(Done.Instance, null!), $"UNREADABLE: {e.Message}");
        }
    }

    private static string? WhyPark(FoundMail mail, MailContent content, EntitySlot? slot, bool isActivity)
    {
        if (slot is null && !isActivity)
        {
            return $"NO_KIND: no area of this node has a kind named {mail.To.Kind}";
        }

        if (slot?.Phase == SlotPhase.Quarantined)
        {
            return Supervisor.ParkReason(slot.Work?.Broken);
        }

        if (content.Meta.Hops > LaneLimits.HopsMax)
        {
            return $"MAIL_LOOP: {content.Meta.Hops} hops since the last client command or timer";
        }

        // A timer or an activity may honestly outlive many restarts; a plain message that does is killing the process.
        return mail.Loads >= LaneLimits.MailLoadsMax && mail.DueAt is null && !isActivity ? $"LOADS: found {mail.Loads} times without being consumed" : null;
    }
}
