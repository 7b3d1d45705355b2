using System.Collections.Immutable;
using System.Text.Json;

namespace Gantry.Switch.Simulator;

/// <summary>Reading and checking of multicast bodies (switch-dpd 1.2, 1.3, 3.3). Each check throws what the daemon answers.</summary>
internal static class GroupRules
{
    public static ImmutableArray<SimMember> ReadMembers(JsonElement body) => [.. body.Array("members").Select(ReadMember)];

    public static NatTarget? ReadNat(JsonElement body) =>
        body.Object("internal_forwarding").OptionalObject("nat_target") is { } nat ? JsonRead.Nat(nat) : null;

    public static int? ReadVlan(JsonElement body) => body.Object("external_forwarding").OptionalNumber("vlan_id", ushort.MaxValue);

    /// <summary>
    /// The list as given, null entries for <c>Any</c>; null when absent. Below version 7 there is <c>Subnet</c> in the place of <c>Any</c>: of width
    /// 0 it means that, else the address alone.
    /// </summary>
    public static ImmutableArray<Ip?>? ReadSources(JsonElement body, SimVersion version)
    {
        if (!body.TryGetProperty("sources", out var sources) || sources.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return sources.ValueKind == JsonValueKind.Array
            ? [.. sources.EnumerateArray().Select(s => ReadSource(s, version.IsAtLeast(7)))]
            : throw JsonRead.Wrong("sources", "a sequence");
    }

    public static void CheckSources(ImmutableArray<Ip?>? sources)
    {
        foreach (var source in sources ?? [])
        {
            if (source is { IsSource: false } bad)
            {
                throw DaemonException.Invalid($"source address {bad} is not a valid unicast source");
            }
        }
    }

    public static void CheckExternalAddress(Ip address, ImmutableArray<Ip?>? sources)
    {
        if (!address.IsMulticast)
        {
            throw DaemonException.Invalid($"{address} is not a multicast address");
        }

        if (address.IsSourceSpecific)
        {
            if (sources is not { Length: > 0 } list || list.Any(s => s is null))
            {
                throw DaemonException.Invalid($"SSM group {address} requires at least one exact source and no Any");
            }

            return;
        }

        if (address.IsReserved)
        {
            throw DaemonException.Invalid($"{address} is in a reserved multicast range");
        }
    }

    public static void CheckNotUnderlay(Ip address)
    {
        if (address.IsUnderlay)
        {
            throw DaemonException.Invalid($"{address} is in the admin-local scope range ff04::/64 of underlay groups");
        }
    }

    public static void CheckNat(NatTarget nat)
    {
        if (!nat.IsGroupMac)
        {
            throw DaemonException.Invalid($"NAT target MAC address {nat.MacText} is not a multicast MAC address");
        }

        if (!nat.Internal.IsUnderlay)
        {
            throw DaemonException.Invalid($"NAT target internal IP address {nat.Internal} is not in the admin-local range ff04::/64");
        }
    }

    public static void CheckTracked(SwitchState state, NatTarget nat)
    {
        if (state.Groups.GetValueOrDefault(nat.Internal) is not UnderlayGroup)
        {
            throw DaemonException.Invalid($"NAT target internal IP address {nat.Internal} is not a tracked multicast group");
        }
    }

    public static void CheckVlan(int? vlan)
    {
        if (vlan is < 2 or > 4095)
        {
            throw DaemonException.Invalid($"VLAN id {vlan} is out of range 2..4095");
        }
    }

    public static void CheckTag(string tag)
    {
        if (tag.Length is 0 or > 80 || !tag.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or ':' or '-'))
        {
            throw DaemonException.Invalid("tag must be 1 to 80 characters of A-Z, a-z, 0-9, '_', '.', ':' and '-'");
        }
    }

    public static void CheckMatch(SimGroup group, string tag)
    {
        if (!string.Equals(group.Tag, tag, StringComparison.Ordinal))
        {
            throw DaemonException.Invalid($"tag mismatch for multicast group {group.Address}");
        }
    }

    /// <summary>M7: lanes 0..3 of any port exist.</summary>
    public static void CheckLanes(ImmutableArray<SimMember> members)
    {
        if (members.Any(m => m.Lane.Link > 3))
        {
            throw DaemonException.InvalidData("no such port");
        }
    }

    /// <summary>S3, S4: null for any source, else distinct and ascending.</summary>
    public static ImmutableArray<Ip>? Normalise(ImmutableArray<Ip?>? sources) =>
        sources is not { Length: > 0 } list || list.Any(s => s is null)
            ? null
            : [.. list.Select(s => s.GetValueOrDefault()).Distinct().Order()];

    private static SimMember ReadMember(JsonElement member)
    {
        if (!PortName.TryParse(member.Text("port_id"), out var port))
        {
            throw JsonRead.Wrong("port_id", "a port id");
        }

        return new SimMember(new Lane(port, member.Number("link_id", byte.MaxValue)), member.Text("direction") switch
        {
            "External" => true,
            "Underlay" => false,
            _ => throw JsonRead.Wrong("direction", "`Underlay` or `External`"),
        });
    }

    private static Ip? ReadSource(JsonElement source, bool hasAny) => source switch
    {
        { ValueKind: JsonValueKind.String } any when hasAny && any.GetString() == "Any" => null,
        { ValueKind: JsonValueKind.Object } exact when exact.TryGetProperty("Exact", out _) => exact.Address("Exact"),
        { ValueKind: JsonValueKind.Object } subnet when !hasAny && subnet.TryGetProperty("Subnet", out _) => OfSubnet(subnet.Text("Subnet")),
        _ => throw JsonRead.Wrong("sources", hasAny ? "`Any` or a map with `Exact`" : "a map with `Exact` or `Subnet`"),
    };

    // The address as given, host bits and all; a prefix would have them cut off.
    private static Ip? OfSubnet(string text) =>
        !Prefix.TryParse(text, out var subnet) || !Ip.TryParse(text[..text.IndexOf('/', StringComparison.Ordinal)], out var address)
            ? throw JsonRead.Wrong("Subnet", "a subnet")
            : subnet.Length == 0 ? null : address;
}
