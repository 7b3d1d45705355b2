using System.Text.Json;
using Gantry.Primitives;

namespace Gantry.Actors;

/// <summary>
/// Begins a saga; one that has begun already is accepted and left as it is. Posted by entities through
/// <see cref="SagaKind.Start{TSaga,TData}"/>, asked by <see cref="ISagas"/>.
/// </summary>
/// <param name="Data">The saga's first data.</param>
[Wire("saga.start")]
public sealed record StartSaga(JsonElement Data) : ICommand<Done>;

/// <summary>How does the saga stand? Refused when it never began.</summary>
[Wire("saga.read")]
public sealed record ReadSaga : ICommand<SagaStanding>;

/// <summary>Answer of <see cref="ReadSaga"/>.</summary>
/// <param name="State"><c>running</c>, <c>unwinding</c>, <c>stuck</c>, <c>done</c> or <c>unwound</c>.</param>
/// <param name="Step">The step that is done or undone; the last one after the end.</param>
/// <param name="Data">The data as of the last finished step.</param>
/// <param name="Why">What made it unwind.</param>
[Wire("saga.standing")]
public sealed record SagaStanding(string State, string Step, JsonElement Data, Refusal? Why)
{
    /// <summary>Whether nothing more will happen.</summary>
    public bool IsEnded => State is SagaState.Done or SagaState.Unwound;
}

/// <summary>Operator: try the waiting step or undo now instead of at the end of its back-off.</summary>
[Wire("saga.retry")]
public sealed record RetrySaga : ICommand<Done>;

/// <summary>Operator: take the undo that does not succeed for done. Refused unless the saga is stuck.</summary>
[Wire("saga.skip"), Destructive(FleetRole = "admin")]
public sealed record SkipUndo : ICommand<Done>;

/// <summary>A back-off has passed.</summary>
[Wire("saga.again")]
public sealed record SagaAgain(string Token);

/// <summary>A step's patience has passed.</summary>
[Wire("saga.slow")]
public sealed record SagaSlow(string Token);

/// <summary>The record of an ended saga has been kept long enough.</summary>
[Wire("saga.forget")]
public sealed record ForgetSaga;

/// <summary>A reply has come. Made from mail, never mail itself.</summary>
internal sealed record SagaReplied(string Token, Reply Reply);
