using Gantry.Actors.Kernel;

namespace Gantry.Actors.Simulation;

/// <summary>
/// A client's command at the node that took it: goes to the lane or to the node that owns its shard, follows at most three hops, and ends as
/// <c>Unknown</c> when a node that got it says nothing (engine 5.7).
/// </summary>
internal sealed class RoutedAsk(World world, SimulatedNode gateway, Attempt attempt, EntityAddress to, CommandKey key, object command, TimeSpan deadline)
    : IReplyTo
{
    private const int HopsMax = 3;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly TimeSpan _until = world.Now + deadline;
    private int _hops;
    private bool _isOver;

    private Ask Ask => attempt.Ask;

    // What the journal had of the command when a far lane answered it.
    private JournalEntry? Journal { get; set; }

    public void Begin()
    {
        world.After(deadline + Grace, () => gateway.Deliver(() => End(new AskAnswer.Unknown("no answer within the deadline"))));
        Route();
    }

    public void AnsweredBy(SimulatedNode node, AskAnswer answer)
    {
        if (answer is not AskAnswer.Moved)
        {
            End(answer);
        }
        else if (++_hops >= HopsMax || world.Now >= _until)
        {
            End(Unavailable());
        }
        else
        {
            Route();
        }
    }

    private static AskAnswer.Unavailable Unavailable() => new(TimeSpan.FromSeconds(1));

    private void Route()
    {
        var shard = ShardId.Of(to, world.Settings.ShardCount);
        var member = gateway.Member!; // only nodes of a cluster route
        if (member.TryServe(shard, Envelope(gateway, this)))
        {
            return;
        }

        var owner = member.OwnerOf(shard) is { } known ? world.Nodes.Find(known) : null;
        if (owner is null || owner == gateway || !world.Links.TrySend(gateway, owner, Arrived))
        {
            End(Unavailable());
        }
    }

    private void Arrived(SimulatedNode owner)
    {
        var shard = ShardId.Of(to, world.Settings.ShardCount);
        var reply = new Far(world, owner, gateway, this);
        if (!owner.Member!.TryServe(shard, Envelope(owner, reply))) // reached over a link of the cluster
        {
            reply.AnsweredBy(owner, AskAnswer.Moved.Instance);
        }
    }

    private LaneEvent.Arrive Envelope(SimulatedNode node, IReplyTo replyTo) => new()
    {
        To = to,
        Shard = ShardId.Of(to, world.Settings.ShardCount),
        Command = command,
        Key = key,
        Caller = Principal.Engine,
        Deadline = node.Clock + (_until > world.Now ? _until - world.Now : TimeSpan.Zero),
        ReplyTo = replyTo,
    };

    private void End(AskAnswer answer)
    {
        if (!_isOver && gateway.StopsWaiting(attempt))
        {
            _isOver = true;
            attempt.Answered(answer, Journal);
        }
    }

    /// <summary>The way back: the answer is a frame like any other.</summary>
    private sealed class Far(World world, SimulatedNode owner, SimulatedNode gateway, RoutedAsk ask) : IReplyTo
    {
        public void AnsweredBy(SimulatedNode node, AskAnswer answer)
        {
            // What is true now is what it says; another attempt may change it while the answer is on its way.
            var journal = world.Judge.JournalOf(ask.Ask);
            _ = world.Links.TrySend(owner, gateway, _ =>
            {
                if (answer is AskAnswer.Moved)
                {
                    gateway.Member!.NotThere(owner.Incarnation); // it asked over a link
                }
                else
                {
                    ask.Journal = journal;
                }

                ask.AnsweredBy(gateway, answer);
            });
        }
    }
}
