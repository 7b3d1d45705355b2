using System.Collections.Immutable;
using Gantry.Devices;

namespace Gantry.Multicast;

/// <summary>
/// A group as a switch holds it, with addresses as numbers: two spellings of one address never look like a difference. Switch-local ids are left
/// behind here (FIX-3).
/// </summary>
public sealed record ActualGroup(
    Ip Address,
    bool IsUnderlay,
    string Tag,
    ImmutableArray<SwitchMember> Members,
    Ip? NatAddress,
    string? NatMac,
    int? NatVni,
    int? VlanId,
    ImmutableArray<Ip> Sources)
{
    /// <summary>Reads a switch's answer; null when its address cannot be read.</summary>
    public static ActualGroup? From(SwitchGroup group) => Ip.TryParse(group.Address) is { } address
        ? new ActualGroup(
            address,
            group.IsUnderlay,
            group.Tag,
            group.Members,
            Ip.TryParse(group.Nat?.InternalAddress),
            group.Nat?.InnerMac,
            group.Nat?.Vni,
            group.VlanId,
            [.. group.Sources.Select(Ip.TryParse).OfType<Ip>().Order()])
        : null;

    /// <summary>Reads a list.</summary>
    public static ImmutableArray<ActualGroup> FromAll(IEnumerable<SwitchGroup> groups) =>
        [.. groups.Select(From).OfType<ActualGroup>()];
}
