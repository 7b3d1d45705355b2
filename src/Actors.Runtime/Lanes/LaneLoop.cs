using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;
using Gantry.Primitives;

namespace Gantry.Actors.Runtime;

/// <summary>
/// The shell around one <see cref="LaneKernel"/>: one step at a time, never two; it awaits only "something to read" (engine 4.1).
/// </summary>
internal sealed class LaneLoop : IAsyncDisposable
{
    /// <summary>Inputs that may wait (engine 9).</summary>
    public const int ArrivalsMax = 16_384;

    private static readonly TimeSpan SuspectPatience = TimeSpan.FromSeconds(3);

    private readonly LaneHost _host;
    private readonly LaneKernel _kernel;
    private readonly LaneCalls _calls;
    private readonly EntityLoader _loader;
    private readonly SnapshotWriter _snapshotWriter;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<LaneEvent> _inputs = [];
    private readonly List<LaneOutput.Snapshot> _snapshots = [];
    private readonly List<EntityAddress> _changed = [];
    private readonly List<string?> _changedBy = [];
    private readonly Evidence _evidence;
    private readonly TurnProbe _probe;
    private readonly List<IDisposable> _watches = [];
    private readonly ITimer _timer;
    private long _passAtTicks;
    private bool _isQuiet;
    private Task _run = Task.CompletedTask;

    public LaneLoop(LaneHost host, int number)
    {
        _host = host;
        Number = number;
        Inbox = new LaneInbox(ArrivalsMax);
        var seed = (ulong)host.Random.Next(int.MaxValue);
        _evidence = new Evidence(host, number, seed);
        _probe = new TurnProbe(host, number);
        _kernel = new LaneKernel(new LaneSettings
        {
            Probe = _probe,
            Traces = MailTraces.Instance,
            Kinds = host.Model.Kinds,
            EntitiesMax = LaneLimits.EntitiesMax / host.LaneCount,
            ShardCount = host.Store.Identity.ShardCount,
            Scope = host.Store.Identity.Scope,
            StateBound = StateBound(host.Model.Wire),
            Random = new SeededRandomSource(seed),
        });
        _calls = new LaneCalls(host, number, Inbox, _stop.Token);
        _loader = new EntityLoader(host, Inbox);
        _snapshotWriter = new SnapshotWriter(host, Inbox);
        _timer = host.Time.CreateTimer(static bell => ((AsyncBell)bell!).Ring(), Inbox.Bell, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public int Number { get; }

    public Incarnation Me => _host.Me;

    /// <summary>The loop has ended; a lane that hangs never does.</summary>
    public bool HasStopped => _run.IsCompleted;

    public LaneInbox Inbox { get; }

    /// <summary>Ends when the lane has its session.</summary>
    public Task Connected => _connected.Task;

    /// <summary>Nothing in hand and nothing to read.</summary>
    public bool IsQuiet => Volatile.Read(ref _isQuiet) && Inbox.IsEmpty;

    /// <summary>When the last pass ended; a lane that turns is never older than its scan period.</summary>
    public DateTimeOffset PassAt => new(Volatile.Read(ref _passAtTicks), TimeSpan.Zero);

    public int EntityCount => _kernel.EntityCount;

    public int AskCount => _kernel.AskCount;

    public int ShardCount => _kernel.ShardCount;

    public int MailCount => _kernel.MailCount;

    public double DrainPerSecond => _kernel.DrainPerSecond;

    public StoreTrouble? StoreTrouble => _kernel.StoreTrouble;

    /// <summary>Age of the oldest client command in hand, and of the oldest message.</summary>
    public (TimeSpan Ask, TimeSpan Mail) OldestAges { get; private set; }

    public void Start(IEnumerable<ShardEpoch> shards, IEnumerable<(EntityAddress Entity, string Why)> suspects)
    {
        Inbox.Complete(LaneEvent.Start.Instance);
        foreach (var (entity, why) in suspects)
        {
            Inbox.Complete(new LaneEvent.Quarantine(entity, why));
        }

        foreach (var shard in shards)
        {
            Inbox.Complete(new LaneEvent.Gain(shard.Shard, shard.Epoch));
        }

        Volatile.Write(ref _passAtTicks, _host.Time.GetUtcNow().UtcTicks);
        _watches.Add(_host.Watchdog.Look(_probe.Marks.Turn, Stuck));
        _watches.Add(_host.Watchdog.Look(_probe.Marks.Pass, Stuck));
        _watches.Add(_host.Watchdog.Look(_calls.EncodeMark, _calls.EncodeStuck));
        _run = RunAsync();
    }

    /// <summary>The lane serves a shard from here on; entities named with a reason are isolated before anything of it runs.</summary>
    public void Gain(ShardEpoch shard, IEnumerable<(EntityAddress Entity, string Why)> suspects)
    {
        foreach (var (entity, why) in suspects)
        {
            Inbox.Complete(new LaneEvent.Quarantine(entity, why));
        }

        _host.Feed.Own(shard);
        Inbox.Complete(new LaneEvent.Gain(shard.Shard, shard.Epoch));
    }

    /// <summary>What a snapshot may have, a state may have (engine 9).</summary>
    public static StateBound StateBound(WireRegistry wire) => new(StorageLimits.StateBytesMax, state => wire.Encode(state).Body.Length);

    /// <summary>What a lane breaks with when its store contradicts itself.</summary>
    public static InvariantException Impossible(LaneOutput.Ended ended) => new($"the store says what cannot be: {ended.Why}");

    /// <summary>Takes nothing new, finishes what is in hand within the patience, then ends.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        Inbox.Close();
        var until = _host.Time.GetUtcNow() + patience;
        while (AskCount > 0 && !_run.IsCompleted && _host.Time.GetUtcNow() < until)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), _host.Time).ConfigureAwait(false);
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        Inbox.Bell.Ring();
        await _run.ConfigureAwait(false);
        await _calls.DrainAsync().ConfigureAwait(false);
        _watches.ForEach(w => w.Dispose());
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        _probe.Marks.Dispose();
        _calls.EncodeMark.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                var outputs = Pass();
                if (!outputs.HasMore && Inbox.IsEmpty)
                {
                    Volatile.Write(ref _isQuiet, _kernel.IsQuiet);
                    var wait = outputs.WakeAt - _host.Time.GetUtcNow();
                    if (wait > TimeSpan.Zero)
                    {
                        _timer.Change(wait, Timeout.InfiniteTimeSpan);
                        await Inbox.Bell.WaitAsync().ConfigureAwait(false);
                    }
                }
            }

            Finish();
        }
        catch (Exception e)
        {
            // A bug of the kernel: the lane cannot be trusted any more (engine 6). The evidence goes to the log.
            Inbox.Close();
            _probe.Marks.EndPass();
            _evidence.Write(e);
            _host.LaneEnded(new EngineEnd(EngineEndKind.Broke, $"lane {Number} broke: {e.Message}"));
            AnswerWhoIsLeft();
        }
    }

    // The kernel cannot be trusted, but who waits deserves an answer now rather than at the deadline.
    private void AnswerWhoIsLeft()
    {
        try
        {
            Finish();
        }
        catch (Exception)
        {
            RuntimeLog.LaneLeftBehind(_host.Log, Number);
        }
    }

    // Called by the watch-dog's thread. This thread may never come back: the next incarnation's join fences whatever it still brings.
    private void Stuck(EntityAddress entity, string what)
    {
        Inbox.Close();
        _stop.Cancel();
        var why = entity.Kind is null
            ? $"lane {Number} did not end {what} within {Watchdog.StuckAfter.TotalSeconds:0} s"
            : $"lane {Number} did not end {what} of {entity} within {Watchdog.StuckAfter.TotalSeconds:0} s";
        if (entity.Kind is not null)
        {
            RuntimeLog.CodeHangs(_host.Log, entity.ToString(), what, Watchdog.StuckAfter.TotalSeconds);
            _host.Suspects.TryWriteAsync(entity, what).Wait(SuspectPatience);
        }

        _host.LaneEnded(new EngineEnd(EngineEndKind.Stuck, why));
    }

    // What still waits to be read is refused by the kernel, which is over then; nobody is left without an answer.
    private void Finish()
    {
        var now = _host.Time.GetUtcNow();
        Step(LaneEvent.Stop.Instance, now);
        _inputs.Clear();
        Inbox.Take(_inputs, int.MaxValue);
        foreach (var input in _inputs)
        {
            Step(input, now);
        }
    }

    private LaneOutputs Pass()
    {
        _inputs.Clear();
        Inbox.Take(_inputs, LaneLimits.PassInputsMax);
        if (_inputs.Count > 0)
        {
            Volatile.Write(ref _isQuiet, false);
        }

        var now = _host.Time.GetUtcNow();
        _probe.Marks.BeginPass();
        foreach (var input in _inputs)
        {
            Step(input, now);
        }

        var outputs = Step(LaneEvent.PassEnd.Instance, now);
        _probe.Marks.EndPass();
        FlushSnapshots();
        OldestAges = (
            _kernel.OldestAsk is { } ask ? now - ask : TimeSpan.Zero, _kernel.OldestMail is { } mail ? now - mail : TimeSpan.Zero);
        Volatile.Write(ref _passAtTicks, now.UtcTicks);
        if (_kernel.IsConnected)
        {
            _connected.TrySetResult();
        }

        return outputs;
    }

    private LaneOutputs Step(LaneEvent what, DateTimeOffset now)
    {
        var input = new LaneInput(now, what);
        _evidence.Add(input);
        var outputs = _kernel.Step(input);
        foreach (var output in outputs.Items)
        {
            Do(output);
        }

        return outputs;
    }

    private void Do(LaneOutput output)
    {
        switch (output)
        {
            case LaneOutput.Answer answer:
                if (answer.What is AskAnswer.Overloaded { Bound: { } bound })
                {
                    _host.Metrics.Shed(bound);
                }

                ((IPendingAsk)answer.ReplyTo).Answer(answer.What);
                break;
            case LaneOutput.Commit commit:
                _calls.Start(ct => _calls.CommitAsync(commit, ct));
                break;
            case LaneOutput.Load load:
                _calls.Start(ct => _loader.LoadAsync(load, ct));
                break;
            case LaneOutput.Confirm confirm:
                _calls.Start(ct => _calls.ConfirmAsync(confirm, ct));
                break;
            case LaneOutput.Resolve:
                _calls.Start(_calls.ResolveAsync);
                break;
            case LaneOutput.FindReceipt find:
                _calls.Start(ct => _calls.FindReceiptAsync(find, ct));
                break;
            case LaneOutput.ScanMail scan:
                _calls.Start(ct => _calls.ScanAsync(scan, ct));
                break;
            case LaneOutput.Snapshot snapshot:
                _snapshots.Add(snapshot);
                break;
            case LaneOutput.Changed changed:
                Publish(changed);
                break;
            case LaneOutput.Nudge nudge:
                _host.Listener.Nudged(nudge.Reconciler, nudge.Key, nudge.Trace);
                break;
            case LaneOutput.RingOther ring:
                (_host.Ring ?? _host.Router.Ring)(ring.Bell);
                break;
            case LaneOutput.Transfer transfer:
                _calls.Start(ct => _calls.TransferAsync(transfer, ct));
                break;
            case LaneOutput.TransferEnded ended:
                LetGo(ended);
                break;
            case LaneOutput.CancelActivity cancel:
                _host.Activities.Cancel(cancel.Mail);
                break;
            case LaneOutput.RunActivity run:
                _host.Activities.Start(run, Inbox);
                break;
            case LaneOutput.Ended ended:
                Inbox.Close();
                RuntimeLog.LaneEnded(_host.Log, Number, ended.Why);
                if (ended.IsImpossible)
                {
                    // Everybody is answered by now; what is thrown ends the lane as broken, with evidence.
                    throw Impossible(ended);
                }

                _host.LaneEnded(new EngineEnd(EngineEndKind.Fenced, $"lane {Number}: {ended.Why}"));
                break;
            case LaneOutput.Inspected inspected:
                ((TaskCompletionSource<EntitySight>)inspected.ReplyTo).TrySetResult(inspected.Sight);
                break;
            case LaneOutput.Suspect suspect:
                _calls.Start(ct => _calls.MarkSuspectAsync(suspect, ct));
                break;
            case LaneOutput.SuspectCleared cleared:
                _calls.Start(ct => _calls.ClearSuspectAsync(cleared.Entity, ct));
                break;
            case LaneOutput.TimerTaken timer:
                _host.Metrics.TimerLate(timer.Late);
                break;
            case LaneOutput.Note note:
                Note(note);
                break;
            default:
                break;
        }
    }

    private void LetGo(LaneOutput.TransferEnded ended)
    {
        if (ended.IsGiven)
        {
            _host.Feed.Disown(ended.Shard);
            _host.Quarantine.Drop(e => ShardId.Of(e, _host.Store.Identity.ShardCount) == ended.Shard);
            _host.Snapshots.Drop(e => ShardId.Of(e, _host.Store.Identity.ShardCount) == ended.Shard);
        }

        _host.TransferEnded?.Invoke(ended);
    }

    private void Publish(LaneOutput.Changed changed)
    {
        _changed.Clear();
        _changedBy.Clear();
        foreach (var change in changed.Entities)
        {
            _changed.Add(change.Entity);
            _changedBy.Add(change.Trace);
        }

        foreach (var commit in changed.Commits)
        {
            _host.Listener.Decided(commit);
        }

        _host.Feed.Advance(changed.Entities);
        _host.Listener.Committed(_changed, _changedBy);
        _host.Committed?.Invoke(_changed);
    }

    private void Note(LaneOutput.Note note)
    {
        _host.Metrics.Note(note.What);
        if (note is { What: LaneNote.Quarantined, Entity: { } isolated })
        {
            _host.Quarantine.Add(isolated, note.Text, _host.Time.GetUtcNow());
        }
        else if (note is { What: LaneNote.Released, Entity: { } released })
        {
            _host.Quarantine.Remove(released);
        }

        RuntimeLog.Note(_host.Log, note, Number);
    }

    private void FlushSnapshots()
    {
        if (_snapshots.Count > 0)
        {
            var some = _snapshots.ToList();
            _snapshots.Clear();
            _calls.Start(ct => _snapshotWriter.SaveAsync(some, ct));
        }
    }
}
