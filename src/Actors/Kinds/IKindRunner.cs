using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors;

/// <summary>A kind behind a non-generic face, so that kernel, stores and links are not generic.</summary>
public interface IKindRunner
{
    /// <summary>State before the first event.</summary>
    object Initial { get; }

    /// <summary>Decides a command of the kind, or a message that the kind accepts.</summary>
    /// <exception cref="InvariantException">The kind has no such command.</exception>
    Decision<object> Decide(object state, object command, in Turn turn);

    /// <summary>The type that says whether a command is <see cref="DestructiveAttribute">destructive</see>: its own, or that of the saga it starts.</summary>
    Type Meaning(object command) => command.GetType();

    /// <summary>Applies one event.</summary>
    object Apply(object state, object fact);

    /// <summary>View changes that follow from one event.</summary>
    ImmutableArray<ViewOp> Project(EntityAddress self, object before, object fact, object after);

    /// <summary>Wraps the reply to a post with a token; null when the kind declared no <c>OnReply</c>.</summary>
    object? WrapReply(string token, Reply reply);

    /// <summary>Whether the kind declared <c>OnReply</c>; without it nothing may be sent with a token.</summary>
    bool TakesReplies => true;

    /// <summary>The generation of a state that has one.</summary>
    long? GenerationOf(object state);

    /// <summary>Whether the state says that the entity's life is over (its events may be trimmed later).</summary>
    bool IsEnded(object state);
}
