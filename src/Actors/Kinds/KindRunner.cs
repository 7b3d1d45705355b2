using System.Collections.Frozen;
using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors;

/// <summary>Closes the type parameters of a kind over the non-generic kernel.</summary>
internal sealed class KindRunner<TDecider, TState, TCommand, TEvent>(
    string name, EntityKindBuilder<TState, TCommand, TEvent> declared) : IKindRunner
    where TDecider : IDecider<TState, TCommand, TEvent>
    where TState : class
    where TCommand : class
    where TEvent : class
{
    private readonly FrozenDictionary<Type, Func<object, TCommand>> _accepted = declared.Accepted.ToFrozenDictionary();

    public object Initial => TDecider.Initial;

    public Decision<object> Decide(object state, object command, in Turn turn)
    {
        var decision = TDecider.Decide((TState)state, Translate(command), turn);
        return new Decision<object>
        {
            Reply = decision.Reply,
            Events = decision.Events.IsEmpty ? [] : ImmutableArray<object>.CastUp(decision.Events),
            Effects = decision.Effects,
            Ignored = decision.Ignored,
        };
    }

    public object Apply(object state, object fact) => TDecider.Apply((TState)state, (TEvent)fact);

    public ImmutableArray<ViewOp> Project(EntityAddress self, object before, object fact, object after) =>
        declared.Projection is { } project ? project(self, (TState)before, (TEvent)fact, (TState)after) : [];

    public bool TakesReplies => declared.Replied is not null;

    public object? WrapReply(string token, Reply reply) => declared.Replied?.Invoke(token, reply);

    public long? GenerationOf(object state) => (state as IHasGeneration)?.Generation;

    public bool IsEnded(object state) => declared.Ended?.Invoke((TState)state) ?? false;

    private TCommand Translate(object command)
    {
        if (command is TCommand own)
        {
            return own;
        }

        return _accepted.TryGetValue(command.GetType(), out var translate)
            ? translate(command)
            : throw new InvariantException($"kind {name} has no command {command.GetType().Name}");
    }
}
