using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Chaos;

/// <summary>What the chaos programme asks of a node: cells that are a register, a counter, a holder of names and a ledger in one.</summary>
internal static class ChaosArea
{
    public const string Kind = "chaos-cell";

    /// <summary>Cells so named are what devices are to be set to.</summary>
    public const string DevicePrefix = "device-";

    public static readonly ViewSchema<CellRow> Cells = new("chaos_cells", ChaosJson.Default.CellRow);

    public static AreaModule Module { get; } = new()
    {
        Name = "chaos",
        Kinds =
        [
            EntityKind.Define<Cell, CellState, CellCommand, CellEvent>(Kind, k => k
                .View((self, before, _, after) => before.Writes == after.Writes ? [] : [Cells.Upsert(self.Key, new CellRow(after.Value, after.Writes))])),
        ],
        Views = [Cells],
        Wire = [WireSet.Of(ChaosJson.Default, typeof(ChaosArea).Assembly)],
    };

    public static EntityAddress Address(string key) => new(Kind, key);
}

/// <summary>A cell.</summary>
internal sealed class Cell : IDecider<CellState, CellCommand, CellEvent>
{
    private const string Space = "chaos-name";

    public static CellState Initial { get; } = new();

    public static Decision<CellEvent> Decide(CellState state, CellCommand command, in Turn turn) => command switch
    {
        CellCommand.Read => Decision.Unchanged<CellEvent>(state.Reply),
        CellCommand.Write write => Done(state, new CellEvent.Written(write.Value)),
        CellCommand.Add => Done(state, new CellEvent.Added()),
        CellCommand.Take take when state.Names.Contains(take.Name) => Decision.Unchanged<CellEvent>(state.Reply),
        CellCommand.Take take => Done(state, new CellEvent.Taken(take.Name), new Effect.Claim(Space, take.Name)),
        CellCommand.Drop drop when !state.Names.Contains(drop.Name) => Decision.Unchanged<CellEvent>(state.Reply),
        CellCommand.Drop drop => Done(state, new CellEvent.Dropped(drop.Name), new Effect.Release(Space, drop.Name)),
        CellCommand.Pay pay => Done(
            state, new CellEvent.Added(), new Effect.Post(ChaosArea.Address(pay.To), new CellCommand.Receive(pay.Number))),
        CellCommand.Receive receive => Done(state, new CellEvent.Received(receive.Number)),
        _ => throw Invariant.Unreachable(command.GetType().Name),
    };

    public static CellState Apply(CellState state, CellEvent fact) => fact switch
    {
        CellEvent.Written e => state with { Value = e.Value, Writes = state.Writes + 1 },
        CellEvent.Added => state with { Count = state.Count + 1 },
        CellEvent.Taken e => state with { Names = state.Names.Add(e.Name) },
        CellEvent.Dropped e => state with { Names = state.Names.Remove(e.Name) },
        CellEvent.Received e => state with { Ledger = state.Ledger.Add(e.Number) },
        _ => throw Invariant.Unreachable(fact.GetType().Name),
    };

    private static Decision<CellEvent> Done(CellState state, CellEvent fact, params ImmutableArray<Effect> effects) =>
        Decision.Accept(Apply(state, fact).Reply, [fact], effects);
}

[Wire("chaos.cell")]
internal sealed record CellState
{
    public long Value { get; init; }

    /// <summary>Rises with every write: the generation of what a device should be.</summary>
    public long Writes { get; init; }

    public long Count { get; init; }

    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>Every payment that came, in order; twice when it came twice.</summary>
    public ImmutableArray<long> Ledger { get; init; } = [];

    [JsonIgnore]
    public CellReply Reply => new(Value, Count, Names, Ledger.Length);
}

internal sealed record CellRow(long Value, long Writes);

[Wire("chaos.reply")]
internal sealed record CellReply(long Value, long Count, ImmutableArray<string> Names, int Payments);

internal abstract record CellCommand : ICommand<CellReply>
{
    [Wire("chaos.read")]
    internal sealed record Read : CellCommand;

    [Wire("chaos.write")]
    internal sealed record Write(long Value) : CellCommand;

    [Wire("chaos.add")]
    internal sealed record Add : CellCommand;

    [Wire("chaos.take")]
    internal sealed record Take(string Name) : CellCommand;

    [Wire("chaos.drop")]
    internal sealed record Drop(string Name) : CellCommand;

    [Wire("chaos.pay")]
    internal sealed record Pay(string To, long Number) : CellCommand;

    [Wire("chaos.receive")]
    internal sealed record Receive(long Number) : CellCommand;
}

internal abstract record CellEvent
{
    [Wire("chaos.written")]
    internal sealed record Written(long Value) : CellEvent;

    [Wire("chaos.added")]
    internal sealed record Added : CellEvent;

    [Wire("chaos.taken")]
    internal sealed record Taken(string Name) : CellEvent;

    [Wire("chaos.dropped")]
    internal sealed record Dropped(string Name) : CellEvent;

    [Wire("chaos.received")]
    internal sealed record Received(long Number) : CellEvent;
}

/// <summary>A client's call, as it goes over HTTP.</summary>
internal sealed record ChaosCall(string Cell, string Key, int DeadlineMs, string Verb, long Number, string? Text);

/// <summary>What came of it.</summary>
internal sealed record ChaosAnswer(string Outcome, CellReply? Reply, long Revision, string? Why);

/// <summary>A row of a list.</summary>
internal sealed record ChaosRow(string Cell, long Value, long Writes);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CellState))]
[JsonSerializable(typeof(CellRow))]
[JsonSerializable(typeof(CellReply))]
[JsonSerializable(typeof(CellCommand.Read))]
[JsonSerializable(typeof(CellCommand.Write))]
[JsonSerializable(typeof(CellCommand.Add))]
[JsonSerializable(typeof(CellCommand.Take))]
[JsonSerializable(typeof(CellCommand.Drop))]
[JsonSerializable(typeof(CellCommand.Pay))]
[JsonSerializable(typeof(CellCommand.Receive))]
[JsonSerializable(typeof(CellEvent.Written))]
[JsonSerializable(typeof(CellEvent.Added))]
[JsonSerializable(typeof(CellEvent.Taken))]
[JsonSerializable(typeof(CellEvent.Dropped))]
[JsonSerializable(typeof(CellEvent.Received))]
[JsonSerializable(typeof(ChaosCall))]
[JsonSerializable(typeof(ChaosAnswer))]
[JsonSerializable(typeof(List<ChaosRow>))]
[JsonSerializable(typeof(List<long>))]
[JsonSerializable(typeof(List<string>))]
internal sealed partial class ChaosJson : JsonSerializerContext;
