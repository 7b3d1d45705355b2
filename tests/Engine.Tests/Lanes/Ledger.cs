using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Engine.Tests.Lanes;

/// <summary>A kind that uses every part of the engine: events, claims, mail with and without reply, timers, activities, a view.</summary>
internal sealed class LedgerDecider : IDecider<LedgerState, LedgerCommand, LedgerEvent>
{
    public static LedgerState Initial { get; } = new();

    public static Decision<LedgerEvent> Decide(LedgerState state, LedgerCommand command, in Turn turn) => command switch
    {
        Add { By: < 0 } => Decision.Refuse<LedgerEvent>(Refusal.Invalid("Negative", "an amount is not negative")),
        Add { By: 0 } => Decision.Unchanged<LedgerEvent>(new LedgerTotal(state.Total)),
        Add add => Decision.Accept<LedgerEvent>(new LedgerTotal(state.Total + add.By), [new Added(add.By, add.Note)]),
        TakeName take => Decision.Accept<LedgerEvent>(null, [new Named(take.Name)], [new Effect.Claim("ledger-name", take.Name)]),
        DropName drop => Decision.Accept<LedgerEvent>(null, [new Named("")], [new Effect.Release("ledger-name", drop.Name)]),
        DropFor drop => Decision.Accept<LedgerEvent>(null, [new Sent(1)], [new Effect.Post(drop.To, new DropName(drop.Name))]),
        Send send => Decision.Accept<LedgerEvent>(
            null,
            [new Sent(send.Count)],
            [.. Enumerable.Range(0, send.Count).Select(i => new Effect.Post(
                send.To, new Add(1, $"{state.SentCount + i}"), send.Delay, send.ReplyToken))]),
        SendNegative send => Decision.Accept<LedgerEvent>(
            null, [new Sent(1)], [new Effect.Post(send.To, new Add(-1, ""), default, "token")]),
        SendAstray astray => Decision.Accept<LedgerEvent>(
            null, [new Sent(1)], [new Effect.Post(astray.To, new Add(1, "never")), new Effect.Post(default, new Add(1, "nowhere"))]),
        SetAlarm alarm => Decision.Accept<LedgerEvent>(
            null, [new Sent(0)], [new Effect.SetTimer(alarm.Name, alarm.Due, new Add(alarm.By, alarm.Name))]),
        StopAlarm alarm => Decision.Accept<LedgerEvent>(null, [new Sent(0)], [new Effect.CancelTimer(alarm.Name)]),
        RunIt run => Decision.Accept<LedgerEvent>(null, [new Sent(0)], [new Effect.Activity(run.Name, run.Token, new LedgerTotal(7)) { Patience = run.Patience }]),
        Replied replied => Decision.Accept<LedgerEvent>(null, [new GotReply(replied.Token, replied.Reply is Reply.Accepted)]),
        Break { InDecide: true } => throw new InvalidOperationException("a bug in Decide"),
        Break => Decision.Accept<LedgerEvent>(null, [new Broken()]),
        Poke poke => Decision.Accept<LedgerEvent>(null, [new Sent(0)], [new Effect.Nudge("pokes", poke.Key)]),
        SendBreak send => Decision.Accept<LedgerEvent>(
            null, [new Sent(1)], [new Effect.Post(send.To, new Break(true)), new Effect.Post(send.To, new Add(5, "after"))]),
        Grow grow => Decision.Accept<LedgerEvent>(null, [new Added(1, new string('x', grow.Chars))]),
        _ => throw new InvalidOperationException(command.GetType().Name),
    };

    public static LedgerState Apply(LedgerState state, LedgerEvent fact) => fact switch
    {
        Added added => state with { Total = state.Total + added.By, Notes = state.Notes.Add(added.Note), Generation = state.Generation + 1 },
        Named named => state with { Name = named.Name },
        Sent sent => state with { SentCount = state.SentCount + sent.Count },
        GotReply reply => state with { Replies = state.Replies.Add($"{reply.Token}:{reply.IsAccepted}") },
        _ => throw new InvalidOperationException("a bug in Apply"),
    };
}

internal static class LedgerArea
{
    public static readonly ViewSchema<LedgerRow> View = new(
        "ledgers",
        LedgerJson.Default.LedgerRow,
        ViewColumn<LedgerRow>.Text("name", r => r.Name),
        ViewColumn<LedgerRow>.Integer("total", r => r.Total));

    public static readonly EntityKind Kind = EntityKind.Define<LedgerDecider, LedgerState, LedgerCommand, LedgerEvent>("ledger", k => k
        .View((self, _, _, after) => [View.Upsert(self.Key, new LedgerRow(after.Name, after.Total, after.Notes, after.Replies))])
        .SnapshotEvery(50)
        .OnReply((token, reply) => new Replied(token, reply)));

    public static readonly AreaModule Module = new()
    {
        Name = "ledger",
        Kinds = [Kind],
        Views = [View],
        Wire = [WireSet.Of(LedgerJson.Default, typeof(LedgerArea).Assembly)],
    };

    public static EntityAddress At(string key) => new("ledger", key);
}

[Wire("test.ledger")]
internal sealed record LedgerState : IHasGeneration
{
    public long Total { get; init; }

    public string Name { get; init; } = "";

    public int SentCount { get; init; }

    public long Generation { get; init; }

    public ImmutableArray<string> Notes { get; init; } = [];

    public ImmutableArray<string> Replies { get; init; } = [];
}

internal sealed record LedgerRow(string Name, long Total, ImmutableArray<string> Notes, ImmutableArray<string> Replies);

internal abstract record LedgerCommand;

[Wire("test.ledger.add")]
internal sealed record Add(long By, string Note) : LedgerCommand, ICommand<LedgerTotal>;

[Wire("test.ledger.take-name")]
internal sealed record TakeName(string Name) : LedgerCommand, ICommand<Done>;

[Wire("test.ledger.drop-name"), Destructive(FleetRole = "admin")]
internal sealed record DropName(string Name) : LedgerCommand, ICommand<Done>;

internal sealed record DropFor(EntityAddress To, string Name) : LedgerCommand, ICommand<Done>;

[Wire("test.ledger.send")]
internal sealed record Send(EntityAddress To, int Count, string? ReplyToken = null, TimeSpan Delay = default) : LedgerCommand, ICommand<Done>;

internal sealed record SendNegative(EntityAddress To) : LedgerCommand, ICommand<Done>;

internal sealed record SendAstray(EntityAddress To) : LedgerCommand, ICommand<Done>;

internal sealed record SendBreak(EntityAddress To) : LedgerCommand, ICommand<Done>;

[Wire("test.ledger.set-alarm")]
internal sealed record SetAlarm(string Name, TimeSpan Due, long By) : LedgerCommand, ICommand<Done>;

[Destructive]
internal sealed record StopAlarm(string Name) : LedgerCommand, ICommand<Done>;

[Wire("test.ledger.run-it")]
internal sealed record RunIt(string Name, string Token, TimeSpan? Patience = null) : LedgerCommand, ICommand<Done>;

internal sealed record Replied(string Token, Reply Reply) : LedgerCommand;

[Wire("test.ledger.break")]
internal sealed record Break(bool InDecide) : LedgerCommand, ICommand<Done>;

[Wire("test.ledger.poke")]
internal sealed record Poke(string Key) : LedgerCommand, ICommand<Done>;

internal sealed record Grow(int Chars) : LedgerCommand, ICommand<Done>;

[Wire("test.ledger.total")]
internal sealed record LedgerTotal(long Value);

internal abstract record LedgerEvent;

[Wire("test.ledger.added")]
internal sealed record Added(long By, string Note) : LedgerEvent;

[Wire("test.ledger.named")]
internal sealed record Named(string Name) : LedgerEvent;

[Wire("test.ledger.sent")]
internal sealed record Sent(int Count) : LedgerEvent;

[Wire("test.ledger.got-reply")]
internal sealed record GotReply(string Token, bool IsAccepted) : LedgerEvent;

[Wire("test.ledger.broken")]
internal sealed record Broken : LedgerEvent;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LedgerState))]
[JsonSerializable(typeof(LedgerRow))]
[JsonSerializable(typeof(Add))]
[JsonSerializable(typeof(Break))]
[JsonSerializable(typeof(Send))]
[JsonSerializable(typeof(TakeName))]
[JsonSerializable(typeof(DropName))]
[JsonSerializable(typeof(SetAlarm))]
[JsonSerializable(typeof(RunIt))]
[JsonSerializable(typeof(Poke))]
[JsonSerializable(typeof(LedgerTotal))]
[JsonSerializable(typeof(Added))]
[JsonSerializable(typeof(Named))]
[JsonSerializable(typeof(Sent))]
[JsonSerializable(typeof(GotReply))]
[JsonSerializable(typeof(Broken))]
internal sealed partial class LedgerJson : JsonSerializerContext;
