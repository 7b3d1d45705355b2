using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gantry.Multicast;

/// <summary>A group as asked for by a call of its own.</summary>
/// <param name="Id">Its id, the same for every retry of the call.</param>
/// <param name="Name">Its name.</param>
/// <param name="Description">Free text.</param>
/// <param name="Address">The address, or null for the first free one.</param>
/// <param name="Pool">The pool, or null for the one that fits.</param>
/// <param name="Extras">The rest.</param>
public sealed record GroupWish(GroupId Id, string Name, string Description, Ip? Address, PoolId? Pool, ExplicitGroup Extras);

/// <summary>Makes, changes and ends explicit groups (multicast 11). Holds nothing; what it leaves behind is given back by timers. Thread-safe.</summary>
public sealed class ExplicitGroupService
{
    private readonly IViews _views;
    private readonly IEntities _entities;
    private readonly MembershipAsks _asks;
    private readonly IOptions<MulticastOptions> _options;

    /// <summary>Made by the container.</summary>
    public ExplicitGroupService(
        IViews views, IEntities entities, IRandomSource random, IOptions<MulticastOptions> options, ILogger<MembershipService> log)
    {
        _views = views;
        _entities = entities;
        _asks = new MembershipAsks(entities, random, log);
        _options = options;
    }

    /// <summary>Makes a group. The address is allocated first and given back when the group cannot be made.</summary>
    public async ValueTask<Outcome<GroupReply>> CreateAsync(GroupWish wish, SiloId silo, AskOptions ask, CancellationToken ct)
    {
        if (!_options.Value.Enabled)
        {
            return Refuse(MulticastErrors.Disabled());
        }

        if (wish.Address is { } known && MulticastRanges.IsMulticast(known)
            && SourceRules.WhyNotFor(known, wish.Extras.DefaultSources) is { } malformed)
        {
            return Refuse(malformed);
        }

        var candidates = await _views.PoolCandidatesAsync(silo, PoolType.Multicast, ct).ConfigureAwait(false);
        var (pool, refusal) = Select(wish, candidates);
        if (pool is null)
        {
            return Refuse(refusal!); // one of the two is there
        }

        var allocated = await _asks.AllocateAsync(pool.Id, wish.Id, wish.Address, ask.Caller, ct).ConfigureAwait(false);
        if (allocated is not Outcome<AllocationReply>.Accepted { Value: { } allocation })
        {
            return allocated.As<AllocationReply, GroupReply>();
        }

        if (allocation.Group != wish.Id)
        {
            return Refuse(MulticastErrors.Taken(allocation.Address, allocation.Group));
        }

        var outcome = await MakeAsync(wish, pool.Id, allocation, ask, ct).ConfigureAwait(false);
        if (outcome is Outcome<GroupReply>.Accepted or Outcome<GroupReply>.Unknown)
        {
            return outcome;
        }

        await _asks.AbandonAsync(pool.Id, wish.Id, ask.Caller, ct).ConfigureAwait(false);
        return outcome is Outcome<GroupReply>.Refused { Why.Code: MulticastErrors.ClaimTaken }
            ? Refuse(await WhyTakenAsync(wish, allocation.Address, ct).ConfigureAwait(false))
            : outcome;
    }

    /// <summary>Changes a group.</summary>
    public async ValueTask<Outcome<GroupReply>> UpdateAsync(GroupId id, GroupCommand.Update update, AskOptions ask, CancellationToken ct) =>
        _options.Value.Enabled
            ? (await _entities.AskAsync(Addresses.MulticastGroup(id), update, ask, ct).ConfigureAwait(false))
                .WhenClaimTaken(() => MulticastErrors.NameTaken(update.Name ?? ""))
            : Refuse(MulticastErrors.Disabled());

    /// <summary>Ends a group; the address is free when the answer leaves, unless members are still being taken out.</summary>
    public async ValueTask<Outcome<EndReply>> DeleteAsync(GroupId id, bool isForced, AskOptions ask, CancellationToken ct)
    {
        if (!_options.Value.Enabled)
        {
            return new Outcome<EndReply>.Refused(MulticastErrors.Disabled());
        }

        var outcome = await _entities.AskAsync(
            Addresses.MulticastGroup(id), new GroupCommand.End(isForced), ask, ct).ConfigureAwait(false);
        if (outcome is Outcome<EndReply>.Accepted { Value.EmptiedPool: { } pool })
        {
            await _asks.ReleaseAsync(pool, id, ask.Caller, ct).ConfigureAwait(false);
        }

        return outcome;
    }

    private static (PoolCandidate? Pool, Refusal? Refusal) Select(GroupWish wish, ImmutableArray<PoolCandidate> candidates)
    {
        if (wish.Pool is { } id)
        {
            return candidates.FirstOrDefault(c => c.Id == id) is { } pool
                ? (pool, null)
                : (null, MulticastErrors.NoSuchPool(id.ToString()));
        }

        if (wish.Address is { } address)
        {
            return PoolSelection.ForAddress(address, candidates);
        }

        var defaults = candidates.Where(c => c.IsDefault).ToList();
        if (defaults.Count == 0)
        {
            return (null, MulticastErrors.NoDefaultPool());
        }

        var chosen = PoolSelection.ForName(!wish.Extras.DefaultSources.IsEmpty, null, defaults);
        return chosen.Refusal?.Code == MulticastErrors.AmbiguousIpVersion ? (null, MulticastErrors.AmbiguousDefaultPool()) : chosen;
    }

    private async ValueTask<Outcome<GroupReply>> MakeAsync(
        GroupWish wish, PoolId pool, AllocationReply allocation, AskOptions ask, CancellationToken ct)
    {
        var birth = new GroupBirth(
            wish.Name,
            wish.Description,
            allocation.Address,
            pool,
            allocation.Range,
            await _views.FreeSaltAsync(allocation.Address, ct).ConfigureAwait(false),
            await _views.SwitchKeysAsync(ct).ConfigureAwait(false))
        {
            Explicit = wish.Extras,
        };
        return await _entities.AskAsync(
            Addresses.MulticastGroup(wish.Id), new GroupCommand.Make(birth), ask, ct).ConfigureAwait(false);
    }

    private async ValueTask<Refusal> WhyTakenAsync(GroupWish wish, Ip address, CancellationToken ct)
    {
        var named = await _views.FindGroupAsync(new GroupIdentifier.ByName(wish.Name), ct).ConfigureAwait(false);
        var addressed = await _views.FindGroupAsync(new GroupIdentifier.ByAddress(address), ct).ConfigureAwait(false);
        return named is null && addressed is not null
            ? MulticastErrors.Taken(address, addressed.Id)
            : MulticastErrors.NameTaken(wish.Name);
    }

    private static Outcome<GroupReply> Refuse(Refusal why) => new Outcome<GroupReply>.Refused(why);
}
