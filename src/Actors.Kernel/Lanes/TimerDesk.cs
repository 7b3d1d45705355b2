namespace Gantry.Actors.Kernel;

/// <summary>Timers and delayed messages of the next minute, by the time they are due.</summary>
internal sealed class TimerDesk
{
    private readonly PriorityQueue<Held, (DateTimeOffset, long)> _byDue = new();
    private readonly Dictionary<MailId, Held> _byId = [];
    private readonly Dictionary<(EntityAddress, string), Held> _byName = [];
    private long _order;

    public DateTimeOffset? FirstDue => _byDue.TryPeek(out _, out var at) ? at.Item1 : null;

    public int Count => _byId.Count;

    public bool Has(MailId id) => _byId.ContainsKey(id);

    /// <summary>Takes a message into hand. Of two timers of one name the later posted one stays.</summary>
    public void Add(FoundMail mail, DateTimeOffset due)
    {
        if (_byId.Count >= LaneLimits.TimersMax || _byId.ContainsKey(mail.Id))
        {
            return;
        }

        if (mail.TimerName is { } name)
        {
            if (_byName.TryGetValue((mail.To, name), out var other) && other.Mail.Id.SourcePosition > mail.Id.SourcePosition)
            {
                return;
            }

            TakeOut(mail.To, name);
        }

        var held = new Held(mail);
        _byId.Add(mail.Id, held);
        _byDue.Enqueue(held, (due, _order++));
        if (mail.TimerName is { } kept)
        {
            _byName[(mail.To, kept)] = held;
        }
    }

    /// <summary>Takes a replaced or cancelled timer out of hand.</summary>
    public void TakeOut(EntityAddress entity, string name)
    {
        if (_byName.Remove((entity, name), out var held))
        {
            held.IsOut = true;
            _byId.Remove(held.Mail.Id);
        }
    }

    /// <summary>The next message that is due, taken out of hand.</summary>
    public FoundMail? TakeDue(DateTimeOffset now)
    {
        while (_byDue.TryPeek(out var held, out var at) && (held.IsOut || at.Item1 <= now))
        {
            _byDue.Dequeue();
            if (held.IsOut)
            {
                continue;
            }

            _byId.Remove(held.Mail.Id);
            if (held.Mail.TimerName is { } name)
            {
                _byName.Remove((held.Mail.To, name));
            }

            return held.Mail;
        }

        return null;
    }

    /// <summary>Forgets what belongs to a shard that leaves.</summary>
    public void Drop(ShardId shard)
    {
        foreach (var held in _byId.Values.Where(h => h.Mail.ToShard == shard).ToList())
        {
            held.IsOut = true;
            _byId.Remove(held.Mail.Id);
            if (held.Mail.TimerName is { } name)
            {
                _byName.Remove((held.Mail.To, name));
            }
        }
    }

    private sealed class Held(FoundMail mail)
    {
        public FoundMail Mail { get; } = mail;

        public bool IsOut { get; set; }
    }
}
