using Gantry.Actors;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;
using Gantry.Primitives;
using Shouldly;

namespace Gantry.Engine.Tests;

/// <summary>Node kernels over one store, in virtual time and on one thread: nodes beat, look, act; or are cut off, paused, killed.</summary>
internal sealed class ClusterWorld
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly MemoryStore _store;
    private readonly List<WorldNode> _nodes = [];

    public ClusterWorld(int shards, ulong seed)
    {
        Dice = new SeededRandomSource(seed);
        _store = new MemoryStore(Dice);
        Done(_store.OpenAsync(new StoreOptions(shards, []), default));
    }

    public IRandomSource Dice { get; }

    public IMembershipStore Members => _store.Membership;

    public TimeSpan Now { get; private set; }

    public IReadOnlyList<WorldNode> Nodes => _nodes;

    public ValueTask<LaneProbe> Probe(Incarnation me) => _store.ResolveAsync(me, 0, default);

    public WorldNode Add(string name)
    {
        var me = new Incarnation(Dice.NewGuid());
        Done(Members.JoinAsync(me, new MemberProfile { NodeId = name }, 1, default));
        Done(Members.EnterAsync(me, MemberState.Up, default));
        var node = new WorldNode(this, name, me);
        _nodes.Add(node);
        return node;
    }

    public void Run(TimeSpan time, Action? each = null)
    {
        for (var until = Now + time; Now < until; Now += Tick)
        {
            each?.Invoke();
            foreach (var node in _nodes.ToList())
            {
                node.Turn();
            }

            CheckOneOwner();
        }
    }

    public Dictionary<ShardId, Incarnation?> Owners() =>
        Done(Members.ReadAsync(default)).Shards.ToDictionary(s => s.Shard, s => s.Owner);

    public void EveryShardIsServed() => Done(Members.ReadAsync(default)).Shards.ShouldAllBe(
        s => _nodes.Any(n => n.Me == s.Owner && n.IsRunning && n.Kernel.Owned.GetValueOrDefault(s.Shard) == s.Epoch), $"at {Now}");

    public static T Done<T>(ValueTask<T> done) => done.IsCompletedSuccessfully ? done.Result : throw new InvariantException("memory waits for nothing");

    public static void Done(ValueTask done) => done.IsCompletedSuccessfully.ShouldBeTrue();

    // What a node believes may be old; what it could still commit is decided by the store alone.
    private void CheckOneOwner()
    {
        var sight = Done(Members.ReadAsync(default));
        foreach (var shard in sight.Shards)
        {
            var able = _nodes.Where(n => n.Kernel.Owned.GetValueOrDefault(shard.Shard, -1) == shard.Epoch && shard.Owner == n.Me).ToList();
            able.Count.ShouldBeLessThanOrEqualTo(1, $"shard {shard.Shard} at {Now}");
        }
    }
}

/// <summary>One process of the world.</summary>
internal sealed class WorldNode(ClusterWorld world, string name, Incarnation me)
{
    private TimeSpan _nextBeat;
    private TimeSpan _nextLook;

    public string Name { get; } = name;

    public Incarnation Me { get; } = me;

    public NodeKernel Kernel { get; } = new(new NodeSettings { NodeId = name, Me = me });

    /// <summary>Its process is gone.</summary>
    public bool IsKilled { get; set; }

    /// <summary>Its process does not turn.</summary>
    public bool IsPaused { get; set; }

    /// <summary>It cannot reach the store.</summary>
    public bool IsCutOff { get; set; }

    public NodeOutput.End? Ended { get; private set; }

    public bool IsDraining { get; private set; }

    public bool IsDrained { get; private set; }

    public bool IsRunning => !IsKilled && !IsPaused && Ended is null && !IsDrained;

    public void Turn()
    {
        if (!IsRunning)
        {
            return;
        }

        if (world.Now >= _nextBeat)
        {
            _nextBeat = world.Now + TimeSpan.FromSeconds(1);
            if (!IsCutOff && !ClusterWorld.Done(world.Members.BeatAsync(Me, [], default)))
            {
                Step(new NodeEvent.BeatRefused());
            }
        }

        if (world.Now >= _nextLook)
        {
            _nextLook = world.Now + TimeSpan.FromSeconds(0.5);
            Step(IsCutOff ? new NodeEvent.NotSeen("cut off") : new NodeEvent.Seen(ClusterWorld.Done(world.Members.ReadAsync(default))));
        }
    }

    public void Drain()
    {
        IsDraining = true;
        ClusterWorld.Done(world.Members.EnterAsync(Me, MemberState.Draining, default));
        Step(new NodeEvent.Drain());
    }

    public void Step(NodeEvent what)
    {
        foreach (var output in Kernel.Step(new NodeInput(world.Now, what)).ToList())
        {
            Do(output);
        }
    }

    private void Do(NodeOutput output)
    {
        switch (output)
        {
            case NodeOutput.Look:
                Step(new NodeEvent.Seen(ClusterWorld.Done(world.Members.ReadAsync(default))));
                break;
            case NodeOutput.DeclareDead dead:
                ClusterWorld.Done(world.Members.DeclareDeadAsync(dead.Who, dead.BeatSeen, default));
                break;
            case NodeOutput.Fence fence:
                Step(new NodeEvent.FenceDone(fence.Who, ClusterWorld.Done(world.Members.FenceAsync(fence.Who, default))));
                break;
            case NodeOutput.Claim claim:
                Step(new NodeEvent.Claimed(ClusterWorld.Done(world.Members.ClaimAsync(Me, claim.Shards, default))));
                break;
            case NodeOutput.Move move:
                Move(move);
                break;
            case NodeOutput.End end:
                Ended = end;
                break;
            case NodeOutput.Drained:
                IsDrained = true;
                ClusterWorld.Done(world.Members.EnterAsync(Me, MemberState.Left, default));
                break;
            default:
                break;
        }
    }

    // The lane's part of a move is its own transaction; here its session is opened for each.
    private void Move(NodeOutput.Move move)
    {
        var probe = ClusterWorld.Done(world.Probe(Me));
        var result = ClusterWorld.Done(
            world.Members.TransferAsync(new LaneTicket(Me, 0, probe.Session, probe.LastBatch + 1), move.Shard, move.To, default));
        var isGiven = result is CommitResult.Committed;
        Step(new NodeEvent.MoveEnded(move.Shard.Shard, isGiven));
        if (isGiven && move.IsHeld && world.Nodes.FirstOrDefault(n => n.Me == move.To) is { IsRunning: true } target)
        {
            target.Step(new NodeEvent.Given(move.Shard.Shard, move.Shard.Epoch + 1, IsHeld: true));
        }
    }
}
