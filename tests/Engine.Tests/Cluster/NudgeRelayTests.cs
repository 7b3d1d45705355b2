using Gantry.Actors;
using Gantry.Actors.Runtime;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests;

/// <summary>Nudges reach the owner of their shard, whoever that is by then (engine 7).</summary>
[Trait("spec", "engine/7")]
public sealed class NudgeRelayTests
{
    private static readonly Incarnation Me = new(Guid.NewGuid());
    private static readonly Incarnation B = new(Guid.NewGuid());
    private static readonly Incarnation C = new(Guid.NewGuid());
    private static readonly EntityAddress Switch = new("switch", "r-0");
    private static readonly RelayedNudge Nudge = new("multicast_reconciler", "r-0", ForgetBackoff: true, Trace: null);

    private readonly ShardMap _map = new(1);
    private readonly Sent _links = new();
    private readonly List<RelayedNudge> _here = [];
    private readonly NudgeRelay _relay;
    private long _epoch;

    public NudgeRelayTests()
    {
        _map.Begin(Me);
        _relay = new NudgeRelay(_map, _links, _here.Add, TimeProvider.System);
        _map.Looked = _relay.Look;
    }

    [Fact]
    public void A_nudge_that_finds_no_owner_waits_for_one()
    {
        Owned(null);
        _relay.ToOwner(Switch, Nudge);
        _links.Frames.ShouldBeEmpty();

        Owned(B);

        _links.Frames.ShouldBe([(B, new LinkFrame.Nudge("multicast_reconciler", "r-0", true, null))]);
    }

    [Fact]
    public void A_nudge_that_went_to_a_former_owner_goes_to_the_next_one_too()
    {
        Owned(B);
        _relay.ToOwner(Switch, Nudge);

        Owned(C);
        Owned(C);

        _links.Frames.Select(f => f.To).ShouldBe([B, C]);
    }

    [Fact]
    public void A_nudge_for_a_node_that_cannot_be_reached_goes_when_it_can_be()
    {
        _links.IsDown = true;
        Owned(B);
        _relay.ToOwner(Switch, Nudge);
        _relay.ToMember(B, Nudge with { Key = null });

        _links.IsDown = false;
        _map.Touch();
        _map.Touch();

        _links.Frames.Select(f => ((LinkFrame.Nudge)f.Frame).Key).ShouldBe(["r-0", null], ignoreOrder: true);
    }

    [Fact]
    public void A_nudge_for_a_shard_that_comes_here_is_taken_here()
    {
        Owned(null);
        _relay.ToOwner(Switch, Nudge);

        _map.Serve(new ShardId(0), Me, 9);
        _relay.Look();

        _here.ShouldBe([Nudge]);
        _links.Frames.ShouldBeEmpty();
    }

    private void Owned(Incarnation? owner) => _map.Read(
        new ClusterSight(
            [.. new[] { Me, B, C }.Select(m => new MemberRow(m, new MemberProfile { NodeId = m.ToString() }, MemberState.Up, 1, [], HasOpenLane: true))],
            [new ShardOwner(new ShardId(0), owner, ++_epoch)]),
        TimeProvider.System.GetTimestamp());

    private sealed class Sent : INodeLinks
    {
        public bool IsDown { get; set; }

        public List<(Incarnation To, LinkFrame Frame)> Frames { get; } = [];

        public void Open(LinkPeer me, ILinkReceiver receiver)
        {
            // Nothing comes in.
        }

        public void Close()
        {
            // Nothing is open.
        }

        public void SetPeers(IReadOnlyList<LinkPeer> peers)
        {
            // Everybody is reached alike.
        }

        public bool TrySend(Incarnation to, LinkFrame frame)
        {
            if (!IsDown)
            {
                Frames.Add((to, frame));
            }

            return !IsDown;
        }

        public LinkState StateOf(Incarnation peer) => IsDown ? LinkState.None : LinkState.Up;
    }
}
