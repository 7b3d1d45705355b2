using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Gantry.Devices;

namespace Gantry.Switch;

/// <summary>
/// What the daemon would refuse, or worse, half apply (K1, K2, K5, K11, K12, K14, K18), is refused here before it is sent. Each check
/// gives the problem as a sentence, or null.
/// </summary>
internal static class SwitchChecks
{
    public static string? Underlay(UnderlayGroupBody body) =>
        UnderlayAddress(body.Address) ?? Tag(body.Tag) ?? Members(body.Members);

    public static string? External(ExternalGroupBody body) =>
        ExternalAddress(body.Address)
        ?? Tag(body.Tag)
        ?? Nat(body.Nat)
        ?? Vlan(body.VlanId)
        ?? Sources(IPAddress.Parse(body.Address), body.Sources);

    public static string? UnderlayAddress(string address) =>
        IPAddress.TryParse(address, out var ip) && AddressRules.IsUnderlay(ip)
            ? null
            : $"the underlay address \"{address}\" is not inside ff04::/64";

    public static string? AnyAddress(string address) =>
        IPAddress.TryParse(address, out _) ? null : $"\"{address}\" is no IP address";

    /// <summary>M13, G4. The two dot segments would also be lost in a path.</summary>
    public static string? Tag(string tag) =>
        tag.Length is 0 or > SwitchLimits.TagLengthMax || !tag.All(IsTagCharacter) || tag is "." or ".."
            ? $"the tag \"{tag}\" is not 1 to {SwitchLimits.TagLengthMax} characters of A-Z a-z 0-9 _ . : -"
            : null;

    public static string? Members(ImmutableArray<SwitchMember> members)
    {
        var seen = new HashSet<SwitchMember>();
        foreach (var member in members)
        {
            if (!IsPort(member.PortId))
            {
                return $"\"{member.PortId}\" is no port: int0, rear0 to rear31, qsfp0 to qsfp31";
            }

            if (member.LinkId is < 0 or > SwitchLimits.LaneMax)
            {
                return $"lane {member.LinkId} of {member.PortId} is not 0 to {SwitchLimits.LaneMax}";
            }

            if (member.Direction is not (SwitchMember.UnderlayDirection or SwitchMember.ExternalDirection))
            {
                return $"\"{member.Direction}\" is no direction";
            }

            if (!seen.Add(member))
            {
                return $"the member {member.PortId}/{member.LinkId} {member.Direction} is there twice";
            }
        }

        return null;
    }

    private static string? ExternalAddress(string address)
    {
        if (!IPAddress.TryParse(address, out var ip) || !AddressRules.IsMulticast(ip))
        {
            return $"\"{address}\" is no multicast address";
        }

        if (AddressRules.IsUnderlay(ip))
        {
            return $"{address} is inside ff04::/64 and belongs to the underlay API";
        }

        return AddressRules.IsReserved(ip) ? $"{address} is reserved: link-local or interface-local multicast" : null;
    }

    private static string? Nat(SwitchNatTarget nat)
    {
        if (UnderlayAddress(nat.InternalAddress) is { } problem)
        {
            return problem;
        }

        var bytes = nat.InnerMac.Split(':');
        if (bytes.Length != 6 || !bytes.All(b => b.Length == 2 && byte.TryParse(b, NumberStyles.AllowHexSpecifier, null, out _)))
        {
            return $"\"{nat.InnerMac}\" is no MAC address";
        }

        if ((byte.Parse(bytes[0], NumberStyles.AllowHexSpecifier) & 1) == 0)
        {
            return $"{nat.InnerMac} is no multicast MAC address";
        }

        return nat.Vni is < 0 or > SwitchLimits.VniMax ? $"VNI {nat.Vni} is not 0 to {SwitchLimits.VniMax}" : null;
    }

    private static string? Vlan(int? vlan) =>
        vlan is < SwitchLimits.VlanMin or > SwitchLimits.VlanMax
            ? $"VLAN {vlan} is not {SwitchLimits.VlanMin} to {SwitchLimits.VlanMax}"
            : null;

    private static string? Sources(IPAddress group, ImmutableArray<string> sources)
    {
        if (sources.IsEmpty)
        {
            return AddressRules.IsSourceSpecific(group) ? $"{group} is source-specific and needs at least one source" : null;
        }

        var seen = new HashSet<IPAddress>();
        foreach (var text in sources)
        {
            if (!IPAddress.TryParse(text, out var source) || !AddressRules.IsSource(source))
            {
                return $"\"{text}\" cannot be a source: not a routable unicast address";
            }

            // The daemon stores it and then lets nothing in (S6).
            if (source.AddressFamily != group.AddressFamily)
            {
                return $"the source {text} is of another family than {group}";
            }

            if (!seen.Add(source))
            {
                return $"the source {text} is there twice";
            }
        }

        return null;
    }

    private static bool IsTagCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or ':' or '-';

    private static bool IsPort(string port) =>
        port == "int0" || IsNumbered(port, "rear") || IsNumbered(port, "qsfp");

    private static bool IsNumbered(string port, string prefix) =>
        port.StartsWith(prefix, StringComparison.Ordinal)
        && int.TryParse(port.AsSpan(prefix.Length), NumberStyles.None, null, out var number)
        && number <= 31
        && port.Length == prefix.Length + (number < 10 ? 1 : 2);
}
