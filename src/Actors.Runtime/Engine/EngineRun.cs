namespace Gantry.Actors.Runtime;

/// <summary>One incarnation: its lanes and its activities, from join to end. It never comes back; the engine makes a new one.</summary>
internal sealed class EngineRun : IAsyncDisposable
{
    // A lane that does not turn is left behind: its thread cannot be ended, its fence can.
    private static readonly TimeSpan LeaveBehindAfter = TimeSpan.FromSeconds(2);

    private readonly LaneHost _host;
    private readonly TaskCompletionSource<EngineEnd> _ended;
    private readonly List<LaneLoop> _lanes = [];

    private EngineRun(LaneHost host, TaskCompletionSource<EngineEnd> ended) => (_host, _ended) = (host, ended);

    /// <summary>Its part in the cluster; null for a node that is alone.</summary>
    public NodeShell? Node { get; private set; }

    public Incarnation Me => _host.Me;

    public Task<EngineEnd> Ended => _ended.Task;

    public ActivityRunner Activities => _host.Activities;

    public IReadOnlyList<LaneLoop> Lanes => _lanes;

    /// <summary>Joins a cluster and starts lanes without shards, which come later; ends when all lanes can commit or the run has ended.</summary>
    public static async Task<EngineRun> JoinClusterAsync(
        Func<Action<EngineEnd>, LaneHost> makeHost, Func<LaneHost, Action<EngineEnd>, Action<ShardEpoch, IEnumerable<(EntityAddress, string)>>, NodeShell> makeNode,
        ActorEngineOptions options, CancellationToken ct)
    {
        var ended = new TaskCompletionSource<EngineEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        var host = makeHost(end => ended.TrySetResult(end));
        var run = new EngineRun(host, ended);
        var members = host.Membership ?? throw new Primitives.InvariantException("a cluster is joined through a membership store");
        var cluster = options.Cluster;
        var profile = new MemberProfile
        {
            NodeId = options.NodeId,
            Link = cluster.Link?.ToString(),
            PublicUrl = cluster.PublicUrl?.ToString(),
            Weight = cluster.Weight,
            Zone = cluster.Zone,
        };
        if (await members.JoinAsync(host.Me, profile, options.Lanes, ct).ConfigureAwait(false) is { } former)
        {
            RuntimeLog.Superseded(host.Log, options.NodeId, former.ToString());
        }

        host.Quarantine.Clear();
        host.Snapshots.Clear();
        host.Feed.Open([], host.Store.Identity.ShardCount);
        run.Node = makeNode(host, host.LaneEnded, (shard, suspects) => run._lanes[shard.Shard.Value % run._lanes.Count].Gain(shard, suspects));
        host.TransferEnded = run.Node.HandOff.Ended;
        run.StartLanes(options.Lanes, _ => [], _ => []);
        await run.ConnectedAsync(ct).ConfigureAwait(false);
        if (!ended.Task.IsCompleted)
        {
            await run.Node.StartAsync(ct).ConfigureAwait(false);
        }

        return run;
    }

    /// <summary>Joins, which fences whoever had the shards before, and starts lanes; ends when all can commit or the run has ended.</summary>
    public static async Task<EngineRun> JoinAsync(
        Func<Action<EngineEnd>, LaneHost> makeHost, ActorEngineOptions options, CancellationToken ct)
    {
        var ended = new TaskCompletionSource<EngineEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        var host = makeHost(end => ended.TrySetResult(end));
        var run = new EngineRun(host, ended);
        var shards = await host.Store.JoinAsync(host.Me, options.NodeId, options.Lanes, ct).ConfigureAwait(false);
        var suspects = await host.Suspects.ReadAsync(ct).ConfigureAwait(false);
        host.Quarantine.Clear();
        host.Snapshots.Clear();
        host.Feed.Open(shards, host.Store.Identity.ShardCount);
        run.StartLanes(
            options.Lanes,
            lane => shards.Where(s => s.Shard.Value % options.Lanes == lane),
            lane => suspects.Where(s => ShardId.Of(s.Entity, host.Router.ShardCount).Value % options.Lanes == lane));
        await run.ConnectedAsync(ct).ConfigureAwait(false);
        return run;
    }

    /// <summary>Gives everything away and then stops in order; what was left is released.</summary>
    public async Task LeaveAsync(TimeSpan patience)
    {
        var lanesStopped = await StopLanesAsync(patience).ConfigureAwait(false);
        if (Node is { } node)
        {
            await node.StopAsync().ConfigureAwait(false);
            await node.LeaveAsync(lanesStopped).ConfigureAwait(false);
        }
    }

    /// <summary>Stops activities and lanes; what does not stop is left behind.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        // First nobody is told that we serve anything, so that what comes now waits for whoever does.
        if (Node is { } node)
        {
            await node.StopAsync().ConfigureAwait(false);
        }

        await StopLanesAsync(patience).ConfigureAwait(false);
    }

    private void StartLanes(
        int count, Func<int, IEnumerable<ShardEpoch>> shards, Func<int, IEnumerable<(EntityAddress Entity, string Why)>> suspects)
    {
        for (var i = 0; i < count; i++)
        {
            _lanes.Add(new LaneLoop(_host, i));
        }

        _host.Router.Open([.. _lanes], _host.Store.Identity.ShardCount);
        foreach (var lane in _lanes)
        {
            lane.Start(shards(lane.Number), suspects(lane.Number));
        }
    }

    private Task ConnectedAsync(CancellationToken ct) =>
        Task.WhenAny(Task.WhenAll(_lanes.Select(l => l.Connected)), _ended.Task).WaitAsync(ct);

    private async Task<bool> StopLanesAsync(TimeSpan patience)
    {
        await _host.Activities.StopAsync().ConfigureAwait(false);
        var isClean = true;
        await Task.WhenAll(_lanes.Select(async lane =>
        {
            try
            {
                await lane.StopAsync(patience).WaitAsync(patience + LeaveBehindAfter, TimeProvider.System).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                RuntimeLog.LaneLeftBehind(_host.Log, lane.Number);
                isClean = false;
            }
        })).ConfigureAwait(false);
        return isClean;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        foreach (var lane in _lanes.Where(l => l.HasStopped))
        {
            await lane.DisposeAsync().ConfigureAwait(false);
        }

        if (Node is { } node)
        {
            await node.DisposeAsync().ConfigureAwait(false);
        }

        await _host.Activities.DisposeAsync().ConfigureAwait(false);
    }
}
