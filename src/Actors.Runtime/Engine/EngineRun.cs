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

    public Incarnation Me => _host.Me;

    public Task<EngineEnd> Ended => _ended.Task;

    public ActivityRunner Activities => _host.Activities;

    public IReadOnlyList<LaneLoop> Lanes => _lanes;

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
        host.Feed.Open(shards, host.Store.Identity.ShardCount);
        for (var i = 0; i < options.Lanes; i++)
        {
            run._lanes.Add(new LaneLoop(host, i));
        }

        host.Router.Open([.. run._lanes], host.Store.Identity.ShardCount);
        foreach (var lane in run._lanes)
        {
            lane.Start(
                shards.Where(s => s.Shard.Value % options.Lanes == lane.Number),
                suspects.Where(s => ShardId.Of(s.Entity, host.Router.ShardCount).Value % options.Lanes == lane.Number));
        }

        await Task.WhenAny(Task.WhenAll(run._lanes.Select(l => l.Connected)), ended.Task).WaitAsync(ct).ConfigureAwait(false);
        return run;
    }

    /// <summary>Stops activities and lanes; what does not stop is left behind.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        await _host.Activities.StopAsync().ConfigureAwait(false);
        await Task.WhenAll(_lanes.Select(async lane =>
        {
            try
            {
                await lane.StopAsync(patience).WaitAsync(patience + LeaveBehindAfter, TimeProvider.System).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                RuntimeLog.LaneLeftBehind(_host.Log, lane.Number);
            }
        })).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        foreach (var lane in _lanes.Where(l => l.HasStopped))
        {
            await lane.DisposeAsync().ConfigureAwait(false);
        }

        await _host.Activities.DisposeAsync().ConfigureAwait(false);
    }
}
