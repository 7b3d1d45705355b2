using Gantry.Primitives;

namespace Gantry.Devices;

/// <summary>
/// The adapter actor without I/O (engine 7.1): which call may start, and whether the device is up, suspect or down.
/// Times are those of one monotonic clock. Not thread-safe: the shell steps it under its lock.
/// </summary>
internal sealed class AdapterKernel(TimeSpan? watchEvery)
{
    private readonly Dictionary<long, Entry> _calls = [];
    private readonly Dictionary<string, Queue<long>> _sequences = new(StringComparer.Ordinal);
    private readonly Queue<long> _reads = new();
    private int _readsRunning;
    private int _running;
    private int _failures;
    private bool _isProbing;
    // Far enough back that the first tick probes: the uptime needs a first value.
    private TimeSpan _lastProbe = TimeSpan.FromDays(-1);
    private TimeSpan _lastAsked;

    /// <summary>The state.</summary>
    public DeviceState State { get; private set; } = DeviceState.Up;

    /// <summary>When the state was entered.</summary>
    public TimeSpan Since { get; private set; }

    /// <summary>What made it so; null when up.</summary>
    public string? LastError { get; private set; }

    /// <summary>Whether it stays down after too many restarts.</summary>
    public bool IsHeld { get; private set; }

    /// <summary>Calls waiting.</summary>
    public int Depth => _calls.Count - _running;

    /// <summary>When the oldest waiting call came; null when none waits. Walks the calls: for metrics only.</summary>
    public TimeSpan? OldestWaiting =>
        _calls.Values.Where(e => !e.IsRunning).Select(e => (TimeSpan?)e.Came).Min();

    /// <summary>
    /// Whether it is down and nobody asked for it of late, as of a sled that was expunged: whatever is in service is asked by the inventory
    /// each minute. It is probed and measured again from the next call on.
    /// </summary>
    public bool IsForgotten(TimeSpan now) => State == DeviceState.Down && now - _lastAsked >= AdapterLimits.ForgottenAfter;

    /// <summary>A caller asks. A write names the sequence it belongs to.</summary>
    public void Submit(TimeSpan now, long call, CallClass kind, string sequence, List<AdapterEffect> effects)
    {
        _lastAsked = now;
        if (State == DeviceState.Down)
        {
            effects.Add(new AdapterEffect.FailFast(call));
            return;
        }

        if (Depth >= AdapterLimits.MailboxMax)
        {
            effects.Add(new AdapterEffect.Overload(call));
            return;
        }

        _calls.Add(call, new Entry(kind, sequence, now));
        if (kind == CallClass.Read)
        {
            _reads.Enqueue(call);
            StartReads(effects);
            return;
        }

        if (!_sequences.TryGetValue(sequence, out var queue))
        {
            _sequences.Add(sequence, queue = new Queue<long>());
        }

        queue.Enqueue(call);
        if (queue.Count == 1)
        {
            Start(call, effects);
        }
    }

    /// <summary>A caller of a waiting call gave up. False when the call already runs or ended.</summary>
    public bool Abandon(long call)
    {
        // Its place in the queue stays and is skipped; a running one is ended by its own answer.
        return _calls.TryGetValue(call, out var entry) && !entry.IsRunning && RemoveWaiting(call, entry);
    }

    /// <summary>A started call ended.</summary>
    public void Ended(TimeSpan now, long call, CallSign sign, string? why, List<AdapterEffect> effects)
    {
        if (_calls.Remove(call, out var entry))
        {
            Invariant.Check(entry.IsRunning, "only a started call can end");
            _running--;
            if (entry.Kind == CallClass.Read)
            {
                _readsRunning--;
            }
            else
            {
                Advance(entry.Sequence, call);
            }
        }

        Judge(now, sign, why, effects);
        if (State != DeviceState.Down)
        {
            StartNext(entry, effects);
        }
    }

    /// <summary>A probe ended.</summary>
    public void ProbeEnded(TimeSpan now, CallSign sign, string? why, List<AdapterEffect> effects)
    {
        _isProbing = false;
        Judge(now, sign, why, effects);
    }

    /// <summary>Time passed.</summary>
    public void Tick(TimeSpan now, List<AdapterEffect> effects)
    {
        if (State == DeviceState.Suspect && now - Since >= AdapterLimits.SuspectFor)
        {
            GoDown(now, LastError, effects);
        }

        var every = State == DeviceState.Up ? watchEvery : AdapterLimits.ProbeEvery;
        if (every is { } period && !_isProbing && !IsHeld && now - _lastProbe >= period && !IsForgotten(now))
        {
            _isProbing = true;
            _lastProbe = now;
            effects.Add(new AdapterEffect.Probe());
        }
    }

    /// <summary>
    /// Another node holds the device's connections: what waits was certainly not sent. What runs ends by itself, and what was known of the device
    /// is forgotten, for nobody here keeps it true.
    /// </summary>
    public void GiveAway(TimeSpan now, List<AdapterEffect> effects)
    {
        foreach (var call in DropWaiting())
        {
            effects.Add(new AdapterEffect.Overload(call, "the device's connections moved to another node"));
        }

        _failures = 0;
        (State, Since, LastError) = (DeviceState.Up, State == DeviceState.Up ? Since : now, null);
    }

    /// <summary>A bug threw: everything waiting fails, running calls are forgotten, the device is suspect; held down when it recurs.</summary>
    public void Restart(TimeSpan now, string why, bool hold, List<AdapterEffect> effects)
    {
        foreach (var call in _calls.Keys)
        {
            effects.Add(new AdapterEffect.FailFast(call));
        }

        Clear();
        IsHeld = hold;
        if (hold)
        {
            GoDown(now, why, effects);
        }
        else
        {
            Move(now, DeviceState.Suspect, why, effects);
        }
    }

    private void Clear()
    {
        _calls.Clear();
        _sequences.Clear();
        _reads.Clear();
        _readsRunning = 0;
        _running = 0;
        _isProbing = false;
    }

    private void Judge(TimeSpan now, CallSign sign, string? why, List<AdapterEffect> effects)
    {
        if (sign == CallSign.None || IsHeld)
        {
            return;
        }

        if (sign == CallSign.Life)
        {
            _failures = 0;
            if (State != DeviceState.Up)
            {
                Move(now, DeviceState.Up, why: null, effects);
            }

            return;
        }

        _failures++;
        LastError = why;
        if (State == DeviceState.Up)
        {
            _lastProbe = now;
            Move(now, DeviceState.Suspect, why, effects);
        }
        else if (State == DeviceState.Suspect
            && (_failures >= AdapterLimits.FailuresUntilDown || now - Since >= AdapterLimits.SuspectFor))
        {
            GoDown(now, why, effects);
        }
    }

    private void GoDown(TimeSpan now, string? why, List<AdapterEffect> effects)
    {
        Move(now, DeviceState.Down, why, effects);
        foreach (var call in DropWaiting())
        {
            effects.Add(new AdapterEffect.FailFast(call));
        }
    }

    private List<long> DropWaiting()
    {
        List<long> dropped = [];
        foreach (var (call, entry) in _calls.Where(c => !c.Value.IsRunning).ToArray())
        {
            RemoveWaiting(call, entry);
            dropped.Add(call);
        }

        // A sequence whose running write has just ended is left with nothing but their places: the next write must not wait behind them.
        foreach (var (sequence, queue) in _sequences.ToArray())
        {
            DropDeadHeads(queue);
            if (queue.Count == 0)
            {
                _sequences.Remove(sequence);
            }
        }

        return dropped;
    }

    private void Move(TimeSpan now, DeviceState to, string? why, List<AdapterEffect> effects)
    {
        var from = State;
        State = to;
        Since = from == to ? Since : now;
        LastError = to == DeviceState.Up ? null : why;
        if (from != to)
        {
            effects.Add(new AdapterEffect.Moved(from, to, why));
        }
    }

    private bool RemoveWaiting(long call, Entry entry)
    {
        _calls.Remove(call);
        var queue = entry.Kind == CallClass.Read ? _reads : _sequences[entry.Sequence];
        if (queue.Count > 2 * AdapterLimits.MailboxMax)
        {
            // Places of callers who gave up are skipped later; this bounds how many of them can pile up.
            var live = queue.Where(_calls.ContainsKey).ToArray();
            queue.Clear();
            foreach (var kept in live)
            {
                queue.Enqueue(kept);
            }
        }

        return true;
    }

    private void Advance(string sequence, long ended)
    {
        var queue = _sequences[sequence];
        Invariant.Check(queue.Peek() == ended, "writes of one sequence end in their order");
        queue.Dequeue();
        DropDeadHeads(queue);
        if (queue.Count == 0)
        {
            _sequences.Remove(sequence);
        }
    }

    private void StartNext(Entry? ended, List<AdapterEffect> effects)
    {
        StartReads(effects);
        if (ended is { Kind: CallClass.Write } && _sequences.TryGetValue(ended.Sequence, out var queue)
            && !_calls[queue.Peek()].IsRunning)
        {
            Start(queue.Peek(), effects);
        }
    }

    private void StartReads(List<AdapterEffect> effects)
    {
        DropDeadHeads(_reads);
        while (_readsRunning < AdapterLimits.ReadsMax && _reads.TryDequeue(out var call))
        {
            _readsRunning++;
            Start(call, effects);
            DropDeadHeads(_reads);
        }
    }

    private void Start(long call, List<AdapterEffect> effects)
    {
        _calls[call].IsRunning = true;
        _running++;
        effects.Add(new AdapterEffect.Start(call));
    }

    private void DropDeadHeads(Queue<long> queue)
    {
        while (queue.TryPeek(out var head) && !_calls.ContainsKey(head))
        {
            queue.Dequeue();
        }
    }

    private sealed class Entry(CallClass kind, string sequence, TimeSpan came)
    {
        public CallClass Kind { get; } = kind;

        public string Sequence { get; } = sequence;

        public TimeSpan Came { get; } = came;

        public bool IsRunning { get; set; }
    }
}
