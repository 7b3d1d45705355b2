using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>
/// How a pool lends unicast addresses to instances and floating IPs. As with groups, what the holder's commit does not confirm is asked for after a
/// while and taken back, and the holder's claim on the address decides whenever two were promised it. Pure.
/// </summary>
internal static class PoolLending
{
    private const string TokenPrefix = "lease.";

    /// <summary>The lease that a reply is about; null for a reply about a group.</summary>
    public static ExternalIpId? LeaseOf(string token) => token.StartsWith(TokenPrefix, StringComparison.Ordinal)
        ? new ExternalIpId(Guid.Parse(token[TokenPrefix.Length..]))
        : null;

    public static Decision<PoolEvent> Lend(PoolState state, PoolCommand.Lend lend)
    {
        if (state.Lent.TryGetValue(lend.Lease, out var held))
        {
            return Decision.Unchanged<PoolEvent>(new LeaseReply(held.Address, held.Range));
        }

        if (state.Type != PoolType.Unicast || state.Lent.Count >= MulticastLimits.AddressesPerPool)
        {
            return Decision.Refuse<PoolEvent>(ExternalIpErrors.Exhausted(state.Name));
        }

        var taken = state.Lent.Values.Select(l => l.Address);
        if (lend.Address is not { } wanted)
        {
            return FirstFit.Lowest(state.Ranges, taken) is { } free
                ? Give(lend, free.Address, free.Range.Id)
                : Decision.Refuse<PoolEvent>(ExternalIpErrors.Exhausted(state.Name));
        }

        return taken.Contains(wanted) || state.Ranges.FirstOrDefault(r => r.Range.Contains(wanted)) is not { } range
            ? Decision.Refuse<PoolEvent>(ExternalIpErrors.Unavailable(wanted, state.Name))
            : Give(lend, wanted, range.Id);
    }

    public static Decision<PoolEvent> Confirm(PoolState state, PoolCommand.ConfirmLease confirm)
    {
        if (state.Lent.GetValueOrDefault(confirm.Lease) is { IsConfirmed: true })
        {
            return Decision.Unchanged<PoolEvent>();
        }

        var others = state.Lent
            .Where(l => l.Value.Address == confirm.Address && l.Key != confirm.Lease)
            .Select(PoolEvent (l) => new PoolEvent.LeaseEnded(l.Key, l.Value.Address));
        return Decision.Accept(
            null,
            [.. others, new PoolEvent.Lent(confirm.Lease, new Lending(confirm.Address, confirm.Range, confirm.Instance, IsConfirmed: true))],
            [new Effect.CancelTimer(TimerOf(confirm.Lease))]);
    }

    public static Decision<PoolEvent> End(PoolState state, ExternalIpId lease) =>
        state.Lent.TryGetValue(lease, out var held)
            ? Decision.Accept<PoolEvent>(
                null, [new PoolEvent.LeaseEnded(lease, held.Address)], [new Effect.CancelTimer(TimerOf(lease))])
            : Decision.Unchanged<PoolEvent>();

    public static Decision<PoolEvent> Check(PoolState state, ExternalIpId lease)
    {
        if (state.Lent.GetValueOrDefault(lease) is not { IsConfirmed: false } held)
        {
            return Decision.Unchanged<PoolEvent>();
        }

        Effect ask = held.Instance is { } instance
            ? new Effect.Post(Addresses.InstanceExternalIps(instance), new InstanceIpsCommand.AskLease(lease), default, TokenPrefix + lease)
            : new Effect.Post(Addresses.FloatingIp(lease), new FloatingIpCommand.AskLease(), default, TokenPrefix + lease);
        return Decision.Accept<PoolEvent>(
            null,
            [new PoolEvent.Lent(lease, held)], // nothing new; an effect needs an event to commit with
            [ask]);
    }

    public static Decision<PoolEvent> Checked(PoolState state, PoolCommand.LeaseChecked answer)
    {
        if (state.Lent.GetValueOrDefault(answer.Lease) is not { IsConfirmed: false } held)
        {
            return Decision.Unchanged<PoolEvent>();
        }

        return answer.Reply is Reply.Accepted { Value: HoldingReply { IsHeld: true } }
            ? Confirm(state, new PoolCommand.ConfirmLease(answer.Lease, held.Instance, held.Address, held.Range))
            : End(state, answer.Lease);
    }

    private static Decision<PoolEvent> Give(PoolCommand.Lend lend, Ip address, PoolRangeId range) => Decision.Accept<PoolEvent>(
        new LeaseReply(address, range),
        [new PoolEvent.Lent(lend.Lease, new Lending(address, range, lend.Instance, IsConfirmed: false))],
        [new Effect.SetTimer(TimerOf(lend.Lease), MulticastLimits.UnconfirmedFor, new PoolCommand.CheckLease(lend.Lease))]);

    private static string TimerOf(ExternalIpId lease) => $"check-lease.{lease}";
}
