using System.Collections.Immutable;
using Gantry.Devices;

namespace Gantry.Multicast;

/// <summary>One difference between what a switch should hold and what it holds.</summary>
/// <param name="Kind"><c>missing</c>, <c>surplus</c> or <c>different</c>.</param>
/// <param name="What"><c>external-group</c>, <c>underlay-group</c>, <c>port</c>, <c>source</c>, <c>nat-target</c>, <c>vlan</c> or <c>tag</c>.</param>
/// <param name="Name">The entry, by the name it has on the switch.</param>
/// <param name="Wanted">What should be there; null for a surplus entry.</param>
/// <param name="Found">What is there; null for a missing entry.</param>
public sealed record SwitchDifference(string Kind, string What, string Name, string? Wanted = null, string? Found = null)
{
    /// <summary>Differences of one group that are kept and shown; more than these only say that nothing is right.</summary>
    public const int KeptMax = 16;

    /// <summary>Whether two lists say the same.</summary>
    public static bool AreSame(ImmutableArray<SwitchDifference>? left, ImmutableArray<SwitchDifference>? right) =>
        (left ?? []).SequenceEqual(right ?? []);
}

/// <summary>Names the differences of one group on one switch, for people. Pure, and empty exactly when the plan is.</summary>
public static class SwitchDiff
{
    /// <summary>Compares.</summary>
    public static ImmutableArray<SwitchDifference> Of(DesiredGroup group, ImmutableArray<ActualGroup> actual)
    {
        var found = ImmutableArray.CreateBuilder<SwitchDifference>();
        if (group.Kind == DesiredKind.LeftAlone)
        {
            return [];
        }

        foreach (var extra in actual.Where(a => a.Tag == group.Tag))
        {
            if (group.Kind == DesiredKind.Absent || (extra.Address != group.Address && extra.Address != group.Underlay))
            {
                found.Add(new SwitchDifference("surplus", KindOf(extra), extra.Address.ToString()));
            }
        }

        if (group.Kind == DesiredKind.Unlinked)
        {
            found.Add(new SwitchDifference("missing", "external-group", group.Address.ToString()));
        }

        if (group.Kind == DesiredKind.Present)
        {
            CompareUnderlay(found, group, actual.FirstOrDefault(a => a.Address == group.Underlay));
            CompareExternal(found, group, actual.FirstOrDefault(a => a.Address == group.Address));
        }

        return found.ToImmutable();
    }

    private static void CompareUnderlay(ImmutableArray<SwitchDifference>.Builder found, DesiredGroup group, ActualGroup? underlay)
    {
        if (!IsThere(found, group, underlay, "underlay-group", group.Underlay))
        {
            return;
        }

        var wanted = SwitchPlan.MembersFor(group, underlay!.Members); // IsThere said so
        found.AddRange(wanted.Except(underlay.Members).Select(m => new SwitchDifference("missing", "port", NameOf(m))));
        found.AddRange(underlay.Members.Except(wanted).Select(m => new SwitchDifference("surplus", "port", NameOf(m))));
    }

    private static void CompareExternal(ImmutableArray<SwitchDifference>.Builder found, DesiredGroup group, ActualGroup? external)
    {
        if (!IsThere(found, group, external, "external-group", group.Address))
        {
            return;
        }

        var name = group.Address.ToString();
        found.AddRange(group.Sources.Except(external!.Sources) // IsThere said so
            .Select(s => new SwitchDifference("missing", "source", s.ToString())));
        found.AddRange(external.Sources.Except(group.Sources)
            .Select(s => new SwitchDifference("surplus", "source", s.ToString())));
        if (external.VlanId != group.VlanId)
        {
            found.Add(new SwitchDifference("different", "vlan", name, TextOf(group.VlanId), TextOf(external.VlanId)));
        }

        var (wanted, nat) = (TextOf(group.Underlay, group.Nat.InnerMac, group.Nat.Vni), TextOf(external.NatAddress, external.NatMac, external.NatVni));
        if (!string.Equals(wanted, nat, StringComparison.OrdinalIgnoreCase))
        {
            found.Add(new SwitchDifference("different", "nat-target", name, wanted, nat));
        }
    }

    private static bool IsThere(
        ImmutableArray<SwitchDifference>.Builder found, DesiredGroup group, ActualGroup? actual, string what, Ip address)
    {
        if (actual is null)
        {
            found.Add(new SwitchDifference("missing", what, address.ToString()));
            return false;
        }

        if (actual.Tag != group.Tag)
        {
            found.Add(new SwitchDifference("different", "tag", address.ToString(), group.Tag, actual.Tag));
            return false;
        }

        return true;
    }

    private static string TextOf(int? vlan) => vlan?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none";

    private static string TextOf(Ip? address, string? mac, int? vni) => $"{address?.ToString() ?? "none"} {mac} vni {vni}";

    private static string KindOf(ActualGroup group) => group.IsUnderlay ? "underlay-group" : "external-group";

    private static string NameOf(SwitchMember member) => $"{member.PortId}/{member.LinkId} {member.Direction}";
}
