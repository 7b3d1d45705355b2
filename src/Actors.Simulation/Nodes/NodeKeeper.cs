namespace Gantry.Actors.Simulation;

/// <summary>Starts a node when there is none, and lets processes die, stop and be succeeded while they are only stopped.</summary>
internal sealed class NodeKeeper(World world, ulong seed) : INodes
{
    /// <summary>Mail that was loaded eight times without being consumed is parked (engine 4.6), which is no fault of ours.</summary>
    private const int NodesMax = 7;

    private readonly Dice _dice = new(seed, "nodes");
    private readonly List<SimulatedNode> _former = [];
    private SimulatedNode? _node;
    private int _count;

    // A former node that may not know yet that it is one.
    private SimulatedNode? Zombie => _former.FindLast(n => !n.IsDead);

    public SimulatedNode? Choose(Dice dice) => Zombie is { } zombie && dice.Chance(0.5) ? zombie : _node;

    public SimulatedNode? Find(Incarnation incarnation) => _former.Append(_node).FirstOrDefault(n => n?.Incarnation == incarnation);

    public void Begin()
    {
        Start();
        world.After(TimeSpan.FromSeconds(1), Look);
        world.After(TimeSpan.FromSeconds(1), Strike);
    }

    /// <summary>Nothing goes wrong any more.</summary>
    public void Heal()
    {
        foreach (var node in _former.Append(_node).OfType<SimulatedNode>())
        {
            node.Resume();
        }
    }

    public string? WhyNotQuiet() => Zombie is { } zombie && zombie != _node
        ? zombie.IsJoined ? null : $"{zombie.Name} still lives"
        : _node?.WhyNotQuiet() ?? (_node is null ? "no node" : null);

    private void Start()
    {
        _node = new SimulatedNode(world, ++_count, seed);
        world.Note($"{_node.Name} starts");
        _node.Begin();
    }

    private void Look()
    {
        if (_node is null or { IsDead: true })
        {
            Start();
        }

        world.After(_dice.Upto(2), Look);
    }

    private void Strike()
    {
        world.After(TimeSpan.FromMilliseconds(250), Strike);
        if (_node is not { IsDead: false, IsJoined: true } node || world.Faults.IsOver)
        {
            return;
        }

        var mayDie = _count < NodesMax;
        if (mayDie && world.Faults.Strikes("kill", 0.02))
        {
            node.Kill("killed");
        }
        else if (mayDie && world.Faults.Strikes("stop-and-succeed", 0.02))
        {
            node.Stop(_dice.Upto(6));
            _former.Add(node);
            Start();
        }
        else if (world.Faults.Strikes("stop", 0.02))
        {
            node.Stop(_dice.Upto(4));
        }

        if (mayDie && world.Faults.Strikes("misbelief", 0.01))
        {
            node.Misbelieve(_dice);
        }

        if (world.Faults.Strikes("clock-step", 0.02))
        {
            node.StepClock(_dice.Upto(20) - TimeSpan.FromSeconds(10));
        }

        if (world.Faults.Strikes("move-shard", 0.1))
        {
            node.MoveShard();
        }

        if (world.Faults.Strikes("disk-full", 0.01))
        {
            world.Note("the disk is full");
            world.Store.FillDisk(_dice.Upto(5));
        }
    }
}
