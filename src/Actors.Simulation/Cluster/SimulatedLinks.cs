namespace Gantry.Actors.Simulation;

/// <summary>
/// Links between nodes: ordered in each direction, late, and cut one way or both. A frame that is on its way into a cut is lost; who wants to
/// send into one that is known to be cut is told so, as production's pings tell it after a while.
/// </summary>
internal sealed class SimulatedLinks(World world, ulong seed)
{
    private static readonly TimeSpan KnownAfter = TimeSpan.FromSeconds(3);

    private readonly Dice _dice = new(seed, "links");
    private readonly Dictionary<(string, string), (TimeSpan Since, TimeSpan Until)> _cuts = [];
    private readonly Dictionary<(Incarnation, Incarnation), TimeSpan> _lastArrival = [];

    public void Cut(string from, string to, bool isOneWay, TimeSpan time)
    {
        if (from == to)
        {
            return;
        }

        world.Note($"cut {from} to {to}{(isOneWay ? "" : " and back")} for {time.TotalSeconds:0.0} s");
        _cuts[(from, to)] = (world.Now, world.Now + time);
        if (!isOneWay)
        {
            _cuts[(to, from)] = (world.Now, world.Now + time);
        }
    }

    /// <summary>Every cut ends, but for one that was made for ever: the cluster must do with it.</summary>
    public void Heal()
    {
        foreach (var (edge, cut) in _cuts.ToList())
        {
            if (cut.Until - cut.Since < TimeSpan.FromMinutes(30))
            {
                _cuts.Remove(edge);
            }
        }
    }

    /// <summary>Sends; false when the link is known not to work, in which case nothing was sent. Pings are per direction, a link needs both.</summary>
    public bool TrySend(SimulatedNode from, SimulatedNode to, Action<SimulatedNode> deliver)
    {
        if (from.IsDead || IsKnownCut(from, to) || IsKnownCut(to, from) || (to.IsDead && world.Faults.Strikes("link-refused", 0.5)))
        {
            return false;
        }

        var arrival = world.Now + (world.Faults.Strikes("link-late", 0.02) ? _dice.Upto(3) : _dice.Upto(0.004));
        var edge = (from.Incarnation, to.Incarnation);
        if (_lastArrival.TryGetValue(edge, out var last) && arrival <= last)
        {
            arrival = last + TimeSpan.FromTicks(1);
        }

        _lastArrival[edge] = arrival;
        var isLost = world.Faults.Strikes("link-broke", 0.01);
        world.After(arrival - world.Now, () =>
        {
            if (!isLost && !IsCut(from, to))
            {
                to.Deliver(() => deliver(to));
            }
        });
        return true;
    }

    private bool IsCut(SimulatedNode from, SimulatedNode to) =>
        _cuts.TryGetValue((from.NodeId!, to.NodeId!), out var cut) && world.Now >= cut.Since && world.Now < cut.Until; // nodes of a cluster

    private bool IsKnownCut(SimulatedNode from, SimulatedNode to) =>
        IsCut(from, to) && world.Now - _cuts[(from.NodeId!, to.NodeId!)].Since >= KnownAfter; // likewise
}
