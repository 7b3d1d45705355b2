using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors.Simulation;

/// <summary>
/// A sum of money that others send to: what is lost, doubled or turned round on the way shows. Credits of one sender are numbered, so the
/// receiver can tell the order they came in.
/// </summary>
internal sealed class AccountDecider : IDecider<AccountState, AccountCommand, AccountEvent>
{
    public static AccountState Initial { get; } = new();

    public static Decision<AccountEvent> Decide(AccountState state, AccountCommand command, in Turn turn) => command switch
    {
        Deposit deposit => Decision.Accept<AccountEvent>(
            new Standing(state.Balance + deposit.Amount, turn.Revision + 1), [new Deposited(deposit.Amount)]),
        Transfer transfer => Send(state, transfer, turn),
        ReadAccount => Decision.Unchanged<AccountEvent>(new Standing(state.Balance, turn.Revision)),
        Credit credit => Decision.Accept<AccountEvent>(
            new Standing(state.Balance + credit.Amount, turn.Revision + 1), [new Credited(credit.From, credit.Number, credit.Amount)]),
        CreditAnswered answered => Decision.Accept<AccountEvent>(null, [new CreditConfirmed(answered.Token)]),
        _ => throw Invariant.Unreachable(command.GetType().Name),
    };

    public static AccountState Apply(AccountState state, AccountEvent fact) => fact switch
    {
        Deposited e => state with { Balance = state.Balance + e.Amount },
        Sent e => state with
        {
            Balance = state.Balance - e.Amount,
            SentTo = e.Number == 0 ? state.SentTo : state.SentTo.SetItem(e.To.Key, e.Number),
        },
        Credited e => state with
        {
            Balance = state.Balance + e.Amount,
            GotFrom = e.Number == 0 ? state.GotFrom : state.GotFrom.SetItem(e.From.Key, e.Number),
        },
        CreditConfirmed => state with { Confirmed = state.Confirmed + 1 },
        _ => throw Invariant.Unreachable(fact.GetType().Name),
    };

    private static Decision<AccountEvent> Send(AccountState state, Transfer transfer, in Turn turn)
    {
        var total = transfer.Amount * transfer.Parts;
        if (total > state.Balance)
        {
            return Decision.Refuse<AccountEvent>(Refusal.Conflict("TooLittle", $"{turn.Self} holds {state.Balance}, not {total}"));
        }

        var facts = ImmutableArray.CreateBuilder<AccountEvent>();
        var effects = ImmutableArray.CreateBuilder<Effect>();
        var number = state.SentTo.GetValueOrDefault(transfer.To.Key);
        for (var i = 0; i < transfer.Parts; i++)
        {
            // A delayed one is outside the promised order, so it has no number.
            var next = transfer.Delay > TimeSpan.Zero ? 0 : ++number;
            facts.Add(new Sent(transfer.To, transfer.Amount, next));
            effects.Add(new Effect.Post(
                transfer.To, new Credit(turn.Self, next, transfer.Amount), transfer.Delay, transfer.WantsReply ? $"c{turn.Revision}.{i}" : null));
        }

        return Decision.Accept(
            new Standing(state.Balance - total, turn.Revision + transfer.Parts), facts.ToImmutable(), effects.ToImmutable());
    }
}

[Wire("sim.account")]
internal sealed record AccountState
{
    public long Balance { get; init; }

    public int Confirmed { get; init; }

    public ImmutableSortedDictionary<string, long> SentTo { get; init; } = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, long> GotFrom { get; init; } = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);
}

internal sealed record AccountRow(long Balance, int Senders);

/// <summary>What an account answers: its balance and the revision at which it had it.</summary>
[Wire("sim.standing")]
internal sealed record Standing(long Value, long Revision);

internal abstract record AccountCommand;

internal sealed record Deposit(long Amount) : AccountCommand;

internal sealed record Transfer(EntityAddress To, long Amount, int Parts, TimeSpan Delay, bool WantsReply) : AccountCommand;

internal sealed record ReadAccount : AccountCommand;

[Wire("sim.credit")]
internal sealed record Credit(EntityAddress From, long Number, long Amount) : AccountCommand;

internal sealed record CreditAnswered(string Token) : AccountCommand;

internal abstract record AccountEvent;

[Wire("sim.deposited")]
internal sealed record Deposited(long Amount) : AccountEvent;

[Wire("sim.sent")]
internal sealed record Sent(EntityAddress To, long Amount, long Number) : AccountEvent;

[Wire("sim.credited")]
internal sealed record Credited(EntityAddress From, long Number, long Amount) : AccountEvent;

[Wire("sim.credit-confirmed")]
internal sealed record CreditConfirmed(string Token) : AccountEvent;
