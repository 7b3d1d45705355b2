namespace Gantry.Switch.Simulator;

/// <summary>Changes behind the control plane's back: what another client, a bug or a lost write leaves (D7, D10, D14).</summary>
internal static class Divergence
{
    /// <summary>Acts out <c>diverge</c> or <c>foreign_tag</c> on the object named by the fault.</summary>
    public static SwitchState Apply(SwitchState state, SimFault fault, DateTimeOffset now)
    {
        var address = Ip.Parse(fault.Match?.Object ?? throw new FormatException($"a fault of kind {fault.Kind} needs match.object, a group address"));
        var what = fault.Kind == "foreign_tag" ? "tag" : fault.Params.What;
        if (what == "extra")
        {
            return Extra(state, address, fault.Params.Tag, now);
        }

        var group = state.Groups.GetValueOrDefault(address) ?? throw new FormatException($"there is no group {address}");
        return (what, group) switch
        {
            ("remove", _) => Ask(state, "DELETE", $"/multicast/groups/{address}", group.Tag, body: null, now),
            ("tag", UnderlayGroup u) => state with { Groups = state.Groups.SetItem(address, u with { Tag = fault.Params.Tag }) },
            ("tag", ExternalGroup e) => state with { Groups = state.Groups.SetItem(address, e with { Tag = fault.Params.Tag }) },
            ("members", UnderlayGroup u) => Ask(
                state, "PUT", $"/multicast/underlay-groups/{address}", u.Tag,
                """{"members":[{"port_id":"rear31","link_id":0,"direction":"Underlay"}]}""", now),
            ("sources", ExternalGroup e) => Rewrite(state, e, e.Vlan, $$"""[{"Exact":"{{(address.IsV6 ? "2001:db8::bad" : "192.0.2.66")}}"}]""", now),
            ("vlan", ExternalGroup e) => Rewrite(state, e, e.Vlan == 666 ? 667 : 666, Sources(e), now),
            _ => throw new FormatException($"\"{what}\" cannot be done to {address}: remove, extra, members, sources, vlan or tag"),
        };
    }

    /// <summary>Takes the chip entry of a group away, so that its next change answers 404 without an error code (D7).</summary>
    public static SwitchState WithoutEntry(SwitchState state, Ip address) =>
        state.Holds(TableNames.Route(address.IsV6), address.ToString()) ? GroupTables.RemoveRoute(state, address) : state;

    private static SwitchState Extra(SwitchState state, Ip address, string tag, DateTimeOffset now) => Ask(
        state, "POST", "/multicast/underlay-groups", tag: null, $$"""{"group_ip":"{{address}}","tag":"{{tag}}","members":[]}""", now);

    private static string Sources(ExternalGroup group) =>
        $"[{string.Join(',', (group.Sources ?? []).Select(s => $$"""{"Exact":"{{s}}"}"""))}]";

    private static SwitchState Rewrite(SwitchState state, ExternalGroup group, int? vlan, string sources, DateTimeOffset now) => Ask(
        state,
        "PUT",
        $"/multicast/external-groups/{group.Address}",
        group.Tag,
        $$"""
        {"internal_forwarding":{"nat_target":{{GroupAnswers.Nat(group.Nat).ToJsonString()}}},
         "external_forwarding":{"vlan_id":{{(vlan is null ? "null" : $"{vlan}")}}},"sources":{{sources}}}
        """,
        now);

    // The other client speaks the same API, so that tables and soft state agree about what it did.
    private static SwitchState Ask(SwitchState state, string method, string path, string? tag, string? body, DateTimeOffset now)
    {
        var query = new Dictionary<string, string>(StringComparer.Ordinal);
        if (tag is not null)
        {
            query["tag"] = tag;
        }

        var (after, answer) = SwitchModel.Step(state, new SimRequest
        {
            Method = method,
            Path = path,
            Query = query,
            ApiVersion = SimVersion.Newest.ToString(),
            Body = body is null ? default : System.Text.Encoding.UTF8.GetBytes(body),
            Now = now,
            NewId = Guid.Empty,
        });
        return answer.Error is null ? after : throw new FormatException($"refused by the switch: {answer.Error.Message}");
    }
}
