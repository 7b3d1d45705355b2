using System.Collections.Immutable;
using Gantry.Devices;

namespace Gantry.Multicast;

/// <summary>
/// What has to be called on a switch so that it holds what it should. Pure: the whole of multicast 5.7, 5.8 and 6.4 to 6.6 for one switch. A plan
/// over what a plan left behind is empty.
/// </summary>
public static class SwitchPlan
{
    /// <summary>Compares and plans.</summary>
    public static SwitchWork Plan(DesiredDocument desired, ImmutableArray<ActualGroup> actual)
    {
        var byTag = actual.ToLookup(a => a.Tag, StringComparer.Ordinal);
        var byAddress = new Dictionary<Ip, ActualGroup>();
        foreach (var group in actual)
        {
            byAddress[group.Address] = group;
        }

        var rows = desired.Groups.Select(g => g.Id).ToHashSet();
        var absent = desired.Groups.Where(g => g.Kind == DesiredKind.Absent).ToList();
        var orphans = byTag.Select(g => g.Key).Where(tag => GroupTag.TryParse(tag) is { } id && !rows.Contains(id));
        var removed = absent.Select(g => g.Tag).Concat(orphans).ToHashSet(StringComparer.Ordinal);

        var work = ImmutableArray.CreateBuilder<GroupWork>();
        work.AddRange(removed
            .Except(absent.Select(g => g.Tag), StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Select(tag => new GroupWork(null, tag, [new SwitchStep.ResetTag(tag)])));
        work.AddRange(absent.Select(g => new GroupWork(
            g.Id, g.Tag, byTag.Contains(g.Tag) ? [new SwitchStep.ResetTag(g.Tag)] : [])));
        work.AddRange(desired.Groups
            .Where(g => g.Kind == DesiredKind.Present)
            .Select(g => PlanPresent(g, byAddress, byTag[g.Tag], removed)));
        work.AddRange(desired.Groups.Where(g => g.Kind == DesiredKind.Unlinked).Select(Unlinked));
        return new SwitchWork(work.ToImmutable(), [.. ForeignGroupsOf(actual), .. ForeignPortsOf(desired, byAddress)]);
    }

    /// <summary>Plans for one group over what carries its tag; an object of somebody else at its address is not seen here.</summary>
    public static GroupWork PlanOne(DesiredGroup group, ImmutableArray<ActualGroup> tagged)
    {
        if (group.Kind == DesiredKind.Absent)
        {
            return new GroupWork(group.Id, group.Tag, tagged.IsEmpty ? [] : [new SwitchStep.ResetTag(group.Tag)]);
        }

        return group.Kind switch
        {
            DesiredKind.LeftAlone => new GroupWork(group.Id, group.Tag, []),
            DesiredKind.Unlinked => Unlinked(group),
            _ => PlanPresent(group, tagged.ToDictionary(a => a.Address), tagged, []),
        };
    }

    /// <summary>
    /// The members to set: the wanted ports, and what is not ours to remove. Only rear ports with direction <c>Underlay</c> are ever pruned
    /// (and uplinks that the group itself was given), and only when it is known of every member where it is (I14, I15).
    /// </summary>
    public static ImmutableArray<SwitchMember> MembersFor(DesiredGroup group, ImmutableArray<SwitchMember> present) =>
    [
        .. present
            .Where(m => !group.OwnedUplinks.Contains(m) && (!group.IsUnionComplete || !IsPrunable(m)))
            .Concat(group.Ports)
            .Distinct()
            .OrderBy(m => m.PortId, StringComparer.Ordinal)
            .ThenBy(m => m.LinkId)
            .ThenBy(m => m.Direction, StringComparer.Ordinal),
    ];

    /// <summary>Whether an entry may be taken away at all.</summary>
    public static bool IsPrunable(SwitchMember member) =>
        member.Direction == SwitchMember.UnderlayDirection && member.PortId.StartsWith("rear", StringComparison.Ordinal);

    /// <summary>Whether the external object is as wanted, ids aside.</summary>
    public static bool IsRight(DesiredGroup group, ActualGroup external) =>
        external.NatAddress == group.Underlay
        && string.Equals(external.NatMac, group.Nat.InnerMac, StringComparison.OrdinalIgnoreCase)
        && external.NatVni == group.Nat.Vni
        && external.VlanId == group.VlanId
        && external.Sources.SequenceEqual(group.Sources);

    private static GroupWork Unlinked(DesiredGroup group) => new(
        group.Id,
        group.Tag,
        [],
        $"all {UnderlayAddress.SaltMax + 1} underlay addresses of {group.Address} are held, by groups that wait until every recorded switch has let them go");

    private static GroupWork PlanPresent(
        DesiredGroup group, Dictionary<Ip, ActualGroup> byAddress, IEnumerable<ActualGroup> tagged, HashSet<string> removed)
    {
        var external = byAddress.GetValueOrDefault(group.Address);
        var underlay = byAddress.GetValueOrDefault(group.Underlay);
        foreach (var other in new[] { external, underlay })
        {
            // FIX-21: an object with another tag is not ours, whatever it looks like. One that goes in this turn is out of the way by then.
            if (other is not null && other.Tag != group.Tag && !removed.Contains(other.Tag))
            {
                return new GroupWork(group.Id, group.Tag, [], $"{other.Address} is held on the switch under the tag {other.Tag}");
            }
        }

        // Strays with our tag: externals go first and underlays last, when nothing points to them any more.
        var strays = tagged
            .Where(a => a.Address != group.Address && a.Address != group.Underlay && a.Members.All(IsPrunable))
            .ToLookup(a => a.IsUnderlay, a => new SwitchStep.Delete(a.Address, a.Tag));
        var steps = ImmutableArray.CreateBuilder<SwitchStep>();
        steps.AddRange(strays[false]);
        AddPair(
            steps,
            group,
            external?.Tag == group.Tag ? external : null,
            underlay?.Tag == group.Tag ? underlay : null);
        steps.AddRange(strays[true]);
        return new GroupWork(group.Id, group.Tag, steps.ToImmutable());
    }

    private static void AddPair(
        ImmutableArray<SwitchStep>.Builder steps, DesiredGroup group, ActualGroup? external, ActualGroup? underlay)
    {
        // Most of the time it is right: the same members in the order in which they were set.
        var isFilled = underlay is not null && underlay.Members.AsSpan().SequenceEqual(group.Ports.AsSpan());
        var members = isFilled ? group.Ports : MembersFor(group, underlay?.Members ?? []);

        // K5: the create of an IPv6 external object, when it fails, takes the decapsulation entry of a filled underlay object along, and nothing
        // shows it. So one with front ports is filled last, which makes that entry.
        var isFilledLast = !group.Address.IsV4 && members.Any(m => m.Direction == SwitchMember.ExternalDirection);
        var isEmpty = underlay is null || underlay.Members.IsEmpty;

        // K6: an empty underlay object is not filled but made anew, and what points to it with it; unless front ports come in, which are filled right.
        var isMadeAnew = underlay is null || (isEmpty && !members.IsEmpty && !isFilledLast);
        if (isMadeAnew || (external is not null && external.NatAddress != group.Underlay))
        {
            if (external is not null)
            {
                steps.Add(new SwitchStep.Delete(group.Address, group.Tag));
            }

            external = null;
        }

        if (isMadeAnew)
        {
            if (underlay is not null)
            {
                steps.Add(new SwitchStep.Delete(group.Underlay, group.Tag));
            }

            steps.Add(new SwitchStep.CreateUnderlay(new UnderlayGroupBody(group.Underlay.ToString(), group.Tag, isFilledLast ? [] : members)));
        }
        else if (!isFilled && !(isEmpty && isFilledLast) && !underlay!.Members.ToHashSet().SetEquals(members)) // not made anew: it is there
        {
            steps.Add(new SwitchStep.SetMembers(group.Underlay, group.Tag, members));
        }

        if (external is null)
        {
            steps.Add(new SwitchStep.CreateExternal(BodyOf(group)) { IsOverFrontPorts = isFilledLast && !isEmpty });
        }
        else if (!IsRight(group, external))
        {
            steps.Add(new SwitchStep.UpdateExternal(BodyOf(group)));
        }

        if (isFilledLast && isEmpty)
        {
            steps.Add(new SwitchStep.SetMembers(group.Underlay, group.Tag, members));
        }
    }

    private static ExternalGroupBody BodyOf(DesiredGroup group) =>
        new(group.Address.ToString(), group.Tag, group.Nat, group.VlanId, [.. group.Sources.Select(s => s.ToString())]);

    private static IEnumerable<ForeignEntry> ForeignGroupsOf(ImmutableArray<ActualGroup> actual) => actual
        .Where(a => GroupTag.TryParse(a.Tag) is null)
        .OrderBy(a => a.Address)
        .Select(a => new ForeignEntry(a.Address, a.Tag));

    // What somebody put into our own objects and is not ours to prune (I15).
    private static IEnumerable<ForeignEntry> ForeignPortsOf(DesiredDocument desired, Dictionary<Ip, ActualGroup> byAddress) =>
        from g in desired.Groups
        where g.Kind == DesiredKind.Present
        let underlay = byAddress.GetValueOrDefault(g.Underlay)
        where underlay?.Tag == g.Tag
        from m in underlay.Members
        where !IsPrunable(m) && !g.OwnedUplinks.Contains(m) && !g.Ports.Contains(m)
        select new ForeignEntry(g.Underlay, g.Tag, $"{m.PortId}/{m.LinkId} {m.Direction}");
}
