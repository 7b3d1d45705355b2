using Gantry.Actors.Storage;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>
/// One node's engine: lanes over a store, with what the rest of the product uses of it (<see cref="Entities"/>, <see cref="Views"/>,
/// <see cref="Feed"/>). Those may be handed out before the start; asks are answered <c>Unavailable</c> until then. Thread-safe.
/// </summary>
public sealed class ActorEngine : IAsyncDisposable
{
    private readonly ActorEngineParts _parts;
    private readonly ILogger _log;
    private readonly LaneRouter _router = new();
    private readonly FeedHub _hub = new();
    private readonly EngineMetrics _metrics;
    private readonly ViewsReader _views;
    private readonly ActivityRunner _activities;
    private readonly ReceiptTrimmer _trimmer;
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<LaneLoop> _lanes = [];
    private volatile EngineState _state;

    /// <summary>Builds it; nothing runs yet.</summary>
    public ActorEngine(ActorEngineParts parts)
    {
        _parts = parts;
        _log = parts.Logs.CreateLogger("Gantry.Actors.Runtime");
        _metrics = new EngineMetrics(() => _router.Lanes);
        _views = new ViewsReader(parts.Store, _metrics);
        _activities = new ActivityRunner(parts.Time, parts.Random, parts.Options.ActivityDeadline, _log);
        _trimmer = new ReceiptTrimmer(parts.Store, parts.Time, parts.Options.ReceiptsFor, _log);
        Entities = new EntitiesClient(_router, parts.Time, _metrics);
        Feed = new EventFeed(parts.Store, parts.Model, _hub, parts.Time, _log);
    }

    /// <summary>Asks entities.</summary>
    public IEntities Entities { get; }

    /// <summary>Reads views.</summary>
    public IViews Views => _views;

    /// <summary>Follows events.</summary>
    public IEventFeed Feed { get; }

    /// <summary>Where it stands.</summary>
    public EngineState State => _state;

    /// <summary>Ends with the reason when a lane was fenced or broke (engine 6).</summary>
    public Task<string> Ended => _ended.Task;

    /// <summary>No command, message or activity is in hand. Timers that are not due do not count.</summary>
    public bool IsQuiet => _state == EngineState.Running && _router.Lanes.All(l => l.IsQuiet) && _activities.RunningCount == 0;

    /// <summary>The oldest end of a pass among the lanes; null before the start. A lane that turns passes every 2 s.</summary>
    public DateTimeOffset? LastPassAt => _router.Lanes.Count == 0 ? null : _router.Lanes.Min(l => l.PassAt);

    /// <summary>The shards this node owns: all of them, on one node.</summary>
    /// <exception cref="InvalidOperationException">Before the start.</exception>
    public ShardSet Shards => ShardSet.All(_parts.Store.Identity.ShardCount);

    /// <summary>Opens the store, joins (which fences whoever had it before), and starts the lanes. Ends when all can commit.</summary>
    /// <exception cref="StoreRefusedException">The store cannot be opened; the message says what to do.</exception>
    public async Task StartAsync(CancellationToken ct)
    {
        _state = EngineState.Starting;
        var options = _parts.Options;
        await _parts.Store.OpenAsync(new StoreOptions(options.ShardCount, _parts.Model.Views), ct).ConfigureAwait(false);
        var me = new Incarnation(_parts.Random.NewGuid());
        var shards = await _parts.Store.JoinAsync(me, options.NodeId, options.Lanes, ct).ConfigureAwait(false);
        var shardCount = _parts.Store.Identity.ShardCount;
        _hub.Open(shards, shardCount);
        _activities.Open(_parts.Activities());

        var host = Host(me);
        for (var i = 0; i < options.Lanes; i++)
        {
            _lanes.Add(new LaneLoop(host, i));
        }

        _router.Open([.. _lanes], shardCount);
        foreach (var lane in _lanes)
        {
            lane.Start(shards.Where(s => s.Shard.Value % options.Lanes == lane.Number));
        }

        await Task.WhenAny(Task.WhenAll(_lanes.Select(l => l.Connected)), _ended.Task).WaitAsync(ct).ConfigureAwait(false);
        if (_ended.Task.IsCompleted)
        {
            throw new StoreRefusedException($"the engine ended while it started: {await _ended.Task.ConfigureAwait(false)}");
        }

        _trimmer.Start();
        _state = EngineState.Running;
        RuntimeLog.Started(_log, me.ToString(), shardCount, options.Lanes);
    }

    /// <summary>Names the activities anew, for hosts that make some only once the engine runs.</summary>
    public void ReplaceActivities(IEnumerable<IActivity> activities) => _activities.Open(activities);

    /// <summary>Takes nothing new, finishes what is in hand, stops in reverse order. What was not finished is <c>Unavailable</c> or <c>Unknown</c>.</summary>
    public async Task StopAsync()
    {
        if (_state is EngineState.Created or EngineState.Stopped)
        {
            _state = EngineState.Stopped;
            return;
        }

        _state = EngineState.Stopped;
        _router.Close();
        await _trimmer.StopAsync().ConfigureAwait(false);
        await _activities.StopAsync().ConfigureAwait(false);
        await Task.WhenAll(_lanes.Select(l => l.StopAsync(_parts.Options.StopPatience))).ConfigureAwait(false);
        RuntimeLog.Stopped(_log);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        foreach (var lane in _lanes)
        {
            await lane.DisposeAsync().ConfigureAwait(false);
        }

        await _activities.DisposeAsync().ConfigureAwait(false);
        await _trimmer.DisposeAsync().ConfigureAwait(false);
        _views.Dispose();
        _metrics.Dispose();
    }

    private LaneHost Host(Incarnation me) => new()
    {
        Store = _parts.Store,
        Model = _parts.Model,
        Time = _parts.Time,
        Random = _parts.Random,
        Listener = _parts.Listener,
        Metrics = _metrics,
        Log = _log,
        Feed = _hub,
        Router = _router,
        Activities = _activities,
        Me = me,
        LaneEnded = LaneEnded,
    };

    // One lane that is over takes the incarnation with it: its shards have no owner here any more.
    private void LaneEnded(string why)
    {
        if (_state is not EngineState.Stopped)
        {
            _state = EngineState.Ended;
            _router.Close();
            _ended.TrySetResult(why);
        }
    }
}
