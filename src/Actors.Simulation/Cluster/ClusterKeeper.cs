namespace Gantry.Actors.Simulation;

/// <summary>
/// Several nodes over one store: keeps a process per node, lets processes die, stop, be succeeded while they are only stopped, and drain; cuts
/// links between them and ways to the store, and lets the store fail over.
/// </summary>
internal sealed class ClusterKeeper(World world, ulong seed) : INodes
{
    private const int ProcessesMax = 14;

    private readonly Dice _dice = new(seed, "cluster");
    private readonly List<SimulatedNode> _all = [];
    private readonly Dictionary<string, SimulatedNode> _present = [];

    public SimulatedNode? Find(Incarnation incarnation) => _all.Find(n => n.Incarnation == incarnation);

    // Clients know addresses, not states: any process that still runs may be asked, a succeeded one too.
    public SimulatedNode? Choose(Dice dice)
    {
        var alive = _all.Where(n => !n.IsDead).ToList();
        return alive.Count == 0 ? null : alive[dice.Between(0, alive.Count - 1)];
    }

    public void Begin()
    {
        for (var i = 1; i <= world.Settings.Nodes; i++)
        {
            var name = $"node-{i}";
            world.After(_dice.Upto(2), () => Start(name));
        }

        world.After(TimeSpan.FromSeconds(3), Look);
        world.After(TimeSpan.FromSeconds(3), Strike);
    }

    public void Heal()
    {
        world.Links.Heal();
        world.Store.Mend();
        foreach (var node in _all)
        {
            node.Resume();
        }
    }

    public string? WhyNotQuiet()
    {
        if (_present.Count < world.Settings.Nodes)
        {
            return "not every node has started";
        }

        if (_all.Find(n => !n.IsDead && _present[n.NodeId!] != n) is { } former)
        {
            return $"{former.Name} still lives";
        }

        return world.Store.WhyNotOwned() ?? _present.Values.Select(n => n.WhyNotQuiet()).FirstOrDefault(w => w is not null);
    }

    private void Start(string name)
    {
        var node = new SimulatedNode(world, _all.Count + 1, seed, name);
        _all.Add(node);
        _present[name] = node;
        world.Note($"{node.Name} starts as {node.Incarnation.Value.ToString()[..8]}");
        node.Begin();
    }

    private void Look()
    {
        foreach (var (name, node) in _present.ToList())
        {
            if (node.IsDead)
            {
                Start(name);
            }
        }

        world.After(TimeSpan.FromSeconds(1) + _dice.Upto(3), Look);
    }

    private void Strike()
    {
        world.After(TimeSpan.FromMilliseconds(250), Strike);
        if (world.Faults.IsOver)
        {
            return;
        }

        foreach (var node in _present.Values.Where(n => n is { IsDead: false, IsJoined: true }).ToList())
        {
            Strike(node);
        }

        if (world.Faults.Strikes("cut", 0.02))
        {
            var (from, to) = (Some(), Some());
            world.Links.Cut(from, to, isOneWay: _dice.Chance(0.5), _dice.Chance(0.1) ? TimeSpan.FromHours(1) : _dice.Upto(15));
        }

        if (world.Faults.Strikes("outage", 0.004))
        {
            world.Store.Outage(_dice.Upto(12));
        }

        if (world.Faults.Strikes("fail-over", 0.002))
        {
            world.Store.FailOver();
        }

        if (world.Faults.Strikes("disk-full", 0.01))
        {
            world.Note("the disk is full");
            world.Store.FillDisk(_dice.Upto(5));
        }
    }

    private void Strike(SimulatedNode node)
    {
        var mayDie = _all.Count < ProcessesMax;
        if (mayDie && world.Faults.Strikes("kill", 0.007))
        {
            node.Kill("killed");
        }
        else if (mayDie && world.Faults.Strikes("stop-and-succeed", 0.005))
        {
            node.Stop(_dice.Upto(12));
            Start(node.NodeId!); // a node of a cluster has one
        }
        else if (mayDie && world.Faults.Strikes("drain", 0.004))
        {
            node.Member!.Drain(); // likewise
        }
        else if (world.Faults.Strikes("stop", 0.007))
        {
            node.Stop(_dice.Upto(10));
        }

        if (mayDie && world.Faults.Strikes("misbelief", 0.004))
        {
            node.Misbelieve(_dice);
        }

        // Only its beats are lost: the others fence it while it works.
        if (mayDie && world.Faults.Strikes("beats-lost", 0.003))
        {
            node.Member!.Mute(_dice.Upto(8)); // a node of a cluster is a member
        }

        if (world.Faults.Strikes("store-cut", 0.005))
        {
            world.Store.Cut(node.Incarnation, _dice.Upto(10));
        }

        if (world.Faults.Strikes("clock-step", 0.01))
        {
            node.StepClock(_dice.Upto(20) - TimeSpan.FromSeconds(10));
        }

        if (world.Faults.Strikes("move-shard", 0.05))
        {
            node.Member!.MoveSome(_dice, _present.Values.ElementAt(_dice.Between(0, _present.Count - 1)).Incarnation); // likewise
        }
    }

    private string Some() => $"node-{_dice.Between(1, world.Settings.Nodes)}";
}
