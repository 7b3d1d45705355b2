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

    private const int RingSize = 256;

    private readonly LaneHost _host;
    private readonly LaneKernel _kernel;
    private readonly LaneCalls _calls;
    private readonly EntityLoader _loader;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<LaneEvent> _inputs = [];
    private readonly List<LaneOutput.Snapshot> _snapshots = [];
    private readonly List<EntityAddress> _changed = [];
    private readonly string[] _lastInputs = new string[RingSize];
    private readonly ITimer _timer;
    private long _steps;
    private long _passAtTicks;
    private bool _isQuiet;
    private Task _run = Task.CompletedTask;

    public LaneLoop(LaneHost host, int number)
    {
        _host = host;
        Number = number;
        Inbox = new LaneInbox(ArrivalsMax);
        _kernel = new LaneKernel(new LaneSettings
        {
            Kinds = host.Model.Kinds,
            ShardCount = host.Store.Identity.ShardCount,
            Scope = host.Store.Identity.Scope,
            Random = new SeededRandomSource((ulong)host.Random.Next(int.MaxValue)),
        });
        _calls = new LaneCalls(host, number, Inbox, _stop.Token);
        _loader = new EntityLoader(host, Inbox);
        _timer = host.Time.CreateTimer(static bell => ((AsyncBell)bell!).Ring(), Inbox.Bell, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public int Number { get; }

    public LaneInbox Inbox { get; }

    /// <summary>Ends when the lane has its session.</summary>
    public Task Connected => _connected.Task;

    /// <summary>Nothing in hand and nothing to read.</summary>
    public bool IsQuiet => Volatile.Read(ref _isQuiet) && Inbox.IsEmpty;

    /// <summary>When the last pass ended; a lane that turns is never older than its scan period.</summary>
    public DateTimeOffset PassAt => new(Volatile.Read(ref _passAtTicks), TimeSpan.Zero);

    public int EntityCount => _kernel.EntityCount;

    public int AskCount => _kernel.AskCount;

    public int MailCount => _kernel.MailCount;

    public void Start(IEnumerable<ShardEpoch> shards)
    {
        Inbox.Complete(LaneEvent.Start.Instance);
        foreach (var shard in shards)
        {
            Inbox.Complete(new LaneEvent.Gain(shard.Shard, shard.Epoch));
        }

        Volatile.Write(ref _passAtTicks, _host.Time.GetUtcNow().UtcTicks);
        _run = RunAsync();
    }

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
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
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
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A bug of the kernel: the lane cannot be trusted any more (engine 6). The evidence goes to the log.
            Inbox.Close();
            RuntimeLog.LaneBroke(_host.Log, e, Number, string.Join(' ', Evidence()));
            _host.LaneEnded($"lane {Number} broke: {e.Message}");
        }
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
        foreach (var input in _inputs)
        {
            Step(input, now);
        }

        var outputs = Step(LaneEvent.PassEnd.Instance, now);
        FlushSnapshots();
        Volatile.Write(ref _passAtTicks, now.UtcTicks);
        if (_kernel.IsConnected)
        {
            _connected.TrySetResult();
        }

        return outputs;
    }

    private LaneOutputs Step(LaneEvent what, DateTimeOffset now)
    {
        _lastInputs[_steps++ % RingSize] = what.GetType().Name;
        var outputs = _kernel.Step(new LaneInput(now, what));
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
                _host.Listener.Nudged(nudge.Reconciler, nudge.Key);
                break;
            case LaneOutput.RingOther ring:
                _host.Router.Ring(ring.Bell);
                break;
            case LaneOutput.RunActivity run:
                _host.Activities.Start(run, Inbox);
                break;
            case LaneOutput.Ended ended:
                Inbox.Close();
                RuntimeLog.LaneEnded(_host.Log, Number, ended.Why);
                _host.LaneEnded($"lane {Number}: {ended.Why}");
                break;
            case LaneOutput.Note note:
                Note(note);
                break;
            default:
                break;
        }
    }

    private void Publish(LaneOutput.Changed changed)
    {
        _changed.Clear();
        foreach (var change in changed.Entities)
        {
            _changed.Add(change.Entity);
        }

        _host.Feed.Advance(changed.Entities);
        _host.Listener.Committed(_changed);
    }

    private void Note(LaneOutput.Note note)
    {
        _host.Metrics.Note(note.What);
        RuntimeLog.Note(_host.Log, note, Number);
    }

    private void FlushSnapshots()
    {
        if (_snapshots.Count > 0)
        {
            var some = _snapshots.ToList();
            _snapshots.Clear();
            _calls.Start(ct => _calls.SaveSnapshotsAsync(some, ct));
        }
    }

    private IEnumerable<string> Evidence()
    {
        for (var i = Math.Max(0, _steps - RingSize); i < _steps; i++)
        {
            yield return _lastInputs[i % RingSize];
        }
    }
}
