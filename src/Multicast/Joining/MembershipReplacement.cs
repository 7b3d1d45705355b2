using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>
/// Full replacement of an instance's memberships (multicast 3.7): everything is resolved and checked before anything changes, and what this
/// call made is taken back when a later part fails (FIX-9).
/// </summary>
internal sealed class MembershipReplacement(IViews views, MembershipService service)
{
    public async ValueTask<Outcome<Done>> RunAsync(
        InstanceId instance, SiloId silo, ImmutableArray<JoinWish> wanted, Principal caller, CancellationToken ct)
    {
        if (wanted.Length > MulticastLimits.GroupsPerInstance)
        {
            return Refuse(MulticastErrors.GroupLimitOfRequest(wanted.Length));
        }

        var present = await views.MembershipsAsync(instance, ct).ConfigureAwait(false);
        var (entries, refusal) = await ResolveAsync(wanted, ct).ConfigureAwait(false);
        refusal ??= await WhyNotAsync(entries, present, silo, ct).ConfigureAwait(false);
        if (refusal is not null)
        {
            return Refuse(refusal);
        }

        var kept = entries.Select(e => e.Group).OfType<GroupId>().ToHashSet();

        // New groups by name come last: the first free address must not be one that another entry names (FIX-9).
        var joins = entries
            .Where(e => e.Group is not { } group || present.All(m => m.Group != group))
            .OrderBy(e => e.Group is null && e.Wish.Group is GroupIdentifier.ByName)
            .ToList();
        var leaves = present.Where(m => !kept.Contains(m.Group)).ToList();

        // Joins first as far as there is room: then a failure has nothing to bring back. What must leave before them is what others keep alive.
        var crowd = Math.Max(0, present.Length + joins.Count - MulticastLimits.GroupsPerInstance);
        var former = await FormerAsync(leaves, crowd, ct).ConfigureAwait(false);
        return await LeaveAsync(instance, former.Take(crowd).Select(f => f.Member), caller, ct).ConfigureAwait(false)
            ?? await JoinOrRestoreAsync(instance, silo, joins, [.. former.Take(crowd)], caller, ct).ConfigureAwait(false)
            ?? await LeaveAsync(instance, former.Skip(crowd).Select(f => f.Member), caller, ct).ConfigureAwait(false)
            ?? Done();
    }

    // With what it takes to make their groups again; those that end with the member come last.
    private async ValueTask<List<Former>> FormerAsync(List<MulticastMemberRow> leaves, int crowd, CancellationToken ct)
    {
        var former = new List<Former>();
        foreach (var member in leaves)
        {
            var key = member.Group.ToString();
            var group = crowd == 0 ? null : await views.GetAsync(GroupViews.Groups, key, ct).ConfigureAwait(false);
            var detail = group is null ? null : await views.GetAsync(GroupViews.Details, key, ct).ConfigureAwait(false);
            former.Add(new Former(member, group?.Row, detail?.Row is { MemberCount: 1, Explicit: null }));
        }

        return [.. former.OrderBy(f => f.EndsItsGroup)];
    }

    private async ValueTask<(List<Entry> Entries, Refusal? Refusal)> ResolveAsync(ImmutableArray<JoinWish> wanted, CancellationToken ct)
    {
        var entries = new List<Entry>();
        var seen = new Dictionary<string, JoinWish>(StringComparer.Ordinal);
        foreach (var wish in wanted)
        {
            var row = await views.FindGroupAsync(wish.Group, ct).ConfigureAwait(false);
            if (row is null && wish.Group is GroupIdentifier.ById)
            {
                return (entries, MulticastErrors.NoSuchGroup(wish.Group.ToString()));
            }

            // A group that is not there yet is told by the name it will have, which an address determines.
            var name = row?.Name ?? (wish.Group is GroupIdentifier.ByAddress byAddress
                ? GroupNames.ForAddress(byAddress.Address)
                : wish.Group.ToString());
            if (!seen.TryAdd(name, wish))
            {
                return (entries, MulticastErrors.DuplicateGroup(seen[name].Group.ToString(), wish.Group.ToString()));
            }

            entries.Add(new Entry(wish, row?.Id, row?.Address, row?.Explicit?.DefaultSources));
        }

        return (entries, null);
    }

    private async ValueTask<Refusal?> WhyNotAsync(
        List<Entry> entries, ImmutableArray<MulticastMemberRow> present, SiloId silo, CancellationToken ct)
    {
        var fresh = entries.Where(e => present.All(m => m.Group != e.Group)).ToList();
        var candidates = fresh.TrueForAll(e => e.Group is not null)
            ? []
            : await views.PoolCandidatesAsync(silo, PoolType.Multicast, ct).ConfigureAwait(false);
        foreach (var entry in fresh)
        {
            var address = entry.Address ?? (entry.Wish.Group as GroupIdentifier.ByAddress)?.Address;
            if (entry.Group is null)
            {
                var (pool, refusal) = MembershipService.Select(entry.Wish, candidates);
                if (pool is null)
                {
                    return refusal;
                }

                address ??= pool.Ranges[0].First;
            }

            if (SourceRules.WhyNotFor(address!.Value, entry.Wish.Sources ?? entry.Defaults) is { } why) // by row, by wish or by pool it is known
            {
                return why;
            }
        }

        return null;
    }

    private async ValueTask<Outcome<Done>?> JoinAsync(
        InstanceId instance, SiloId silo, List<Entry> joins, Principal caller, CancellationToken ct)
    {
        var joined = new List<GroupId>();
        foreach (var entry in joins)
        {
            var outcome = await service.JoinAsync(new JoinRequest(instance, silo, entry.Wish, caller), ct).ConfigureAwait(false);
            if (outcome is Outcome<MemberReply>.Accepted accepted)
            {
                joined.Add(accepted.Value.Group);
                continue;
            }

            foreach (var group in joined)
            {
                await service.LeaveAsync(instance, group, caller, ct).ConfigureAwait(false);
            }

            return outcome.As<MemberReply, Done>();
        }

        return null;
    }

    private async ValueTask<Outcome<Done>?> LeaveAsync(
        InstanceId instance, IEnumerable<MulticastMemberRow> leaves, Principal caller, CancellationToken ct)
    {
        foreach (var member in leaves)
        {
            var outcome = await service.LeaveAsync(instance, member.Group, caller, ct).ConfigureAwait(false);
            if (outcome is not Outcome<Done>.Accepted)
            {
                return outcome;
            }
        }

        return null;
    }

    private async ValueTask<Outcome<Done>?> JoinOrRestoreAsync(
        InstanceId instance, SiloId silo, List<Entry> joins, List<Former> left, Principal caller, CancellationToken ct)
    {
        var failed = await JoinAsync(instance, silo, joins, caller, ct).ConfigureAwait(false);
        if (failed is null)
        {
            return null;
        }

        var lost = new List<string>();
        foreach (var (member, group, _) in left)
        {
            var wish = new JoinWish(new GroupIdentifier.ByAddress(member.Address), member.Sources, null);
            var again = new JoinRequest(instance, silo, wish, caller) { Called = group is null ? null : (group.Name, group.Description) };
            if (await service.JoinAsync(again, ct).ConfigureAwait(false) is not Outcome<MemberReply>.Accepted)
            {
                lost.Add(group?.Name ?? member.Address.ToString());
            }
        }

        return failed is Outcome<Done>.Refused { Why: var why } && lost.Count > 0
            ? Refuse(why with { Message = $"{why.Message}; what had to leave before it could not be joined again: {string.Join(", ", lost)}" })
            : failed;
    }

    private static Outcome<Done> Done() => new Outcome<Done>.Accepted(Actors.Done.Instance, 0);

    private static Outcome<Done> Refuse(Refusal why) => new Outcome<Done>.Refused(why);

    private sealed record Former(MulticastMemberRow Member, MulticastGroupRow? Group, bool EndsItsGroup);

    private sealed record Entry(JoinWish Wish, GroupId? Group, Ip? Address, ImmutableArray<Ip>? Defaults);
}
