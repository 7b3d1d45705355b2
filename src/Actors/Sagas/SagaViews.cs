using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors;

/// <summary>A saga as operators see it; ended ones stay for <see cref="SagaLimits.KeptFor"/>.</summary>
public sealed record SagaRow
{
    /// <summary>The saga's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its key.</summary>
    public required string Key { get; init; }

    /// <summary>What it is about, as <c>kind/id</c>; null where its kind does not say.</summary>
    public string? Subject { get; init; }

    /// <summary><c>running</c>, <c>unwinding</c>, <c>stuck</c>, <c>done</c> or <c>unwound</c>.</summary>
    public required string State { get; init; }

    /// <summary>Step being done or undone; the last one after the end.</summary>
    public required string Step { get; init; }

    /// <summary>Its number, from 1.</summary>
    public required int StepNumber { get; init; }

    /// <summary>Steps in all.</summary>
    public required int StepsTotal { get; init; }

    /// <summary>Since when the present step or the end.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Begin.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>Failed tries of the present step in a row.</summary>
    public int Attempts { get; init; }

    /// <summary>Whether the step is out for longer than its patience.</summary>
    public bool IsSlow { get; init; }

    /// <summary>Why the last try did not succeed.</summary>
    public string? LastError { get; init; }

    /// <summary>What made it unwind.</summary>
    public Refusal? Why { get; init; }
}

/// <summary>Views of the engine itself.</summary>
public static class SagaViews
{
    /// <summary>Sagas by address, <c>saga.&lt;name&gt;/&lt;key&gt;</c>. Part of every <see cref="EngineModel"/>.</summary>
    public static readonly ViewSchema<SagaRow> Sagas = new(
        "sagas",
        EngineJson.Default.SagaRow,
        ViewColumn<SagaRow>.Text("name", r => r.Name),
        ViewColumn<SagaRow>.Text("state", r => r.State));

    internal static ImmutableArray<ViewOp> Project(string name, string? subject, EntityAddress self, SagaState state) => state.IsForgotten
        ? [Sagas.Delete(self.ToString())]
        : [Sagas.Upsert(self.ToString(), RowOf(name, subject, self, state))];

    private static SagaRow RowOf(string name, string? subject, EntityAddress self, SagaState state) => new()
    {
        Name = name,
        Key = self.Key,
        Subject = subject,
        State = state.Word,
        Step = state.Step,
        StepNumber = state.Index + 1,
        StepsTotal = state.StepsTotal,
        Since = state.Since,
        Started = state.Started,
        Attempts = state.Attempts,
        IsSlow = state.IsSlow,
        LastError = state.LastError,
        Why = state.Why,
    };
}
