using System.Collections.Immutable;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>
/// The engine of one node: lanes over a store. Start opens the store and joins, which fences whoever had it before; stop answers
/// everybody and leaves. An incarnation that ends by itself (a bug of the kernel, an impossible answer of the store, a turn that hangs) is
/// followed by a new one, up to three times in ten minutes (engine 6). The store is disposed by whoever made it. Thread-safe.
/// </summary>
public sealed class ActorEngine : IAsyncDisposable
{
    private static readonly TimeSpan BusyAge = TimeSpan.FromMilliseconds(250);

    /// <summary>Ends within <see cref="EndsWindow"/> after which the engine stays down.</summary>
    public const int EndsMax = 3;

    /// <summary>See <see cref="EndsMax"/>.</summary>
    public static readonly TimeSpan EndsWindow = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan RejoinFirst = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RejoinMax = TimeSpan.FromSeconds(10);

    private readonly ActorEngineParts _parts;
    private readonly ILogger _log;
    private readonly FeedHub _hub = new();
    private readonly LaneRouter _router = new();
    private readonly EngineMetrics _metrics;
    private readonly ViewsReader _views;
    private readonly StoreKeeper _keeper;
    private readonly SuspectBook _suspects;
    private readonly QuarantineBook _quarantine = new();
    private readonly SnapshotBook _snapshots = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<DateTimeOffset> _ends = [];
    private readonly HashSet<Incarnation> _mine = [];
    private readonly InquiryDesk _inquiries;
    private readonly EntitiesClient _entities;
    private readonly NodeDesk _nodes;
    private ClusterDesk? _cluster;
    private ImmutableArray<IActivity> _activities = [];
    private Watchdog? _watchdog;
    private TurnFile? _turns;
    private EngineRun? _run;
    private Task _supervision = Task.CompletedTask;
    private volatile EngineState _state;
    private volatile string _standing = "not started";

    /// <summary>Builds it; nothing runs yet.</summary>
    public ActorEngine(ActorEngineParts parts)
    {
        _parts = parts;
        _log = parts.Logs.CreateLogger("Gantry.Actors.Runtime");
        _metrics = new EngineMetrics(() => _router.Lanes, _quarantine, _snapshots);
        _views = new ViewsReader(parts.Store, _metrics, parts.Time, parts.Random);
        _suspects = new SuspectBook(parts.Store.Maintenance, parts.Options.NodeId, parts.Time, _log);
        _keeper = new StoreKeeper(parts, _router, _metrics, _views, _log);
        _inquiries = new InquiryDesk(_log);
        Entities = _entities = new EntitiesClient(_router, parts.Time, parts.Random, _metrics);
        Feed = new EventFeed(parts.Store, parts.Model, _hub, parts.Time, _log);
        var relay = new OwnerRelay(() => _cluster, _inquiries, parts.Time);
        EntityAdmin = new EntityAdmin(parts.Store, parts.Model, _router, _quarantine, _snapshots, _suspects, relay, _log);
        var mail = new MailAdmin(parts.Store, parts.Model, _router, relay, _log);
        mail.Listen();
        MailAdmin = mail;
        var store = new StoreAdmin(parts.Store, parts.Model, _log);
        StoreAdmin = store;
        Nodes = _nodes = new NodeDesk(parts.Options.NodeId, () => _cluster, () => Scope.Owned, _inquiries, parts.MembershipTime ?? parts.Time, _log);
        Owners = new OwnerDesk(() => _cluster, _inquiries, parts.MembershipTime ?? parts.Time);
        ClusterAdmin = new ClusterAdmin(parts, store, _router, () => _cluster, _inquiries, _log);
    }

    /// <summary>Asks entities.</summary>
    public IEntities Entities { get; }

    /// <summary>Reads views.</summary>
    public IViews Views => _views;

    /// <summary>Follows events.</summary>
    public IEventFeed Feed { get; }

    /// <summary>Looks into entities.</summary>
    public IEntityAdmin EntityAdmin { get; }

    /// <summary>Looks at mail.</summary>
    public IMailAdmin MailAdmin { get; }

    /// <summary>Looks at the store.</summary>
    public IStoreAdmin StoreAdmin { get; }

    /// <summary>Asks all nodes what they keep in memory.</summary>
    public INodes Nodes { get; }

    /// <summary>Asks the owner of a shard what only that node holds.</summary>
    public IOwners Owners { get; }

    /// <summary>Where it stands.</summary>
    public EngineState State => _state;

    /// <summary>Where it stands, in words: why it joins anew, or why it stays down.</summary>
    public string Standing => _standing;

    /// <summary>Incarnations after the first since the start.</summary>
    public int Rejoins { get; private set; }

    /// <summary>Ends with the reason when the engine stays down (engine 6).</summary>
    public Task<string> Ended => _ended.Task;

    /// <summary>No command, message or activity is in hand. Timers that are not due do not count.</summary>
    public bool IsQuiet =>
        _state == EngineState.Running && _router.Lanes.All(l => l.IsQuiet) && _run is { Activities.RunningCount: 0 };

    /// <summary>The oldest end of a pass among the lanes; null before the start. A lane that turns passes every 2 s.</summary>
    public DateTimeOffset? LastPassAt => _router.Lanes.Count == 0 ? null : _router.Lanes.Min(l => l.PassAt);

    /// <summary>Why the store takes no commits of this node, and for how long that has been so; null while it does.</summary>
    public string? WhyNoCommits => _router.Lanes.Select(l => l.StoreTrouble).OfType<StoreTrouble>().MinBy(t => t.Since) is { } trouble
        ? $"no commit gets through for {(_parts.Time.GetUtcNow() - trouble.Since).TotalSeconds:0.#} s: {trouble.Why}"
        : null;

    /// <summary>
    /// Client commands pile up: one waits for longer than 250 ms, or a lane has more in hand than a shard may have before its mail is held. The
    /// first thing to wait then is resync (engine 9), well before mail and commands.
    /// </summary>
    public bool IsBusy => _router.Lanes.Any(l => l.OldestAges.Ask > BusyAge || l.AskCount + l.Inbox.ArrivalCount > LaneLimits.MailHighMark);

    /// <summary>The shards this node owns: all of them, on one node.</summary>
    /// <exception cref="InvalidOperationException">Before the start.</exception>
    public ShardSet Shards => Scope.Owned;

    /// <summary>The shards that this node works on, as they come and go.</summary>
    /// <exception cref="InvalidOperationException">Before the start.</exception>
    public IShardScope Scope => _cluster?.Scope ?? (IShardScope)new FixedScope(ShardSet.All(_parts.Store.Identity.ShardCount));

    /// <summary>Members and shards.</summary>
    public IClusterAdmin ClusterAdmin { get; }

    /// <summary>How its part in the cluster stands; null for a node that is alone.</summary>
    public ClusterStanding? Cluster => _cluster?.Standing();

    /// <summary>Opens the store, joins (which fences whoever had it before), and starts the lanes. Ends when all can commit.</summary>
    /// <exception cref="StoreRefusedException">The store cannot be opened; the message says what to do.</exception>
    public async Task StartAsync(CancellationToken ct)
    {
        _state = EngineState.Starting;
        _standing = "opens the store";
        var options = _parts.Options;
        await _parts.Store.OpenAsync(new StoreOptions(options.ShardCount, _parts.Model.Views), ct).ConfigureAwait(false);
        _watchdog = new Watchdog();
        _turns = await _suspects.OpenTurnsAsync(options.TurnsFile).ConfigureAwait(false);
        _activities = [.. _parts.Activities()];
        _nodes.Open(_parts.Questions());
        if (_parts.Membership is not null)
        {
            _cluster = new ClusterDesk(_parts, _router, _inquiries, _metrics, _log);
            _entities.Open(_cluster.Route);
        }

        _run = await JoinFirstAsync(ct).ConfigureAwait(false);
        _keeper.Start();
        _supervision = SuperviseAsync(_run);
    }

    /// <summary>Names the activities anew, for hosts that make some only once the engine runs.</summary>
    public void ReplaceActivities(IEnumerable<IActivity> activities)
    {
        _activities = [.. activities];
        _run?.Activities.Open(_activities);
    }

    /// <summary>
    /// A member of a cluster gives its shards to the others; commands that still come are passed on to them, until the stop. It ends when
    /// nothing is left here, or <see cref="ClusterOptions.DrainPatience"/> is over. A node that is alone has nothing to do here.
    /// </summary>
    public async Task DrainAsync()
    {
        if (_run is { Node: { } node } && _state == EngineState.Running)
        {
            _standing = "gives its shards away";
            await node.DrainAsync(_parts.Options.Cluster.DrainPatience).ConfigureAwait(false);
        }
    }

    /// <summary>Takes nothing new, finishes what is in hand, stops in reverse order. What was not finished is <c>Unavailable</c> or <c>Unknown</c>.</summary>
    public async Task StopAsync()
    {
        if (_state is EngineState.Created or EngineState.Stopped)
        {
            _state = EngineState.Stopped;
            return;
        }

        await DrainAsync().ConfigureAwait(false);
        (_state, _standing) = (EngineState.Stopped, "stopped");
        _router.Close();
        await _stop.CancelAsync().ConfigureAwait(false);
        await _keeper.StopAsync().ConfigureAwait(false);
        await _supervision.ConfigureAwait(false);
        if (_run is { } run)
        {
            await run.LeaveAsync(_parts.Options.StopPatience).ConfigureAwait(false);
        }

        _parts.Links.Close();
        RuntimeLog.Stopped(_log);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        if (_run is { } run)
        {
            await run.DisposeAsync().ConfigureAwait(false);
        }

        await _keeper.DisposeAsync().ConfigureAwait(false);
        _watchdog?.Dispose();
        _turns?.Dispose();
        _views.Dispose();
        _metrics.Dispose();
        _stop.Dispose();
    }

    private async Task<EngineRun> JoinFirstAsync(CancellationToken ct)
    {
        var run = await JoinAsync(ct).ConfigureAwait(false);
        while (run.Ended.IsCompleted)
        {
            var end = await run.Ended.ConfigureAwait(false);
            await run.DisposeAsync().ConfigureAwait(false);

            // Starting may take longer than the time-to-live on a machine that starts much at once: the others may judge, as later on.
            if (!IsJudged(end))
            {
                throw new StoreRefusedException($"the engine ended while it started: {end.Why}");
            }

            RuntimeLog.Rejoins(_log, end.Why, _ends.Count, EndsMax, EndsWindow.TotalMinutes);
            run = await RejoinAsync(ct).ConfigureAwait(false) ?? throw new StoreRefusedException(_standing);
            Rejoins++;
        }

        return run;
    }

    private async Task<EngineRun> JoinAsync(CancellationToken ct)
    {
        var run = _cluster is { } cluster
            ? await EngineRun.JoinClusterAsync(Host, (host, ended, gain) => cluster.NewNode(host, _suspects, ended, gain), _parts.Options, ct)
                .ConfigureAwait(false)
            : await EngineRun.JoinAsync(Host, _parts.Options, ct).ConfigureAwait(false);
        _mine.Add(run.Me);
        if (!run.Ended.IsCompleted)
        {
            (_state, _standing) = (EngineState.Running, "runs");
            RuntimeLog.Started(_log, run.Me.ToString(), _parts.Store.Identity.ShardCount, _parts.Options.Lanes);
        }

        return run;
    }

    private LaneHost Host(Action<EngineEnd> ended)
    {
        var activities = new ActivityRunner(_parts.Time, _parts.Random, _parts.Options.ActivityDeadline, _log);
        activities.Open(_activities);
        return new LaneHost
        {
            Store = _parts.Store,
            Membership = _parts.Membership,
            Ring = _cluster is { } cluster ? cluster.Links.RingOwner : null,
            Committed = _cluster is { } desk ? desk.Scope.TellOfSagas : null,
            Commits = _cluster is null ? null : new CommitWatch(_parts.MembershipTime ?? _parts.Time),
            Model = _parts.Model,
            Time = _parts.Time,
            Random = _parts.Random,
            Listener = _parts.Listener,
            Metrics = _metrics,
            Log = _log,
            Feed = _hub,
            Router = _router,
            Activities = activities,
            Watchdog = _watchdog!,
            Suspects = _suspects,
            Quarantine = _quarantine,
            Snapshots = _snapshots,
            LaneCount = _parts.Options.Lanes,
            Turns = _turns,
            EvidenceFolder = _parts.Options.EvidenceFolder,
            Me = new Incarnation(_parts.Random.NewGuid()),
            LaneEnded = end =>
            {
                // One lane that is over takes the incarnation with it: nobody is routed to it any more.
                if (_state != EngineState.Stopped)
                {
                    _router.Close();
                    ended(end);
                }
            },
        };
    }

    private async Task SuperviseAsync(EngineRun first)
    {
        var run = first;
        try
        {
            while (true)
            {
                var end = await run.Ended.WaitAsync(_stop.Token).ConfigureAwait(false);
                (_state, _standing) = (EngineState.Rejoining, $"joins anew: {end.Why}");
                _router.Close();
                if (await WhyStayDownAsync(run, end).ConfigureAwait(false) is { } why)
                {
                    await run.StopAsync(TimeSpan.Zero).ConfigureAwait(false);
                    (_state, _standing) = (EngineState.Ended, why);
                    _ended.TrySetResult(why);
                    return;
                }

                RuntimeLog.Rejoins(_log, end.Why, _ends.Count, EndsMax, EndsWindow.TotalMinutes);
                _run = null;
                await run.DisposeAsync().ConfigureAwait(false);
                if (run.Node is { } node && (end.Kind is EngineEndKind.Broke or EngineEndKind.Stuck || node.IsDraining))
                {
                    await node.GiveUpAsync(_parts.Store.Maintenance).ConfigureAwait(false);
                }
                if (await RejoinAsync(_stop.Token).ConfigureAwait(false) is not { } next)
                {
                    _state = EngineState.Ended;
                    _ended.TrySetResult(_standing);
                    return;
                }

                _run = run = next;
                Rejoins++;
                _parts.Listener.Rejoined();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The usual end.
        }
    }

    // A store that cannot be reached is waited for, however long: it says nothing about this incarnation.
    private async Task<EngineRun?> RejoinAsync(CancellationToken ct)
    {
        var pause = _cluster is null ? RejoinFirst : _parts.Options.Cluster.RejoinAfter;
        var refusals = 0;
        while (true)
        {
            await Task.Delay(pause * (0.5 + _parts.Random.NextDouble()), _parts.Time, ct).ConfigureAwait(false);
            pause = pause * 2 < RejoinMax ? pause * 2 : RejoinMax;
            try
            {
                _parts.Store.ForgetServer();
                if (await WhySupersededAsync(ct).ConfigureAwait(false) is { } why)
                {
                    _standing = why;
                    return null;
                }

                return await JoinAsync(ct).ConfigureAwait(false);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                _standing = $"joins anew, the store does not let it: {e.Message}";
                RuntimeLog.RejoinFailed(_log, e.Message);
                if (e is not StoreConnectionException && ++refusals >= EndsMax)
                {
                    return null;
                }
            }
        }
    }

    // Only the first join of a process takes the place of another: two that did so by turns would never end.
    private async Task<string?> WhySupersededAsync(CancellationToken ct)
    {
        if (_parts.Membership is not { } members)
        {
            return null;
        }

        var sight = await members.ReadAsync(ct).ConfigureAwait(false);
        return sight.Members.Any(m => m.Profile.NodeId == _parts.Options.NodeId
            && m.State is not (MemberState.Dead or MemberState.Left)
            && !_mine.Contains(m.Incarnation))
            ? $"another process joined as {_parts.Options.NodeId}; this one stays down"
            : null;
    }

    // In a cluster to be judged by others is no fault of this process, however often it happens: it may sit behind a bad line.
    private bool IsJudged(EngineEnd end) => _cluster is not null && end.Kind is EngineEndKind.Dead or EngineEndKind.Fenced;

    private async Task<string?> WhyStayDownAsync(EngineRun run, EngineEnd end)
    {
        if (end.Kind == EngineEndKind.Superseded)
        {
            return $"{end.Why}; this one stays down";
        }

        if (IsJudged(end))
        {
            return null;
        }

        // Nor is a store that went to another server.
        var now = _parts.Time.GetUtcNow();
        _ends.RemoveAll(e => e < now - EndsWindow);
        if (end.Kind != EngineEndKind.OtherServer)
        {
            _ends.Add(now);
        }

        if (_ends.Count >= EndsMax)
        {
            return $"{end.Why}; that was end {_ends.Count} within {EndsWindow.TotalMinutes:0} min, so the engine stays down";
        }

        if (_cluster is not null)
        {
            return null;
        }

        // Taking back what another process took would be a war that nobody wins.
        try
        {
            var isTaken = _parts.Store.Maintenance is { } maintenance
                ? await maintenance.IsTakenOverAsync(run.Me, _stop.Token).ConfigureAwait(false)
                : end.Kind == EngineEndKind.Fenced;
            return isTaken ? $"{end.Why}; another node has the store now" : null;
        }
        catch (StoreConnectionException)
        {
            return null;
        }
    }
}
