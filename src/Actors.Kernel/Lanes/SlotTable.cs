namespace Gantry.Actors.Kernel;

/// <summary>The entities in memory, whose turn it is to decide, and who may leave.</summary>
internal sealed class SlotTable(LaneContext lane)
{
    private const int SweepSlots = 256;

    private readonly Dictionary<EntityAddress, EntitySlot> _slots = [];
    private readonly List<EntitySlot> _all = [];
    private readonly Queue<LaneShard> _ring = new();
    private readonly PriorityQueue<EntitySlot, DateTimeOffset> _retries = new();
    private int _sweepAt;

    public int Count => _all.Count;

    public bool HasReady => _ring.Count > 0;

    public DateTimeOffset? FirstRetry => _retries.TryPeek(out _, out var at) ? at : null;

    public EntitySlot? Find(EntityAddress address) => _slots.GetValueOrDefault(address);

    public EntitySlot GetOrAdd(EntityAddress address, EntityKind kind, LaneShard shard)
    {
        if (!_slots.TryGetValue(address, out var slot))
        {
            // The address is made anew so that all slots of a kind share one string for it.
            var own = new EntityAddress(kind.Name, address.Key);
            slot = new EntitySlot(own, kind, shard) { Index = _all.Count };
            if (lane.Quarantine.TryGetValue(own, out var quarantine))
            {
                slot.Phase = SlotPhase.Quarantined;
                slot.Work = new SlotWork { Broken = quarantine.Why };
            }

            _slots.Add(own, slot);
            _all.Add(slot);
        }

        slot.UsedAtTicks = lane.Now.UtcTicks;
        return slot;
    }

    public IEnumerable<EntitySlot> OfShard(LaneShard shard) => _all.Where(s => s.Shard == shard);

    /// <summary>Puts an entity in the ring when it may decide something now.</summary>
    public void MarkReady(EntitySlot slot, Batch open)
    {
        if (slot.Work is not { IsInRing: false } work || !MayDecide(slot, work, open))
        {
            return;
        }

        work.IsInRing = true;
        slot.Shard.Ready.Enqueue(slot);
        if (!slot.Shard.IsInRing)
        {
            slot.Shard.IsInRing = true;
            _ring.Enqueue(slot.Shard);
        }
    }

    /// <summary>The next entity by turns over shards (engine 4.4), out of the ring.</summary>
    public EntitySlot? TakeReady()
    {
        while (_ring.TryDequeue(out var shard))
        {
            var slot = shard.Ready.Count > 0 ? shard.Ready.Dequeue() : null;
            shard.IsInRing = shard.Ready.Count > 0;
            if (shard.IsInRing)
            {
                _ring.Enqueue(shard);
            }

            if (slot?.Work is { } work)
            {
                work.IsInRing = false;
                return slot;
            }
        }

        return null;
    }

    /// <summary>The item that is next at an entity, out of its queue: the older of the two heads.</summary>
    public WorkItem? TakeNext(EntitySlot slot, Batch open)
    {
        if (slot.Work is not { } work || !MayDecide(slot, work, open))
        {
            return null;
        }

        var isMailOpen = IsMailOpen(work);
        if (!isMailOpen)
        {
            return work.Asks.Take();
        }

        return work.Asks.Count == 0 || work.Mail.Head!.Order < work.Asks.Head!.Order ? work.Mail.Take() : work.Asks.Take();
    }

    public void RetryMailAt(EntitySlot slot, DateTimeOffset at)
    {
        slot.Work!.MailRetryAt = at;
        _retries.Enqueue(slot, at);
    }

    public void WakeRetries(Batch open)
    {
        while (_retries.TryPeek(out var slot, out var at) && at <= lane.Now)
        {
            _retries.Dequeue();
            MarkReady(slot, open);
        }
    }

    /// <summary>Drops the work object of an entity that has nothing to do.</summary>
    public static void Rest(EntitySlot slot)
    {
        if (slot.Work is { IsEmpty: true, IsInRing: false } && !slot.Work.DependsOn(out _))
        {
            slot.Work = null;
        }
    }

    /// <summary>Lets a few idle entities go, with a snapshot when they have events that are in none.</summary>
    public void Sweep()
    {
        var some = Math.Max(SweepSlots, _all.Count / 64);
        for (var i = 0; i < some && _all.Count > 0; i++)
        {
            _sweepAt = _sweepAt >= _all.Count ? 0 : _sweepAt;
            var slot = _all[_sweepAt];
            Rest(slot);
            if (!IsIdle(slot))
            {
                _sweepAt++;
                continue;
            }

            if (slot.CommittedRevision > slot.SnapshotAt)
            {
                lane.Emit(new LaneOutput.Snapshot(slot.Address, slot.CommittedRevision, slot.Committed!));
            }

            Remove(slot);
        }
    }

    public void Remove(EntitySlot slot)
    {
        _slots.Remove(slot.Address);
        var last = _all[^1];
        _all[slot.Index] = last;
        last.Index = slot.Index;
        _all.RemoveAt(_all.Count - 1);
    }

    /// <summary>See <see cref="LaneKernel.WhyOutOfBounds"/>.</summary>
    public string? WhyOutOfBounds()
    {
        foreach (var slot in _all)
        {
            if (slot.Work is not { } work)
            {
                continue;
            }

            // What was looked ahead and is not proved comes back on top of what waits.
            if (work.Asks.Count > slot.Kind.MailboxLimit + LaneLimits.LookAheadMax)
            {
                return $"{work.Asks.Count} commands wait at {slot.Address}";
            }

            if (work.Undone > LaneLimits.LookAheadMax)
            {
                return $"{work.Undone} undone decisions of {slot.Address}";
            }
        }

        return null;
    }

    private bool IsIdle(EntitySlot slot)
    {
        if (slot.Work is not null || slot.Phase != SlotPhase.Live)
        {
            return false;
        }

        var idle = lane.Now.UtcTicks - slot.UsedAtTicks;
        return idle > slot.Kind.IdleAfter.Ticks || (_all.Count > lane.Settings.EntitiesMax && idle > TimeSpan.TicksPerSecond);
    }

    private bool MayDecide(EntitySlot slot, SlotWork work, Batch open) =>
        slot.Phase == SlotPhase.Live
        && work.Redo == 0
        && work.Undone < LaneLimits.LookAheadMax
        && work.DeferredFrom != open
        && !work.MustReload
        && (work.Asks.Count > 0 || IsMailOpen(work));

    private bool IsMailOpen(SlotWork work) => work.Mail.Count > 0 && work.Suspects == 0 && work.MailRetryAt <= lane.Now;
}
