using System.Text.Json.Nodes;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Admin;

/// <summary><c>saga</c>: list, show, graph, retry, skip.</summary>
internal sealed class SagaCommands(ISagaAdmin sagas) : IPaletteSource
{
    private const string Noun = "saga";

    private static readonly PaletteColumn[] s_columns =
    [
        new("SAGA", "saga"), new("STATE", "state"), new("STEP", "step"), new("OF", "of"), new("ATTEMPTS", "attempts"), new("SINCE", "since", IsAge: true), new("ERROR", "last_error"),
    ];

    private static readonly PaletteArgument s_saga = new("entity", "Address, saga.<name>/<key>, as saga list shows it.") { IsRequired = true };

    public IEnumerable<PaletteCommand> Commands() =>
    [
        new()
        {
            Noun = Noun, Verb = "list", Help = "Sagas, newest state of each; ended ones stay for a while.",
            Arguments = [new("state", "Only those in this state.") { Choices = ["running", "unwinding", "stuck", "done", "unwound"] }, new("name", "Only of this name."), Args.Limit(100)],
            Columns = [.. s_columns],
            RunAsync = async (call, ct) => PaletteAnswer.Of(
                (await sagas.ListAsync(call.TextOrNull("state"), call.TextOrNull("name"), call.Number("limit", 100), ct).ConfigureAwait(false)).Select(Row)),
        },
        new()
        {
            Noun = Noun, Verb = "show", Help = "One saga: its step, tries and what went wrong.", Arguments = [s_saga], IsOne = true,
            Columns = [.. s_columns, new("SLOW", "slow"), new("WHY", "why"), new("STARTED", "started", IsAge: true)],
            RunAsync = (call, ct) => WithSagaAsync(call, (_, row) => PaletteAnswer.One(Row(row), Noun, row.Key), ct),
        },
        new()
        {
            Noun = Noun, Verb = "graph", Help = "The steps of a saga, each done, undone, at work, stuck or to come.", Arguments = [s_saga],
            Columns = [new("STEP", "number"), new("NAME", "name"), new("MARK", "mark")],
            RunAsync = (call, ct) => WithSagaAsync(call, (_, row) => PaletteAnswer.Of(sagas.Steps(row.Name).Select((step, i) =>
                new JsonObject { ["number"] = i + 1, ["name"] = step, ["mark"] = Mark(row, i + 1) })), ct),
        },
        new()
        {
            Noun = Noun, Verb = "retry", Help = "Tries the waiting step or undo now.", Arguments = [s_saga], Grade = PaletteGrade.Reversible,
            RunAsync = (call, ct) => Args.WithEntityAsync(call, async e => PaletteAnswer.Of(await sagas.RetryAsync(e, call.Order, ct).ConfigureAwait(false))),
        },
        new()
        {
            Noun = Noun, Verb = "skip", Help = "Takes the undo that does not succeed for done; what it would have undone stays.", Arguments = [s_saga],
            Grade = PaletteGrade.Irreversible, Target = "entity",
            RunAsync = (call, ct) => Args.WithEntityAsync(call, async e => PaletteAnswer.Of(await sagas.SkipAsync(e, call.Order, ct).ConfigureAwait(false))),
        },
    ];

    private ValueTask<PaletteAnswer> WithSagaAsync(PaletteCall call, Func<EntityAddress, SagaRow, PaletteAnswer> show, CancellationToken ct) =>
        Args.WithEntityAsync(call, async e => await sagas.ShowAsync(e, ct).ConfigureAwait(false) is { } row
            ? show(e, row)
            : new PaletteAnswer { Why = Refusal.NotFound(Noun, e.ToString()) });

    private static string Mark(SagaRow row, int number) => row.State switch
    {
        "done" => "done",
        "unwound" => number <= row.StepNumber ? "undone" : "not done",
        "unwinding" or "stuck" => number > row.StepNumber ? "undone" : number == row.StepNumber ? row.State : "done",
        _ => number < row.StepNumber ? "done" : number == row.StepNumber ? "at work" : "to come",
    };

    private static JsonObject Row(SagaRow row) => new()
    {
        ["saga"] = $"{SagaKind.Prefix}{row.Name}/{row.Key}", ["name"] = row.Name, ["key"] = row.Key, ["state"] = row.State, ["step"] = row.Step,
        ["of"] = $"{row.StepNumber}/{row.StepsTotal}", ["since"] = Args.Time(row.Since), ["started"] = Args.Time(row.Started), ["attempts"] = row.Attempts,
        ["slow"] = row.IsSlow, ["last_error"] = row.LastError, ["why"] = row.Why?.Message,
    };
}
