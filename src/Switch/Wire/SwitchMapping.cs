using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Gantry.Devices;

namespace Gantry.Switch;

/// <summary>Between port records and wire bodies. Addresses become canonical text on the way in.</summary>
internal static class SwitchMapping
{
    public static UnderlayCreateBody ToWire(UnderlayGroupBody body) =>
        new(Canonical(body.Address), body.Tag, ToWire(body.Members));

    public static MemberBody[] ToWire(ImmutableArray<SwitchMember> members) =>
        [.. members.Select(m => new MemberBody(m.PortId, m.LinkId, m.Direction))];

    public static ExternalCreateBody ToCreate(ExternalGroupBody body) => new(
        Canonical(body.Address), body.Tag, new(ToWire(body.Nat)), new(body.VlanId), body.Sources.IsEmpty ? null : ToWire(body.Sources));

    public static ExternalUpdateBody ToUpdate(ExternalGroupBody body) =>
        new(new(ToWire(body.Nat)), new(body.VlanId), ToWire(body.Sources));

    /// <summary>A group as the switch gave it.</summary>
    /// <exception cref="FormatException">The switch said something that cannot be.</exception>
    public static SwitchGroup ToPort(GroupBody body)
    {
        var isUnderlay = body.Kind is null ? body.Members is not null : body.Kind == "underlay";
        return new SwitchGroup
        {
            Address = Canonical(body.GroupIp),
            IsUnderlay = isUnderlay,
            Tag = body.Tag,
            ExternalGroupId = body.ExternalGroupId,
            Members = isUnderlay ? [.. (body.Members ?? []).Select(m => new SwitchMember(m.PortId, m.LinkId, m.Direction))] : [],
            Nat = body.InternalForwarding?.NatTarget is { } nat ? ToPort(nat) : null,
            VlanId = body.ExternalForwarding?.VlanId,
            Sources = ToPort(body.Sources),
        };
    }

    public static string Canonical(string address) =>
        IPAddress.TryParse(address, out var parsed) ? parsed.ToString() : throw new FormatException($"\"{address}\" is no IP address");

    private static SourceBody[] ToWire(ImmutableArray<string> sources) => [.. sources.Select(s => new SourceBody(Canonical(s)))];

    private static NatBody ToWire(SwitchNatTarget nat) => new(
        Canonical(nat.InternalAddress),
        new MacBody([.. nat.InnerMac.Split(':').Select(b => int.Parse(b, NumberStyles.AllowHexSpecifier))]),
        nat.Vni);

    private static SwitchNatTarget ToPort(NatBody nat) => new(
        Canonical(nat.InternalIp),
        nat.InnerMac.A is { Length: 6 } bytes
            ? string.Join(':', bytes.Select(b => b.ToString("x2")))
            : throw new FormatException("a MAC address has six bytes"),
        nat.Vni);

    // A list with "Any" lets everyone in; the switch itself never stores one (S3), but a list is read as what it means.
    private static ImmutableArray<string> ToPort(SourceBody[]? sources) =>
        sources is null || sources.Any(s => s.Exact is null)
            ? []
            : [.. sources.Select(s => Canonical(s.Exact!)).Distinct(StringComparer.Ordinal).Order(AddressOrder.Instance)];
}
