using System.Text.Json;
using System.Text.Json.Serialization;
using Gantry.Primitives;

namespace Gantry.Actors;

/// <summary>Where a saga stands. Pure; the steps themselves are in the definition of its version.</summary>
[Wire("saga.state")]
public sealed record SagaState
{
    public const string None = "none";
    public const string Running = "running";
    public const string Unwinding = "unwinding";
    public const string Stuck = "stuck";
    public const string Done = "done";
    public const string Unwound = "unwound";

    public static readonly SagaState Initial = new();

    /// <summary><c>none</c>, <c>running</c>, <c>unwinding</c>, <c>done</c> or <c>unwound</c>; stuck is a shade of unwinding.</summary>
    public string Phase { get; init; } = None;

    /// <summary>Version of the definition it began with.</summary>
    public int Version { get; init; }

    public int StepsTotal { get; init; }

    /// <summary>The step being done or undone.</summary>
    public int Index { get; init; }

    public string Step { get; init; } = "";

    public JsonElement Data { get; init; }

    /// <summary>True while the step's command or activity is out; false while its back-off runs.</summary>
    public bool IsOut { get; init; }

    /// <summary>Failed tries of this step or undo in a row.</summary>
    public int Attempts { get; init; }

    public bool IsSlow { get; init; }

    public string? LastError { get; init; }

    public Refusal? Why { get; init; }

    public DateTimeOffset Started { get; init; }

    /// <summary>When the present step or undo began, or when the saga ended.</summary>
    public DateTimeOffset Since { get; init; }

    public bool IsForgotten { get; init; }

    [JsonIgnore]
    public bool IsEnded => Phase is Done or Unwound;

    /// <summary>The word that operators see.</summary>
    [JsonIgnore]
    public string Word => Phase == Unwinding && Attempts >= SagaLimits.UndosBeforeStuck ? Stuck : Phase;

    public SagaState Apply(SagaEvent fact) => fact switch
    {
        SagaStarted e => Out(e.At) with
        {
            Phase = Running, Version = e.Version, StepsTotal = e.StepsTotal, Step = e.Step, Data = e.Data, Started = e.At,
        },
        SagaStepDone { Next: null } e => this with { Data = e.Data, IsOut = false },
        SagaStepDone e => Out(e.At) with { Index = e.NextIndex ?? (e.Index + 1), Step = e.Next!, Data = e.Data },
        SagaStepRetry e => this with { IsOut = false, Attempts = e.Attempt, LastError = e.Reason },
        SagaStepAgain => this with { IsOut = true },
        SagaStepSlow => this with { IsSlow = true },
        SagaUnwinding e => Out(e.At) with { Phase = Unwinding, Index = e.Undoing, Step = e.Step, Why = e.Why },
        SagaUndone { Next: { } next } e => Out(e.At) with { Index = next, Step = e.Step ?? "" },
        SagaUndone => this with { IsOut = false },
        SagaEnded e => this with
        {
            Phase = e.State, Why = e.Why, IsOut = false, IsSlow = false, Attempts = 0, LastError = null, Since = e.At,
        },
        SagaForgotten => this with { IsForgotten = true },
        _ => throw Invariant.Unreachable($"a saga has no event {fact.GetType().Name}"),
    };

    private SagaState Out(DateTimeOffset at) =>
        this with { IsOut = true, IsSlow = false, Attempts = 0, LastError = null, Since = at };
}
