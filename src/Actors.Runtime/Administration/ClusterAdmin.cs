using System.Collections.Immutable;
using System.Text;
using Gantry.Actors.Kernel;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>Members and shards for operators; orders that another node must carry out go to it over its link.</summary>
internal sealed class ClusterAdmin : IClusterAdmin
{
    private const string MoveShard = "cluster.move";
    private const string DrainNode = "cluster.drain";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ActorEngineParts _parts;
    private readonly LaneRouter _router;
    private readonly Func<ClusterDesk?> _cluster;
    private readonly Finalizing _finalizing;
    private readonly ILogger _log;

    public ClusterAdmin(ActorEngineParts parts, StoreAdmin store, LaneRouter router, Func<ClusterDesk?> cluster, InquiryDesk inquiries, ILogger log)
    {
        (_parts, _router, _cluster, _log) = (parts, router, cluster, log);
        _finalizing = new Finalizing(store, parts.Store, parts.Model, log);
        inquiries.On(MoveShard, (body, _) => ValueTask.FromResult<byte[]?>(MoveHere(Encoding.UTF8.GetString(body)) ? [] : null));
        inquiries.On(DrainNode, (_, _) => ValueTask.FromResult<byte[]?>(DrainHere() ? [] : null));
    }

    public ClusterReport Show() => _cluster() is { } cluster ? ShowCluster(cluster) : ShowAlone();

    public async ValueTask<AdminAnswer> MoveAsync(ShardId shard, string nodeId, AdminOrder order, CancellationToken ct)
    {
        if (_cluster() is not { } cluster)
        {
            return Alone();
        }

        if (shard.Value < 0 || shard.Value >= cluster.Map.ShardCount)
        {
            return AdminAnswer.Refused(Refusal.Invalid(
                "NoSuchShard", $"there is no shard {shard}; shards are 0 to {cluster.Map.ShardCount - 1}"));
        }

        if (MemberOf(cluster, nodeId) is not { State: MemberState.Up } target)
        {
            return NoSuchNode(cluster, nodeId, "up");
        }

        var seat = cluster.Map.SeatOf(shard);
        if (seat.Owner is not { } owner)
        {
            return AdminAnswer.Refused(Refusal.Conflict("ShardUnowned", $"shard {shard} has no owner at the moment", "try again in a few seconds"));
        }

        if (owner == target.Incarnation)
        {
            return AdminAnswer.Done($"shard {shard} is at {nodeId} already");
        }

        var effect = $"shard {shard} moves from {cluster.Map.NodeIdOf(owner)} to {nodeId}";
        if (order.IsDryRun)
        {
            return AdminAnswer.WouldDo(effect);
        }

        RuntimeLog.OrderedBy(_log, effect, order.Caller.ToString());
        var text = $"{shard.Value} {target.Incarnation}";
        var isDone = owner == cluster.Map.Me ? MoveHere(text) : await TellAsync(cluster, owner, MoveShard, text, ct).ConfigureAwait(false);
        return isDone ? AdminAnswer.Done(effect) : NotReached(cluster, owner);
    }

    public async ValueTask<AdminAnswer> DrainAsync(string nodeId, AdminOrder order, CancellationToken ct)
    {
        if (_cluster() is not { } cluster)
        {
            return Alone();
        }

        if (MemberOf(cluster, nodeId) is not { State: MemberState.Up or MemberState.Draining } member)
        {
            return NoSuchNode(cluster, nodeId, "up");
        }

        var effect = $"{nodeId} gives its shards away and takes none until it is started again";
        if (order.IsDryRun)
        {
            return AdminAnswer.WouldDo(effect);
        }

        RuntimeLog.OrderedBy(_log, effect, order.Caller.ToString());
        var isDone = member.Incarnation == cluster.Map.Me
            ? DrainHere()
            : await TellAsync(cluster, member.Incarnation, DrainNode, "", ct).ConfigureAwait(false);
        return isDone ? AdminAnswer.Done(effect) : NotReached(cluster, member.Incarnation);
    }

    public async ValueTask<AdminAnswer> ForgetAsync(string nodeId, AdminOrder order, CancellationToken ct)
    {
        if (_cluster() is not { } cluster || _parts.Membership is not { } members)
        {
            return Alone();
        }

        var sight = await members.ReadAsync(ct).ConfigureAwait(false);
        if (sight.Members.FirstOrDefault(m => m.Profile.NodeId == nodeId && m.State is not (MemberState.Dead or MemberState.Left)) is not { } member)
        {
            return NoSuchNode(cluster, nodeId, "living");
        }

        if (member.Incarnation == cluster.Map.Me)
        {
            return AdminAnswer.Refused(Refusal.Conflict("NodeIsThis", $"{nodeId} is the node that you ask", $"stop it, or: gantry node drain {nodeId}"));
        }

        var effect = $"{nodeId} is declared dead; its shards go to others; if it runs still it joins anew";
        if (order.IsDryRun)
        {
            return AdminAnswer.WouldDo(effect);
        }

        RuntimeLog.OrderedBy(_log, effect, order.Caller.ToString());

        // Who is alive beats meanwhile, and is then not what was seen.
        await Task.Delay(2 * _parts.Options.Cluster.Beat, _parts.Time, ct).ConfigureAwait(false);
        return await members.DeclareDeadAsync(member.Incarnation, member.Beat, ct).ConfigureAwait(false)
            ? AdminAnswer.Done(effect)
            : AdminAnswer.Refused(Refusal.Conflict(
                "NodeBeats", $"{nodeId} beats: it is alive", $"drain it with: gantry node drain {nodeId}; or stop its process first"));
    }

    public async ValueTask<AdminAnswer> FinalizeAsync(AdminOrder order, CancellationToken ct) =>
        _cluster() is null || _parts.Membership is not { } members ? Alone() : await _finalizing.RunAsync(members, order, ct).ConfigureAwait(false);

    private static AdminAnswer Alone() => AdminAnswer.Refused(Refusal.Conflict(
        "NoCluster", "this node is alone: its store is for one node", "run nodes over PostgreSQL (gantry.storage.kind = postgres, gantry.cluster.enabled = true)"));

    private static AdminAnswer NoSuchNode(ClusterDesk cluster, string nodeId, string state) => AdminAnswer.Refused(new Refusal(
        RefusalKind.NotFound,
        "NoSuchNode",
        $"no node named \"{nodeId}\" is {state}",
        $"members are: {string.Join(", ", cluster.Map.Members.Values.Select(m => $"{m.Profile.NodeId} ({m.State.ToString().ToLowerInvariant()})").Order(StringComparer.Ordinal))}"));

    private static AdminAnswer NotReached(ClusterDesk cluster, Incarnation node) => AdminAnswer.Refused(Refusal.Conflict(
        "NodeNotReached", $"{cluster.Map.NodeIdOf(node) ?? node.ToString()} did not take the order", "ask that node itself, or try again"));

    private static MemberRow? MemberOf(ClusterDesk cluster, string nodeId) =>
        cluster.Map.Members.Values.FirstOrDefault(m => m.Profile.NodeId == nodeId && m.State is not (MemberState.Dead or MemberState.Left));

    private bool MoveHere(string text)
    {
        var parts = text.Split(' ');
        if (_cluster() is not { Links.Node: { } node } cluster
            || parts.Length != 2
            || !int.TryParse(parts[0], System.Globalization.CultureInfo.InvariantCulture, out var number)
            || number < 0 || number >= cluster.Map.ShardCount
            || !Guid.TryParse(parts[1], out var to)
            || !cluster.Map.Serves(new ShardId(number)))
        {
            return false;
        }

        node.Post(new NodeEvent.MoveAsked(new ShardId(number), new Incarnation(to)));
        return true;
    }

    private bool DrainHere()
    {
        _cluster()?.OrderDrain();
        return _cluster() is not null;
    }

    private async ValueTask<bool> TellAsync(ClusterDesk cluster, Incarnation to, string what, string text, CancellationToken ct) =>
        await cluster.Links.InquireAsync(to, what, Encoding.UTF8.GetBytes(text), Patience, _parts.Time, ct).ConfigureAwait(false) is not null;

    private ClusterReport ShowCluster(ClusterDesk cluster)
    {
        var map = cluster.Map;
        var seats = Enumerable.Range(0, map.ShardCount).Select(i => (Shard: new ShardId(i), Seat: map.SeatOf(new ShardId(i)))).ToList();
        var preferred = Assignment.Of(map.Members.Values.Where(m => m.State == MemberState.Up), map.ShardCount).Preferred;
        var lanes = Math.Max(1, _router.Lanes.Count);
        return new ClusterReport
        {
            IsCluster = true,
            NodeId = _parts.Options.NodeId,
            Incarnation = map.Me,
            MapVersion = map.Version,
            Age = map.ReadAt is { } at ? (_parts.MembershipTime ?? _parts.Time).GetElapsedTime(at) : null,
            Members =
            [
                .. map.Members.Values.OrderBy(m => m.Profile.NodeId, StringComparer.Ordinal).ThenBy(m => m.Incarnation.Value).Select(m => new ClusterMemberCard
                {
                    NodeId = m.Profile.NodeId,
                    Incarnation = m.Incarnation,
                    State = m.State,
                    Beat = m.Beat,
                    Shards = seats.Count(s => s.Seat.Owner == m.Incarnation),
                    Link = m.Profile.Link,
                    PublicUrl = m.Profile.PublicUrl,
                    LinkState = m.Incarnation == map.Me ? "self" : _parts.Links.StateOf(m.Incarnation).ToString().ToLowerInvariant(),
                    Unreachable = m.Unreachable,
                    Weight = m.Profile.Weight,
                    Zone = m.Profile.Zone,
                    WireLevel = m.Profile.WireLevel,
                }),
            ],
            Shards =
            [
                .. seats.Select(s => new ShardCard
                {
                    Shard = s.Shard,
                    NodeId = map.NodeIdOf(s.Seat.Owner),
                    Owner = s.Seat.Owner,
                    Epoch = s.Seat.Epoch,
                    PreferredNodeId = preferred.IsEmpty ? null : map.NodeIdOf(preferred[s.Shard.Value]),
                    Lane = s.Seat.Standing is ShardStanding.Foreign or ShardStanding.Claiming ? null : s.Shard.Value % lanes,
                    Standing = s.Seat.Standing.ToString().ToLowerInvariant(),
                }),
            ],
        };
    }

    private ClusterReport ShowAlone()
    {
        var me = _router.Me;
        var shards = _router.ShardCount;
        var lanes = Math.Max(1, _router.Lanes.Count);
        return new ClusterReport
        {
            IsCluster = false,
            NodeId = _parts.Options.NodeId,
            Incarnation = me,
            MapVersion = 0,
            Age = me is null ? null : TimeSpan.Zero,
            Members = me is { } known
                ?
                [
                    new ClusterMemberCard
                    {
                        NodeId = _parts.Options.NodeId,
                        Incarnation = known,
                        State = MemberState.Up,
                        Beat = 0,
                        Shards = shards,
                        LinkState = "self",
                        Unreachable = ImmutableArray<string>.Empty,
                    },
                ]
                : [],
            Shards =
            [
                .. Enumerable.Range(0, me is null ? 0 : shards).Select(i => new ShardCard
                {
                    Shard = new ShardId(i),
                    NodeId = _parts.Options.NodeId,
                    Owner = me,
                    Epoch = 0,
                    PreferredNodeId = _parts.Options.NodeId,
                    Lane = i % lanes,
                    Standing = "serving",
                }),
            ],
        };
    }
}
