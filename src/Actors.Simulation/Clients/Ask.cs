using Gantry.Actors.Kernel;

namespace Gantry.Actors.Simulation;

/// <summary>One client command with its key, over all its attempts.</summary>
internal sealed class Ask(World world, EntityAddress to, CommandKey key, object command)
{
    // What was committed when the first of those attempts was sent that may still be in a lane's hand: a repeat joins it.
    private long _revisionAtFirst;

    public EntityAddress To => to;

    public CommandKey Key => key;

    public object Command => command;

    /// <summary>Attempts without an answer.</summary>
    public int Open { get; set; }

    /// <summary>Attempts of which nobody knows whether they were done.</summary>
    public int Unknown { get; set; }

    public bool IsAccepted { get; set; }

    /// <summary>Nothing of it can still be on its way, and nobody said that it was done.</summary>
    public bool IsCertainlyNotDone => Open == 0 && Unknown == 0 && !IsAccepted;

    public override string ToString() => $"{command} of {key} to {to}";

    public void Send(SimulatedNode? node, TimeSpan network, TimeSpan deadline, Action<AskAnswer> done)
    {
        if (Open == 0 && Unknown == 0)
        {
            _revisionAtFirst = world.Judge.RevisionOf(to);
        }

        Open++;
        var attempt = new Attempt(world, this, _revisionAtFirst, network, done);
        world.Note($"ask {this} at {node?.Name}");
        world.After(network, () =>
        {
            if (node is null)
            {
                attempt.Answered(new AskAnswer.Unavailable(TimeSpan.FromSeconds(1)));
            }
            else
            {
                node.Ask(attempt, to, key, command, deadline);
            }
        });
    }
}

/// <summary>One sending of a command to one node.</summary>
internal sealed class Attempt(World world, Ask ask, long revisionAtSending, TimeSpan network, Action<AskAnswer> done) : IReplyTo
{
    private bool _isOver;

    public Ask Ask => ask;

    /// <summary>What was committed when the client sent it, or the one it may join: no answer may be older.</summary>
    public long RevisionAtSending => revisionAtSending;

    public void AnsweredBy(SimulatedNode node, AskAnswer answer)
    {
        // With one node there is nowhere else to go: the caller tries again.
        node.StopsWaiting(this);
        Answered(answer is AskAnswer.Moved ? new AskAnswer.Unavailable(TimeSpan.FromSeconds(1)) : answer);
    }

    /// <summary>The process died: nobody answers.</summary>
    public void BrokenOff(TimeSpan after) => world.After(after, () => Answered(new AskAnswer.Unknown("the connection broke")));

    public void Answered(AskAnswer answer, JournalEntry? journal = null)
    {
        if (_isOver)
        {
            world.Judge.Violated("I5", $"{ask} was answered twice");
        }

        _isOver = true;
        ask.Open--;
        world.Note($"answer {ask.Key}: {answer}");
        world.Judge.Answered(this, answer, journal ?? world.Judge.JournalOf(ask));
        world.After(network, () => done(answer));
    }
}
