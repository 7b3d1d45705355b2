namespace Gantry.Actors;

/// <summary>
/// A pure state machine. Static members on purpose: there is nowhere to put a clock, a client or a logger (engine 2.1).
/// <c>Decide</c> and <c>Apply</c> never throw for any input; a throw is a bug of the decider.
/// </summary>
public interface IDecider<TState, TCommand, TEvent>
    where TState : class
    where TCommand : class
    where TEvent : class
{
    /// <summary>The state of an entity that does not exist yet.</summary>
    static abstract TState Initial { get; }

    /// <summary>What the command would do to the state. A refusal has no events; effects need at least one event.</summary>
    static abstract Decision<TEvent> Decide(TState state, TCommand command, in Turn turn);

    /// <summary>The state after the fact. Recovery and live run call the same function.</summary>
    static abstract TState Apply(TState state, TEvent fact);
}

/// <summary>A state whose asked-for part has a generation: the ETag <c>"g12"</c> of operator-experience 5.</summary>
public interface IHasGeneration
{
    /// <summary>Rises by one when what was asked for changes; reports from devices leave it alone. 0 before creation.</summary>
    long Generation { get; }
}

/// <summary>Marks a command with the type of its accepted reply.</summary>
public interface ICommand<TReply>;
