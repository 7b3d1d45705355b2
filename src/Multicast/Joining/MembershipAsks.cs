using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Multicast;

/// <summary>The single questions that joins and leaves are made of.</summary>
internal sealed class MembershipAsks(IEntities entities, IRandomSource random, ILogger<MembershipService> log)
{
    // Below the deadline of an API call, so that what is unknown is told to the caller and not cut off.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(8);

    public ValueTask<Outcome<ReservedReply>> ReserveAsync(
        InstanceId instance, GroupId group, InstanceFacts? facts, Principal caller, CancellationToken ct) =>
        AskAsync(Addresses.InstanceMulticast(instance), new MembershipCommand.Reserve(group, facts), caller, ct);

    public ValueTask<Outcome<AllocationReply>> AllocateAsync(
        PoolId pool, GroupId group, Ip? address, Principal caller, CancellationToken ct) =>
        AskAsync(Addresses.IpPool(pool), new PoolCommand.Allocate(group, address), caller, ct);

    public ValueTask<Outcome<MemberReply>> JoinAsync(GroupId group, GroupCommand.Join join, Principal caller, long? expected, CancellationToken ct) =>
        AskAsync(Addresses.MulticastGroup(group), join, caller, ct, expected);

    public ValueTask<Outcome<LeaveReply>> LeaveAsync(GroupId group, InstanceId instance, Principal caller, long? expected, CancellationToken ct) =>
        AskAsync(Addresses.MulticastGroup(group), new GroupCommand.Leave(instance), caller, ct, expected);

    public ValueTask<Outcome<Done>> UndoAsync(GroupId group, InstanceId instance, Principal caller, CancellationToken ct) =>
        AskAsync(Addresses.MulticastGroup(group), new GroupCommand.Undo(instance), caller, ct);

    /// <summary>Takes a reservation back now; its timer would.</summary>
    public async ValueTask UnreserveAsync(InstanceId instance, GroupId group, Principal caller, CancellationToken ct) =>
        Note(group, await AskAsync(
            Addresses.InstanceMulticast(instance), new MembershipCommand.Unreserve(group), caller, ct).ConfigureAwait(false));

    /// <summary>Ends the entry of a membership that has ended now; the group's mail would.</summary>
    public async ValueTask EndAsync(InstanceId instance, GroupId group, MemberId member, Principal caller, CancellationToken ct) =>
        Note(group, await AskAsync(
            Addresses.InstanceMulticast(instance), new MembershipCommand.Ended(group, member), caller, ct).ConfigureAwait(false));

    /// <summary>Gives the address of a group back that is void or deleting, for good; the group's mail or the pool's timer would.</summary>
    public async ValueTask ReleaseAsync(PoolId pool, GroupId group, Principal caller, CancellationToken ct) =>
        Note(group, await AskAsync(Addresses.IpPool(pool), new PoolCommand.Release(group), caller, ct).ConfigureAwait(false));

    /// <summary>Gives a group id up that was not used, and its address with it. A group that was made meanwhile by another joiner stays.</summary>
    public async ValueTask AbandonAsync(PoolId pool, GroupId group, Principal caller, CancellationToken ct)
    {
        var outcome = await AskAsync(
            Addresses.MulticastGroup(group), new GroupCommand.Abandon(pool), caller, ct).ConfigureAwait(false);
        Note(group, outcome);
        if (outcome is Outcome<AbandonReply>.Accepted { Value.IsVoid: true })
        {
            await ReleaseAsync(pool, group, caller, ct).ConfigureAwait(false);
        }
    }

    private ValueTask<Outcome<TReply>> AskAsync<TReply>(
        EntityAddress to, ICommand<TReply> command, Principal caller, CancellationToken ct, long? expected = null) where TReply : class =>
        entities.AskAsync(
            to,
            command,
            new AskOptions { Key = CommandKey.Fresh(random), Deadline = Deadline, Caller = caller, ExpectedGeneration = expected },
            ct);

    private void Note<TReply>(GroupId group, Outcome<TReply> outcome) where TReply : class
    {
        if (outcome is not Outcome<TReply>.Accepted)
        {
            log.GiveBackLater(group.ToString(), outcome.ToString());
        }
    }
}
