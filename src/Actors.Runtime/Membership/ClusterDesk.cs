using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>What a member of a cluster keeps over its incarnations: the map, the links, the way of commands, the scope of reconcilers.</summary>
internal sealed class ClusterDesk
{
    private readonly ActorEngineParts _parts;
    private readonly LaneRouter _router;
    private readonly EngineMetrics _metrics;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private volatile bool _isDrainOrdered;

    public ClusterDesk(ActorEngineParts parts, LaneRouter router, InquiryDesk inquiries, EngineMetrics metrics, ILogger log)
    {
        (_parts, _router, _metrics, _log) = (parts, router, metrics, log);
        _time = parts.MembershipTime ?? parts.Time;
        Map = new ShardMap(parts.Store.Identity.ShardCount);
        Links = new LinkDesk(Map, router, parts.Links, new LinkCodec(parts.Model.Wire), inquiries, metrics, parts.Time, parts.Random, log);
        Route = new AskRoute(Links, parts.Time, parts.Random);
        Scope = new ClusterScope(Map, Links, parts.Listener, metrics, _time);
        metrics.Members = () => Map.Members.Values.Select(m => m.State);
    }

    public ShardMap Map { get; }

    public LinkDesk Links { get; }

    public AskRoute Route { get; }

    public ClusterScope Scope { get; }

    public NodeShell NewNode(
        LaneHost host, SuspectBook suspects, Action<EngineEnd> ended,
        Action<ShardEpoch, IEnumerable<(EntityAddress Entity, string Why)>> gain)
    {
        var node = new NodeShell(new NodeParts
        {
            Me = host.Me,
            NodeId = _parts.Options.NodeId,
            Options = _parts.Options.Cluster,
            Store = _parts.Membership!, // a desk is made only with it
            Links = _parts.Links,
            Receiver = Links,
            Map = Map,
            Router = _router,
            Suspects = suspects,
            Commits = host.Commits!, // made with the desk
            Metrics = _metrics,
            Time = _time,
            Random = _parts.Random,
            Log = _log,
            Gain = gain,
            IsDrainOrdered = () => _isDrainOrdered,
            Ended = ended,
        });
        Links.Node = node;
        return node;
    }

    /// <summary>An operator wants this node empty: it takes no shards until the process is started again, in whatever incarnation.</summary>
    public void OrderDrain()
    {
        // First the order: an incarnation that begins just now finds it.
        _isDrainOrdered = true;
        _ = Links.Node?.DrainAsync(_parts.Options.Cluster.DrainPatience);
    }

    public ClusterStanding Standing() => new(
        Map.Me is not null,
        Map.ReadAt is { } at ? _time.GetElapsedTime(at) : null,
        Links.Node?.BeatAge,
        Links.Node?.IsDraining == true,
        Map.Own().Count,
        Map.Members.Values.Count(m => m.State == MemberState.Up))
        {
            StepAge = Links.Node?.StepAge ?? TimeSpan.Zero,
            StepAgeMax = NodeShell.StepAgeMax(_parts.Options.Cluster),
        };
}
