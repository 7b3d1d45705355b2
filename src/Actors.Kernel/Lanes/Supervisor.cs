namespace Gantry.Actors.Kernel;

/// <summary>
/// Supervision of entities whose code throws (engine 6): different commands that throw lead to a restart from the journal, restarts to
/// quarantine. A quarantined entity answers <c>Unavailable</c>, its mail is parked, and everything else goes on.
/// </summary>
internal sealed class Supervisor(LaneContext lane, SlotTable slots, LoadDesk loads, MailDesk mail)
{
    /// <summary>Entities whose faults are remembered; more are forgotten, oldest first.</summary>
    private const int FaultsMax = 4_096;

    private readonly Dictionary<EntityAddress, Faults> _faults = [];
    private readonly Queue<EntityAddress> _order = new();
    private readonly List<EntitySlot> _reloads = [];

    /// <summary>A command threw. True when the entity is quarantined now.</summary>
    public bool Fault(EntitySlot slot, WorkItem item, string why)
    {
        var policy = slot.Kind.Supervision;
        var faults = Of(slot.Address);
        faults.Drop(policy, lane.Now);
        if (!faults.Commands.Any(c => c.Key == item.Key.Value))
        {
            faults.Commands.Add((lane.Now, item.Key.Value));
        }

        if (slot.Phase != SlotPhase.Live || faults.Commands.Count < policy.FaultsToRestart)
        {
            return slot.Phase == SlotPhase.Quarantined;
        }

        faults.Commands.Clear();
        faults.Restarts.Add(lane.Now);
        if (faults.Restarts.Count >= policy.RestartsToQuarantine)
        {
            Quarantine(slot, $"restarted {faults.Restarts.Count} times within {policy.RestartWindow.TotalMinutes:0} min, last because {why}");
            return true;
        }

        lane.Note(LaneNote.Restarted, slot.Address, why);
        Reload(slot);
        return false;
    }

    /// <summary>Isolates an entity that may not be in memory.</summary>
    public void Quarantine(EntityAddress entity, string why)
    {
        if (slots.Find(entity) is { } slot)
        {
            Quarantine(slot, why);
        }
        else if (lane.Quarantine.TryAdd(entity, (why, lane.Now)))
        {
            lane.Note(LaneNote.Quarantined, entity, why);
        }
    }

    /// <summary>Isolates an entity: who waits is told, its mail goes to the dead letters.</summary>
    public void Quarantine(EntitySlot slot, string why)
    {
        lane.Quarantine[slot.Address] = (why, lane.Now);
        lane.Note(LaneNote.Quarantined, slot.Address, why);
        slot.Phase = SlotPhase.Quarantined;
        var work = slot.Work ??= new SlotWork();
        work.Broken = why;
        work.MustReload = false;
        while (work.Asks.Count > 0)
        {
            lane.Answer(work.Asks.Take(), lane.Unavailable());
        }

        while (work.Mail.Count > 0)
        {
            var item = work.Mail.Take();
            item.ParkReason = ParkReason(why);
            mail.AddLoose(item);
        }
    }

    /// <summary>What stands in the dead letters of a quarantined entity.</summary>
    public static string ParkReason(string? why) => $"{LaneLimits.QuarantinedPrefix}{why}";

    public EntitySight Release(EntityAddress entity)
    {
        var before = Sight(entity);
        _faults.Remove(entity);
        if (lane.Quarantine.Remove(entity))
        {
            lane.Note(LaneNote.Released, entity, before.Why ?? "");
            if (slots.Find(entity) is { Phase: SlotPhase.Quarantined } slot)
            {
                slot.Phase = SlotPhase.Live;
                slot.Work!.Broken = null;
                Reload(slot);
            }
        }

        return before;
    }

    public EntitySight Reload(EntityAddress entity)
    {
        if (slots.Find(entity) is { Phase: SlotPhase.Live } slot)
        {
            Reload(slot);
        }

        return Sight(entity);
    }

    public EntitySight Sight(EntityAddress entity)
    {
        var slot = slots.Find(entity);
        var faults = _faults.GetValueOrDefault(entity);
        if (slot is not null)
        {
            faults?.Drop(slot.Kind.Supervision, lane.Now);
        }

        string? why = lane.Quarantine.TryGetValue(entity, out var quarantine) ? quarantine.Why : null;
        var phase = why is not null ? "quarantined" : slot?.Phase switch
        {
            null => "stored",
            SlotPhase.Cold or SlotPhase.Loading => "loading",
            _ => slot.Work is { MustReload: true } ? "loading" : "live",
        };
        return new EntitySight(
            phase, slot?.Work?.Asks.Count ?? 0, slot?.Work?.Mail.Count ?? 0, faults?.Commands.Count ?? 0, faults?.Restarts.Count ?? 0, why);
    }

    /// <summary>Begins the restarts that nothing undone stands in the way of.</summary>
    public void BeginReloads()
    {
        for (var i = _reloads.Count - 1; i >= 0; i--)
        {
            var slot = _reloads[i];
            if (slot.Work is not { MustReload: true } work || slot.Phase != SlotPhase.Live)
            {
                _reloads.RemoveAt(i);
            }
            else if (work is { Undone: 0, Redo: 0 })
            {
                _reloads.RemoveAt(i);
                work.MustReload = false;
                loads.WantAnew(slot);
            }
        }
    }

    // A shard that leaves takes its entities with it.
    public void Forget(LaneShard shard)
    {
        _reloads.RemoveAll(s => s.Shard == shard);
        foreach (var entity in lane.Quarantine.Keys.Where(e => ShardId.Of(e, lane.Settings.ShardCount) == shard.Id).ToList())
        {
            lane.Quarantine.Remove(entity);
        }
    }

    private void Reload(EntitySlot slot)
    {
        var work = slot.Work ??= new SlotWork();
        if (!work.MustReload)
        {
            work.MustReload = true;
            _reloads.Add(slot);
        }
    }

    private Faults Of(EntityAddress entity)
    {
        if (!_faults.TryGetValue(entity, out var faults))
        {
            _faults.Add(entity, faults = new Faults());
            _order.Enqueue(entity);
            if (_order.Count > FaultsMax)
            {
                _faults.Remove(_order.Dequeue());
            }
        }

        return faults;
    }

    private sealed class Faults
    {
        public List<(DateTimeOffset At, string Key)> Commands { get; } = [];

        public List<DateTimeOffset> Restarts { get; } = [];

        public void Drop(Supervision policy, DateTimeOffset now)
        {
            Commands.RemoveAll(c => c.At <= now - policy.FaultWindow);
            Restarts.RemoveAll(r => r <= now - policy.RestartWindow);
        }
    }
}
