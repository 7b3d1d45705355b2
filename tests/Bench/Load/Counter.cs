using System.Text.Json.Serialization;
using Gantry.Actors;

namespace Gantry.Bench;

/// <summary>The smallest real entity: one event, one view row and one receipt per command.</summary>
[Wire("bench.counter")]
public sealed record CounterState(long Value)
{
    /// <summary>Before the first event.</summary>
    public static readonly CounterState Zero = new(0);
}

/// <summary>Adds to a counter, and once more after a time when one is given.</summary>
[Wire("bench.add")]
public sealed record AddToCounter(long Amount, int AgainAfterSeconds = 0) : ICommand<CounterReply>;

/// <summary>The counter after an addition.</summary>
[Wire("bench.reply")]
public sealed record CounterReply(long Value);

/// <summary>A counter grew.</summary>
[Wire("bench.added")]
public sealed record CounterAdded(long Amount, long Value);

/// <summary>A counter in the read model.</summary>
public sealed record CounterRow(long Value);

/// <summary>Writes the bench's records.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CounterState))]
[JsonSerializable(typeof(AddToCounter))]
[JsonSerializable(typeof(CounterReply))]
[JsonSerializable(typeof(CounterAdded))]
[JsonSerializable(typeof(CounterRow))]
public sealed partial class BenchWireJson : JsonSerializerContext;

/// <summary>Counters as an area.</summary>
internal sealed class Counter : IDecider<CounterState, AddToCounter, CounterAdded>
{
    public static readonly ViewSchema<CounterRow> View = new(
        "bench_counters", BenchWireJson.Default.CounterRow, ViewColumn<CounterRow>.Integer("value", r => r.Value));

    public static AreaModule Module { get; } = new()
    {
        Name = "bench",
        Kinds =
        [
            EntityKind.Define<Counter, CounterState, AddToCounter, CounterAdded>(
                "counter", k => k.View((self, _, _, after) => [View.Upsert(self.Key, new CounterRow(after.Value))]).Mailbox(1_024)),
        ],
        Views = [View],
        Wire = [WireSet.Of(BenchWireJson.Default, typeof(Counter).Assembly)],
    };

    public static CounterState Initial => CounterState.Zero;

    public static EntityAddress Address(int number) => new("counter", $"c{number:00000}");

    public static Decision<CounterAdded> Decide(CounterState state, AddToCounter command, in Turn turn)
    {
        var value = state.Value + command.Amount;
        return Decision.Accept<CounterAdded>(
            new CounterReply(value),
            [new CounterAdded(command.Amount, value)],
            command.AgainAfterSeconds > 0
                ? [new Effect.SetTimer("again", TimeSpan.FromSeconds(command.AgainAfterSeconds), new AddToCounter(1))]
                : []);
    }

    public static CounterState Apply(CounterState state, CounterAdded fact) => new(fact.Value);
}
