namespace Gantry.Actors.Kernel;

/// <summary>What the desks of one lane share: the present input's time, the outputs, shards, and commands in hand.</summary>
internal sealed class LaneContext(LaneSettings settings)
{
    private readonly DrainRate _drain = new();
    private long _order;

    public LaneSettings Settings { get; } = settings;

    public LaneOutputs Out { get; } = new();

    public DateTimeOffset Now { get; set; }

    /// <summary>Counts inputs; orders scans, doorbells and gains.</summary>
    public long Step { get; set; }

    public bool IsEnded { get; set; }

    public Dictionary<ShardId, LaneShard> Shards { get; } = [];

    /// <summary>Why commits do not get through; null while they do.</summary>
    public StoreTrouble? StoreTrouble { get; private set; }

    /// <summary>The store has been away for longer than a hiccup (engine 5.9).</summary>
    public bool IsStoreDown => StoreTrouble is { } trouble && Now - trouble.Since >= LaneLimits.StoreDownAfter;

    /// <summary>Client commands in hand by entity and key.</summary>
    public Dictionary<(EntityAddress, CommandKey), WorkItem> Asks { get; } = [];

    /// <summary>Isolated entities, and why.</summary>
    public Dictionary<EntityAddress, (string Why, DateTimeOffset Since)> Quarantine { get; } = [];

    public long NextOrder() => ++_order;

    /// <summary>Whether the simulator has switched a safety line off; never in production.</summary>
    public bool Lacks(KernelMutations line) => (Settings.Mutations & line) != KernelMutations.None;

    public double DrainPerSecond => _drain.PerSecond(Now);

    public void Emit(LaneOutput output) => Out.Items.Add(output);

    public void Note(LaneNote what, EntityAddress? entity, string text) => Emit(new LaneOutput.Note(what, entity, text));

    public void StoreFailed(string why)
    {
        StoreTrouble = new StoreTrouble(StoreTrouble?.Since ?? Now, why);
        Note(LaneNote.StoreUnavailable, null, why);
    }

    public void StoreAnswered() => StoreTrouble = null;

    public void Drained(int count) => _drain.Add(Now, count);

    /// <summary>Ends a client command: everybody who waits for it is answered.</summary>
    public void Answer(WorkItem item, AskAnswer answer)
    {
        if (item.State != ItemState.Gone)
        {
            item.State = ItemState.Gone;
            item.Shard.Asks--;
            item.Shard.AskBytes -= item.Bytes;
            Asks.Remove((item.To, item.Key));
        }

        Tell(item, answer);
    }

    /// <summary>Answers those who wait, while the command itself goes on.</summary>
    public void Tell(WorkItem item, AskAnswer answer)
    {
        if (item.ReplyTo is { } first)
        {
            Emit(new LaneOutput.Answer(first, answer));
            item.ReplyTo = null;
        }

        if (item.MoreCallers is { } more)
        {
            foreach (var waiter in more)
            {
                Emit(new LaneOutput.Answer(waiter.ReplyTo, answer));
            }

            item.MoreCallers = null;
        }
    }

    /// <summary>
    /// A message is about to take effect: what it causes goes on in the trace of its sender, or, when that is long ago, in one of its own that is
    /// linked to it (engine 10.2). Once per message, however often it is decided.
    /// </summary>
    public void Consume(WorkItem item)
    {
        if (item.IsConsuming || item.Meta is not { Trace: { } trace } meta || Settings.Traces is not { } traces)
        {
            return;
        }

        item.IsConsuming = true;
        var age = meta.TracedAt is { } at ? Now - at : TimeSpan.Zero;
        item.Trace = traces.Consume(item.To, item.Key.Value, trace, age, isLinked: age > LaneLimits.TraceAgeMax);
    }

    public AskAnswer Overloaded(int queued, string bound) => new AskAnswer.Overloaded(RetryAfter(queued)) { Bound = bound };

    public AskAnswer Unavailable() => new AskAnswer.Unavailable(RetryAfter(0));

    private TimeSpan RetryAfter(int queued) => RetryTime.Of(queued, _drain.PerSecond(Now), Settings.Random);
}

/// <summary>Commands settled per second, over the last whole second and the present one.</summary>
internal sealed class DrainRate
{
    private DateTimeOffset _since;
    private int _count;
    private double _last;

    public void Add(DateTimeOffset now, int count)
    {
        Turn(now);
        _count += count;
    }

    public double PerSecond(DateTimeOffset now)
    {
        Turn(now);
        return Math.Max(_last, _count);
    }

    private void Turn(DateTimeOffset now)
    {
        var elapsed = now - _since;
        if (elapsed >= TimeSpan.FromSeconds(1))
        {
            _last = elapsed < TimeSpan.FromSeconds(10) ? _count / elapsed.TotalSeconds : 0;
            (_since, _count) = (now, 0);
        }
    }
}
