using System.Text.Json.Nodes;

namespace Gantry.Switch.Simulator;

/// <summary>Answers that show groups.</summary>
internal static class GroupAnswers
{
    public static JsonNode Mixed(SimGroup group)
    {
        var shown = Own(group);
        shown["kind"] = group is UnderlayGroup ? "underlay" : "external";
        return shown;
    }

    public static JsonObject Own(SimGroup group) => group switch
    {
        UnderlayGroup u => new JsonObject
        {
            ["group_ip"] = u.Address.ToString(),
            ["external_group_id"] = u.ExternalId,
            ["underlay_group_id"] = u.UnderlayId,
            ["tag"] = u.Tag,
            ["members"] = new JsonArray([.. u.Members.Select(Member)]),
        },
        ExternalGroup e => new JsonObject
        {
            ["group_ip"] = e.Address.ToString(),
            ["external_group_id"] = e.ExternalId,
            ["tag"] = e.Tag,
            ["internal_forwarding"] = new JsonObject { ["nat_target"] = Nat(e.Nat) },
            ["external_forwarding"] = new JsonObject { ["vlan_id"] = e.Vlan },
            ["sources"] = e.Sources is { } sources
                ? new JsonArray([.. sources.Select(s => new JsonObject { ["Exact"] = s.ToString() })])
                : null,
        },
        _ => throw new InvalidOperationException("two kinds of group exist"),
    };

    public static JsonObject Nat(NatTarget nat) => new()
    {
        ["internal_ip"] = nat.Internal.ToString(),
        ["inner_mac"] = Mac(nat.Mac),
        ["vni"] = nat.Vni,
    };

    public static JsonObject Mac(long mac) => new()
    {
        ["a"] = new JsonArray([.. Enumerable.Range(0, 6).Select(i => (JsonNode)(int)(mac >> (40 - (8 * i)) & 0xff))]),
    };

    private static JsonNode Member(SimMember member) => new JsonObject
    {
        ["port_id"] = member.Lane.Port.ToString(),
        ["link_id"] = member.Lane.Link,
        ["direction"] = member.IsExternal ? "External" : "Underlay",
    };
}
