using System.Collections.Immutable;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Simulation;

/// <summary>
/// The shell of one production <see cref="QueueKernel"/>. Turns are async code, but all they may await are the ports here, which the
/// simulator completes on its own thread: a turn that resumes elsewhere is a violation (end of engine 11.1).
/// </summary>
internal sealed class ReconcilerShell : IMachinePorts
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private readonly SimulatedNode _node;
    private readonly World _world;
    private readonly Dice _dice;
    private readonly QueueKernel _queue;
    private readonly MachineReconciler _reconciler;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _wake;
    private bool _isListing;

    public ReconcilerShell(SimulatedNode node, World world, ulong seed)
    {
        _node = node;
        _world = world;
        _dice = new Dice(seed, $"reconciler {node.Name}");
        var options = new ReconcilerOptions { Period = TimeSpan.FromSeconds(20), Concurrency = 2, BackoffMax = TimeSpan.FromSeconds(10) };
        _queue = new QueueKernel(options, _dice.Source);
        _reconciler = new MachineReconciler(options, this);
    }

    public void Begin() => _ = ListAsync();

    /// <summary>Keys follow their shards: a listing forgets those that are not ours and finds those that are.</summary>
    public void ShardsChanged()
    {
        if (!_isListing)
        {
            _isListing = true;
            _world.After(TimeSpan.FromMilliseconds(50), () => _node.Deliver(() => _ = ListOnceAsync()));
        }
    }

    public void Nudge(string key)
    {
        _queue.Nudge(key, _node.Clock);
        Pump();
    }

    public string? WhyNotQuiet() => _queue.Keys().FirstOrDefault(k => k.State is not QueueState.Idle) is { } busy
        ? $"machine {busy.Key} is {busy.State}: {busy.LastError}"
        : null;

    public Task<ImmutableSortedDictionary<string, MachineRow>> ReadAllAsync() => Query(static rows => rows);

    public Task<MachineRow?> ReadAsync(string key) => Query(rows => rows.GetValueOrDefault(key));

    public Task<DeviceSetting> ReadDeviceAsync(string key) => Call<DeviceSetting>((done, lost) => _world.Device.Read(key, done, lost));

    public Task<bool> PushAsync(string key, long generation, long value) => Call<bool>((done, lost) =>
        _world.Device.Push(key, new DeviceSetting(generation, value), done, lost));

    public Task<bool> ReportAsync(string key, long generation) => Call<bool>((done, _) =>
    {
        var ask = _world.Judge.NewAsk(new EntityAddress("machine", key), CommandKey.Fresh(_dice.Source), new RecordApplied(generation));
        ask.Send(_node, TimeSpan.Zero, Deadline, answer => done(answer is AskAnswer.Accepted));
    });

    private async Task ListAsync()
    {
        await ListOnceAsync().ConfigureAwait(false);
        _world.After(TimeSpan.FromSeconds(20), () => _node.Deliver(() => _ = ListAsync()));
    }

    private async Task ListOnceAsync()
    {
        _isListing = false;
        try
        {
            var began = _node.Clock;
            var keys = new HashSet<string>();
            await foreach (var key in _reconciler.ListAsync(_node.Shards, CancellationToken.None).ConfigureAwait(false))
            {
                keys.Add(key);
            }

            _queue.Listed(keys, began, _node.Clock);
            Pump();
        }
        catch (LostCallException)
        {
            // The next listing comes.
        }
    }

    private void Pump()
    {
        while (!_node.IsDead && _queue.TryTake(_node.Clock, out var turn))
        {
            _ = TurnAsync(turn);
        }

        if (_queue.NextDue() is { } due)
        {
            var wake = ++_wake;
            var wait = due - _node.Clock;
            _world.After(wait > TimeSpan.Zero ? wait : TimeSpan.FromTicks(10), () =>
            {
                if (wake == _wake)
                {
                    _node.Deliver(Pump);
                }
            });
        }
    }

    private async Task TurnAsync(QueueTurn turn)
    {
        Reconciled end;
        try
        {
            end = await _reconciler.ReconcileAsync(
                turn.Key, new ReconcileTurn(turn.IsResync, turn.IsFirst, turn.Attempt, _node.Clock), CancellationToken.None).ConfigureAwait(false);
        }
        catch (LostCallException e)
        {
            end = Reconciled.Retry(e.Message);
        }

        if (Environment.CurrentManagedThreadId != _thread)
        {
            _world.Judge.Violated("sim", "a reconciler's turn resumed on another thread");
        }

        _world.Note($"{_node.Name} turn {turn.Key} {end.End}");
        _queue.Finish(turn.Key, end, _node.Clock);
        Pump();
    }

    private Task<T> Query<T>(Func<ImmutableSortedDictionary<string, MachineRow>, T> choose) =>
        Call<T>((done, lost) => _world.Store.Read(_node.Incarnation, "query", 0.05, Machines, rows => done(choose(rows)), lost));

    private ImmutableSortedDictionary<string, MachineRow> Machines()
    {
        var page = Inline.Done(_world.Store.Memory.QueryAsync(
            new ViewRowQuery(SampleArea.Machines, [], null, Descending: false, null, 1_000), CancellationToken.None));
        return page.Rows.ToImmutableSortedDictionary(
            r => r.Key,
            r => System.Text.Json.JsonSerializer.Deserialize(r.Document, SampleJson.Default.MachineRow)!, // written from such a row
            StringComparer.Ordinal);
    }

    // Completed by a step of the world, on its thread: no continuation may run elsewhere.
    private Task<T> Call<T>(Action<Action<T>, Action> start)
    {
        var source = new TaskCompletionSource<T>();
        start(
            result => _node.Deliver(() => source.SetResult(result)),
            () => _node.Deliver(() => source.SetException(new LostCallException())));
        return source.Task;
    }
}

/// <summary>No answer came.</summary>
internal sealed class LostCallException() : Exception("no answer came");
