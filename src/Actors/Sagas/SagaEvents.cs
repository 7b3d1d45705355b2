using System.Text.Json;
using Gantry.Primitives;

namespace Gantry.Actors;

/// <summary>A saga began and its first step is out.</summary>
[Wire("saga.started")]
public sealed record SagaStarted(int Version, int StepsTotal, string Step, JsonElement Data, DateTimeOffset At) : SagaEvent;

/// <summary>
/// A step is done. <paramref name="Next"/> is out now; null after the last. <paramref name="NextIndex"/> is given when steps between were not wanted.
/// </summary>
[Wire("saga.step-done")]
public sealed record SagaStepDone(int Index, JsonElement Data, string? Next, DateTimeOffset At, int? NextIndex = null) : SagaEvent;

/// <summary>A step or undo did not succeed and waits for its back-off. <paramref name="Attempt"/> counts from 1.</summary>
[Wire("saga.step-retry")]
public sealed record SagaStepRetry(int Index, int Attempt, string Reason, DateTimeOffset At) : SagaEvent;

/// <summary>The step or undo is out again.</summary>
[Wire("saga.step-again")]
public sealed record SagaStepAgain(int Index, DateTimeOffset At) : SagaEvent;

/// <summary>The step has been out for longer than its patience.</summary>
[Wire("saga.step-slow")]
public sealed record SagaStepSlow(int Index, DateTimeOffset At) : SagaEvent;

/// <summary>A step failed, which is known to have changed nothing; the undo of <paramref name="Undoing"/> is out.</summary>
[Wire("saga.unwinding")]
public sealed record SagaUnwinding(int Failed, Refusal Why, int Undoing, string Step, DateTimeOffset At) : SagaEvent;

/// <summary>A step is undone; the undo of <paramref name="Next"/> is out, or none is left.</summary>
[Wire("saga.undone")]
public sealed record SagaUndone(int Index, bool IsSkipped, int? Next, string? Step, DateTimeOffset At) : SagaEvent;

/// <summary>Nothing more will happen. <paramref name="Why"/> says what failed when everything was undone.</summary>
[Wire("saga.ended")]
public sealed record SagaEnded(string State, Refusal? Why, DateTimeOffset At) : SagaEvent;

/// <summary>The record goes out of the view.</summary>
[Wire("saga.forgotten")]
public sealed record SagaForgotten(DateTimeOffset At) : SagaEvent;

/// <summary>What happens to a saga. Data travels as JSON, so that one set of tags serves every saga.</summary>
public abstract record SagaEvent;
