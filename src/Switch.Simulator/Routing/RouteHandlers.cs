using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gantry.Switch.Simulator;

/// <summary>
/// Unicast routes (switch-dpd 2.5). Targets of IPv4 routes are wrapped in <c>V4</c> or <c>V6</c>: in answers from version 4 on, in requests from
/// version 6 on.
/// </summary>
internal static class RouteHandlers
{
    private const int TargetsMax = 32;
    private const int VlanMin = 2;
    private const int VlanMax = 4095;

    // With multicast built in, which it is here (switch-dpd 3.8).
    private const int Ipv4Max = 7164;
    private const int Ipv6Max = 1023;

    public static SimAnswer List(SimCall call, bool isV6) => Paging.Page(
        call,
        call.State.Routes.Where(r => r.Key.Address.IsV6 == isV6),
        new PageKey<KeyValuePair<Prefix, ImmutableArray<SimRoute>>, Prefix>("cidr", r => r.Key, Prefix.TryParse),
        r => new JsonObject { ["cidr"] = r.Key.ToString(), ["targets"] = Show(call, r.Value, isV6) });

    public static SimAnswer Get(SimCall call, bool isV6) => new(200, Show(call, Find(call, call.Prefix(0, isV6)), isV6));

    /// <summary>POST: one more target.</summary>
    public static SimAnswer Add(SimCall call, bool isV6)
    {
        var (prefix, route, _) = Read(call, isV6);
        var targets = call.State.Routes.GetValueOrDefault(prefix, []);
        if (targets.Any(t => IsSame(t, route)))
        {
            return SimAnswer.NoContent;
        }

        if (targets.Length >= TargetsMax)
        {
            throw DaemonException.Invalid($"{prefix} has {TargetsMax} targets already");
        }

        return Write(call, prefix, targets.Add(route));
    }

    /// <summary>PUT: the only target.</summary>
    public static SimAnswer Set(SimCall call, bool isV6)
    {
        var (prefix, route, replaces) = Read(call, isV6);
        return replaces || !call.State.Routes.ContainsKey(prefix)
            ? Write(call, prefix, [route])
            : throw DaemonException.Conflict("route {cidr} already exists"); // K17: the braces are never filled in
    }

    public static SimAnswer Remove(SimCall call, bool isV6)
    {
        var prefix = call.Prefix(0, isV6);
        Find(call, prefix);
        call.State = call.State with { Routes = call.State.Routes.Remove(prefix) };
        return SimAnswer.NoContent;
    }

    public static SimAnswer RemoveTarget(SimCall call, bool isV6)
    {
        var prefix = call.Prefix(0, isV6);
        call.Port(1);
        call.Number(2, byte.MaxValue);
        var target = call.Address(3);
        var targets = Find(call, prefix);
        var left = targets.RemoveAll(t => t.Target == target); // the port and the link of the path do not count
        if (left.Length == targets.Length)
        {
            throw DaemonException.NotFound($"{prefix} has no target {target}");
        }

        call.State = With(call.State, prefix, left);
        return SimAnswer.NoContent;
    }

    /// <summary>The state without the targets of which the condition holds.</summary>
    public static SwitchState Without(SwitchState state, Func<SimRoute, bool> isGone) => state.Routes.Aggregate(
        state, (s, route) => route.Value.Any(isGone) ? With(s, route.Key, [.. route.Value.Where(t => !isGone(t))]) : s);

    private static SimAnswer Write(SimCall call, Prefix prefix, ImmutableArray<SimRoute> targets)
    {
        var isV6 = prefix.Address.IsV6;
        if (!call.State.Routes.ContainsKey(prefix) && call.State.Routes.Keys.Count(p => p.Address.IsV6 == isV6) >= (isV6 ? Ipv6Max : Ipv4Max))
        {
            throw DaemonException.Full(isV6 ? "Ingress.l3_router.Router6.lookup" : "Ingress.l3_router.Router4.lookup");
        }

        call.State = With(call.State, prefix, targets);
        return SimAnswer.NoContent;
    }

    private static (Prefix Prefix, SimRoute Route, bool Replaces) Read(SimCall call, bool isV6)
    {
        var body = call.Body();
        var prefix = body.Prefix("cidr", isV6);
        var target = body.Object("target");
        var isV6Target = isV6;
        if (!isV6 && call.Version.IsAtLeast(6))
        {
            isV6Target = target.TryGetProperty("V6", out _);
            target = target.Object(isV6Target ? "V6" : "V4");
        }

        var route = Target(target, isV6Target);
        var replaces = body.OptionalBool("replace");
        if (!call.State.Links.ContainsKey(route.Lane))
        {
            throw DaemonException.Missing();
        }

        return route.Vlan is null or (>= VlanMin and <= VlanMax)
            ? (prefix, route, replaces)
            : throw DaemonException.Invalid($"vlan {route.Vlan} is not {VlanMin} to {VlanMax}");
    }

    private static SimRoute Target(JsonElement target, bool isV6)
    {
        var tag = target.Text("tag");
        var port = PortName.TryParse(target.Text("port_id"), out var name) ? name : throw JsonRead.Wrong("port_id", "a port");
        var lane = new Lane(port, target.Number("link_id", byte.MaxValue));
        var to = target.Address("tgt_ip");
        return to.IsV6 == isV6
            ? new SimRoute(tag, lane, to, target.OptionalNumber("vlan_id", ushort.MaxValue))
            : throw JsonRead.Wrong("tgt_ip", isV6 ? "an IPv6 address" : "an IPv4 address");
    }

    private static bool IsSame(SimRoute a, SimRoute b) => (a.Lane, a.Target, a.Vlan) == (b.Lane, b.Target, b.Vlan);

    private static ImmutableArray<SimRoute> Find(SimCall call, Prefix prefix) => call.State.Routes.TryGetValue(prefix, out var targets)
        ? targets
        : throw DaemonException.NotFound($"no route to {prefix}");

    private static SwitchState With(SwitchState state, Prefix prefix, ImmutableArray<SimRoute> targets) =>
        state with { Routes = targets.IsEmpty ? state.Routes.Remove(prefix) : state.Routes.SetItem(prefix, targets) };

    private static JsonArray Show(SimCall call, ImmutableArray<SimRoute> targets, bool isV6) => new([.. targets.Select(t =>
        isV6 || !call.Version.IsAtLeast(4) ? (JsonNode)Show(t) : new JsonObject { [t.Target.IsV6 ? "V6" : "V4"] = Show(t) })]);

    private static JsonObject Show(SimRoute route) => new()
    {
        ["tag"] = route.Tag,
        ["port_id"] = route.Lane.Port.ToString(),
        ["link_id"] = route.Lane.Link,
        ["tgt_ip"] = route.Target.ToString(),
        ["vlan_id"] = route.Vlan,
    };
}
