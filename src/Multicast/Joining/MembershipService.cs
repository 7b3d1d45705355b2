using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gantry.Multicast;

/// <summary>
/// Joins and leaves, for endpoints and sagas alike, in the order of multicast 3.5 to 3.7. It holds nothing: what it leaves behind when it
/// dies half-way is given back by the owners' timers. Thread-safe.
/// </summary>
public sealed class MembershipService
{
    private static readonly TimeSpan RaceDelayMax = TimeSpan.FromMilliseconds(20);

    private readonly IViews _views;
    private readonly MembershipAsks _asks;
    private readonly MembershipReplacement _replacement;
    private readonly IRandomSource _random;
    private readonly TimeProvider _time;
    private readonly IOptions<MulticastOptions> _options;
    private readonly MulticastMetrics _metrics;
    private readonly ILogger<MembershipService> _log;

    /// <summary>Made by the container.</summary>
    internal MembershipService(
        IViews views,
        IEntities entities,
        IRandomSource random,
        TimeProvider time,
        IOptions<MulticastOptions> options,
        MulticastMetrics metrics,
        ILogger<MembershipService> log)
    {
        _views = views;
        _asks = new MembershipAsks(entities, random, log);
        _replacement = new MembershipReplacement(views, this);
        _random = random;
        _time = time;
        _options = options;
        _metrics = metrics;
        _log = log;
    }

    /// <summary>Whether multicast is switched on. Off: joins and leaves are refused; sagas and instance bodies skip silently.</summary>
    public bool IsEnabled => _options.Value.Enabled;

    /// <summary>Joins a group, which is made if need be (E5).</summary>
    public async ValueTask<Outcome<MemberReply>> JoinAsync(JoinRequest request, CancellationToken ct)
    {
        if (!IsEnabled)
        {
            return new Outcome<MemberReply>.Refused(MulticastErrors.Disabled());
        }

        for (var attempt = 1; attempt <= MulticastLimits.JoinAttempts; attempt++)
        {
            if (await TryJoinAsync(request, ct).ConfigureAwait(false) is { } outcome)
            {
                return outcome;
            }

            _log.JoinStartsOver(request.Wish.Group.ToString(), attempt, "somebody else was first");
            await Task.Delay(RaceDelayMax * attempt * _random.NextDouble(), _time, ct).ConfigureAwait(false);
        }

        return new Outcome<MemberReply>.Refused(MulticastErrors.LostRaces());
    }

    /// <summary>Leaves a group (E6); not being a member is fine, a group that does not exist is not found.</summary>
    public async ValueTask<Outcome<Done>> LeaveAsync(
        InstanceId instance, GroupIdentifier group, Principal caller, CancellationToken ct, long? expectedGeneration = null)
    {
        if (!IsEnabled)
        {
            return new Outcome<Done>.Refused(MulticastErrors.Disabled());
        }

        return await _views.FindGroupAsync(group, ct).ConfigureAwait(false) is { } row
            ? await LeaveAsync(instance, row.Id, caller, ct, expectedGeneration).ConfigureAwait(false)
            : new Outcome<Done>.Refused(MulticastErrors.NoSuchGroup(group.ToString()));
    }

    /// <summary>Makes the instance's memberships exactly these (E8).</summary>
    public ValueTask<Outcome<Done>> ReplaceAsync(
        InstanceId instance, SiloId silo, ImmutableArray<JoinWish> wanted, Principal caller, CancellationToken ct) =>
        IsEnabled
            ? _replacement.RunAsync(instance, silo, wanted, caller, ct)
            : ValueTask.FromResult<Outcome<Done>>(new Outcome<Done>.Accepted(Done.Instance, 0));

    /// <summary>Takes one join of a creation back; the group, if empty then, goes by its own sweep.</summary>
    public ValueTask<Outcome<Done>> UndoAsync(InstanceId instance, GroupId group, Principal caller, CancellationToken ct) =>
        _asks.UndoAsync(group, instance, caller, ct);

    internal async ValueTask<Outcome<Done>> LeaveAsync(
        InstanceId instance, GroupId group, Principal caller, CancellationToken ct, long? expectedGeneration = null)
    {
        var outcome = await _asks.LeaveAsync(group, instance, caller, expectedGeneration, ct).ConfigureAwait(false);
        if (outcome is not Outcome<LeaveReply>.Accepted accepted)
        {
            return outcome.As<LeaveReply, Done>();
        }

        // Asking makes it prompt, the group's mail makes it sure: room and address are free when the answer leaves.
        if (accepted.Value.Member is { } member)
        {
            await _asks.EndAsync(instance, group, member, caller, ct).ConfigureAwait(false);
        }

        if (accepted.Value.EmptiedPool is { } pool)
        {
            await _asks.ReleaseAsync(pool, group, caller, ct).ConfigureAwait(false);
        }

        return new Outcome<Done>.Accepted(Done.Instance, accepted.Revision);
    }

    // Null: a race was lost, start over.
    private async ValueTask<Outcome<MemberReply>?> TryJoinAsync(JoinRequest request, CancellationToken ct)
    {
        var (group, sources) = (request.Wish.Group, request.Wish.Sources);
        var existing = await _views.FindGroupAsync(group, ct).ConfigureAwait(false);
        var memberships = await _views.MembershipsAsync(request.Instance, ct).ConfigureAwait(false);
        var member = existing is null ? null : memberships.FirstOrDefault(m => m.Group == existing.Id);
        if (member?.State is MemberState.Joining or MemberState.Joined)
        {
            return new Outcome<MemberReply>.Accepted(ReplyFor(member), 0); // FIX-10: a repeat is neither counted nor validated
        }

        if (member is null && memberships.Length >= MulticastLimits.GroupsPerInstance)
        {
            return Refuse(MulticastErrors.GroupLimit(request.Instance));
        }

        if (existing is null && group is GroupIdentifier.ById)
        {
            return Refuse(MulticastErrors.NoSuchGroup(group.ToString()));
        }

        var address = existing?.Address ?? (group as GroupIdentifier.ByAddress)?.Address;
        if (address is { } known && MulticastRanges.IsMulticast(known) && SourceRules.WhyNotFor(known, sources ?? (member is null ? existing?.Explicit?.DefaultSources : null)) is { } refusal)
        {
            return Refuse(refusal);
        }

        var facts = await FactsAsync(request.Instance, ct).ConfigureAwait(false);
        return existing is null
            ? await CreateAsync(request, facts, ct).ConfigureAwait(false)
            : await JoinExistingAsync(request, existing.Id, facts, ct).ConfigureAwait(false);
    }

    private async ValueTask<Outcome<MemberReply>?> JoinExistingAsync(
        JoinRequest request, GroupId group, InstanceFacts? facts, CancellationToken ct)
    {
        var reserved = await _asks.ReserveAsync(request.Instance, group, facts, request.Caller, ct).ConfigureAwait(false);
        if (reserved is not Outcome<ReservedReply>.Accepted { Value: { } room })
        {
            return reserved.As<ReservedReply, MemberReply>();
        }

        var join = new GroupCommand.Join(request.Instance, request.Wish.Sources, room.Facts, Create: null);
        var outcome = await _asks.JoinAsync(group, join, request.Caller, request.ExpectedGeneration, ct).ConfigureAwait(false);
        if (outcome is Outcome<MemberReply>.Accepted or Outcome<MemberReply>.Unknown)
        {
            return outcome;
        }

        await _asks.UnreserveAsync(request.Instance, group, request.Caller, ct).ConfigureAwait(false);
        var isGone = outcome is Outcome<MemberReply>.Refused { Why.Code: MulticastErrors.GroupIsDeleting };
        return isGone && request.Wish.Group is not GroupIdentifier.ById ? null : outcome;
    }

    private async ValueTask<Outcome<MemberReply>?> CreateAsync(JoinRequest request, InstanceFacts? facts, CancellationToken ct)
    {
        var candidates = await _views.PoolCandidatesAsync(request.Silo, PoolType.Multicast, ct).ConfigureAwait(false);
        var (pool, refusal) = Select(request.Wish, candidates);
        if (pool is null)
        {
            return Refuse(refusal!); // one of the two is there
        }

        var id = new GroupId(_random.NewGuid());
        var reserved = await _asks.ReserveAsync(request.Instance, id, facts, request.Caller, ct).ConfigureAwait(false);
        if (reserved is not Outcome<ReservedReply>.Accepted)
        {
            return reserved.As<ReservedReply, MemberReply>();
        }

        var wanted = (request.Wish.Group as GroupIdentifier.ByAddress)?.Address;
        var allocated = await _asks.AllocateAsync(pool.Id, id, wanted, request.Caller, ct).ConfigureAwait(false);
        if (allocated is not Outcome<AllocationReply>.Accepted { Value: { } allocation })
        {
            await _asks.UnreserveAsync(request.Instance, id, request.Caller, ct).ConfigureAwait(false);
            return allocated.As<AllocationReply, MemberReply>();
        }

        if (allocation.Group != id)
        {
            // Another first joiner was given the address: its group id is where the two meet.
            await _asks.UnreserveAsync(request.Instance, id, request.Caller, ct).ConfigureAwait(false);
            reserved = await _asks.ReserveAsync(request.Instance, allocation.Group, facts, request.Caller, ct).ConfigureAwait(false);
        }

        if (reserved is not Outcome<ReservedReply>.Accepted { Value: { } room })
        {
            return reserved.As<ReservedReply, MemberReply>();
        }

        var outcome = await MakeAsync(request, pool.Id, allocation, room.Facts, ct).ConfigureAwait(false);
        return await FinishAsync(request, pool.Id, allocation, outcome, ct).ConfigureAwait(false);
    }

    private async ValueTask<Outcome<MemberReply>> MakeAsync(
        JoinRequest request, PoolId pool, AllocationReply allocation, InstanceFacts facts, CancellationToken ct)
    {
        if (SourceRules.WhyNotFor(allocation.Address, request.Wish.Sources) is { } refusal)
        {
            return Refuse(refusal);
        }

        // None free is no refusal: groups that wait for a switch which is down may hold them all (I16). The reconciler finds one later.
        var salt = await _views.FreeSaltAsync(allocation.Address, ct).ConfigureAwait(false);
        if (salt > 0)
        {
            _metrics.Collided();
        }

        var birth = new GroupBirth(
            request.Called?.Name ?? (request.Wish.Group is GroupIdentifier.ByName byName ? byName.Name : GroupNames.ForAddress(allocation.Address)),
            request.Called?.Description ?? (request.Wish.Group is GroupIdentifier.ByName ? GroupNames.DescriptionByName : GroupNames.DescriptionFor(allocation.Address)),
            allocation.Address,
            pool,
            allocation.Range,
            salt,
            await _views.SwitchKeysAsync(ct).ConfigureAwait(false));
        return await _asks.JoinAsync(
            allocation.Group,
            new GroupCommand.Join(request.Instance, request.Wish.Sources, facts, birth),
            request.Caller,
            request.ExpectedGeneration,
            ct).ConfigureAwait(false);
    }

    // What became of the attempt to make the group, and what has to be given back. Null: start over.
    private async ValueTask<Outcome<MemberReply>?> FinishAsync(
        JoinRequest request, PoolId pool, AllocationReply allocation, Outcome<MemberReply> outcome, CancellationToken ct)
    {
        if (outcome is Outcome<MemberReply>.Accepted or Outcome<MemberReply>.Unknown)
        {
            return outcome;
        }

        await _asks.UnreserveAsync(request.Instance, allocation.Group, request.Caller, ct).ConfigureAwait(false);
        switch ((outcome as Outcome<MemberReply>.Refused)?.Why.Code)
        {
            case MulticastErrors.GroupVoid or MulticastErrors.GroupIsDeleting:
                // Both are for good, so the address may go back at once.
                await _asks.ReleaseAsync(pool, allocation.Group, request.Caller, ct).ConfigureAwait(false);
                return null;
            case MulticastErrors.GroupIsAnother:
                return null;
            case MulticastErrors.ClaimTaken:
                await _asks.AbandonAsync(pool, allocation.Group, request.Caller, ct).ConfigureAwait(false);
                return await AfterClaimAsync(request, allocation.Address, ct).ConfigureAwait(false);
            default:
                await _asks.AbandonAsync(pool, allocation.Group, request.Caller, ct).ConfigureAwait(false);
                return outcome;
        }
    }

    // Name, address or underlay address were taken. Whoever took them is in the views by now, so starting over meets it; only a name that is
    // held by a group of another address can never be had.
    private async ValueTask<Outcome<MemberReply>?> AfterClaimAsync(JoinRequest request, Ip address, CancellationToken ct)
    {
        if (request.Wish.Group is not GroupIdentifier.ByAddress)
        {
            return null;
        }

        var name = GroupNames.ForAddress(address);
        var holder = await _views.FindGroupAsync(new GroupIdentifier.ByName(name), ct).ConfigureAwait(false);
        return holder is not null && holder.Address != address ? Refuse(MulticastErrors.NameTaken(name)) : null;
    }

    private async ValueTask<InstanceFacts?> FactsAsync(InstanceId instance, CancellationToken ct) =>
        await _views.GetAsync(InstanceViews.Instances, instance.ToString(), ct).ConfigureAwait(false) is { Row: { } row }
            ? InstanceFacts.Of(row)
            : null;

    internal static (PoolCandidate? Pool, Refusal? Refusal) Select(JoinWish wish, ImmutableArray<PoolCandidate> candidates) =>
        wish.Group is GroupIdentifier.ByAddress { Address: var address }
            ? PoolSelection.ForAddress(address, candidates)
            : PoolSelection.ForName(wish.Sources is { IsEmpty: false }, wish.Version, candidates);

    internal static MemberReply ReplyFor(MulticastMemberRow row) => new(
        row.Id, row.Group, row.Address, row.Instance, row.Sources, row.State, row.TimeCreated, row.TimeModified);

    private static Outcome<MemberReply> Refuse(Refusal why) => new Outcome<MemberReply>.Refused(why);
}
