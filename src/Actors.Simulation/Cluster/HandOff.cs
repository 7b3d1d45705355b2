using Gantry.Actors.Kernel;

namespace Gantry.Actors.Simulation;

/// <summary>One shard on its way out (engine 5.6): prepare, ready, give, go. What arrives meanwhile waits for its end, up to a bound.</summary>
internal sealed class HandOff(World world, MemberShell source, SimulatedNode node, ShardEpoch shard, SimulatedNode? target)
{
    private const int BufferMax = 64;

    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(2);

    private readonly List<LaneEvent.Arrive> _buffer = [];
    private bool _isGiving;
    private bool _isOver;

    /// <summary>Intake is stopped.</summary>
    public bool IsGiving => _isGiving && !_isOver;

    public void Begin()
    {
        world.After(ReadyWithin, () => node.Deliver(NotReady));
        if (target is null || !world.Links.TrySend(node, target, Prepared))
        {
            NotReady();
        }
    }

    /// <summary>Keeps an ask for whoever has the shard in the end; false when the buffer is full.</summary>
    public bool TryKeep(LaneEvent.Arrive ask)
    {
        if (_buffer.Count >= BufferMax)
        {
            return false;
        }

        _buffer.Add(ask);
        return true;
    }

    public void Ended(bool isGiven, long epoch)
    {
        _isOver = true;
        source.Moved(shard.Shard, isGiven, target!.Incarnation, epoch); // given only to one that is there
        if (!isGiven)
        {
            _buffer.ForEach(ask => Serve(node, ask));
        }
        else if (!world.Links.TrySend(node, target, Go))
        {
            // Never sent: it is certain that nothing was done.
            _buffer.ForEach(ask => ((IReplyTo)ask.ReplyTo).AnsweredBy(node, AskAnswer.Moved.Instance));
        }

        void Go(SimulatedNode taker)
        {
            taker.Member!.Given(shard.Shard, epoch); // a node of the cluster
            _buffer.ForEach(ask => Serve(taker, ask));
        }
    }

    private static void Serve(SimulatedNode at, LaneEvent.Arrive ask)
    {
        if (!at.Member!.TryServe(ask.Shard, ask)) // a node of the cluster
        {
            ((IReplyTo)ask.ReplyTo).AnsweredBy(at, AskAnswer.Moved.Instance);
        }
    }

    private void Prepared(SimulatedNode taker) => _ = world.Links.TrySend(taker, node, _ =>
    {
        if (!_isOver && !_isGiving)
        {
            _isGiving = true;
            source.GiveAway(shard, taker.Incarnation);
        }
    });

    private void NotReady()
    {
        if (!_isGiving && !_isOver)
        {
            _isOver = true;
            source.NotMoved(shard.Shard);
        }
    }
}
