using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Gantry.Switch.Simulator;

/// <summary>Unicast NAT mappings (switch-dpd 2.5). Nothing is pulled from a control plane: the generation stays 0.</summary>
internal static class NatHandlers
{
    // P7.
    private const int PageMax = 64;
    private const int MappingsMax = 1024;

    public static SimAnswer Put(SimCall call, bool isV6)
    {
        var external = call.Address(0, isV6);
        var (low, high) = (call.Number(1, ushort.MaxValue), call.Number(2, ushort.MaxValue));
        var target = JsonRead.Nat(call.Body());
        if (low > high)
        {
            throw DaemonException.Invalid($"low port {low} is above high port {high}");
        }

        var mapping = new NatMapping(low, high, target);
        var present = Of(call.State, external);
        var overlapping = present.Where(m => m.Low <= high && low <= m.High).ToArray();
        if (overlapping is [var same] && same == mapping)
        {
            return SimAnswer.NoContent;
        }

        if (overlapping.Length > 0)
        {
            throw DaemonException.Conflict("conflicting mapping");
        }

        if (call.State.Nat.Where(n => n.Key.IsV6 == isV6).Sum(n => n.Value.Length) >= MappingsMax)
        {
            throw DaemonException.Full(isV6 ? "Ingress.nat_ingress.ingress_ipv6" : "Ingress.nat_ingress.ingress_ipv4");
        }

        call.State = With(call.State, external, [.. present.Append(mapping).OrderBy(m => m.Low)]);
        return SimAnswer.NoContent;
    }

    public static SimAnswer Get(SimCall call, bool isV6)
    {
        var external = call.Address(0, isV6);
        var port = call.Number(1, ushort.MaxValue);
        var found = Of(call.State, external).FirstOrDefault(m => m.Low <= port && port <= m.High)
            ?? throw DaemonException.NotFound($"no mapping of {external} port {port}");
        return new SimAnswer(200, GroupAnswers.Nat(found.Target));
    }

    public static SimAnswer Delete(SimCall call, bool isV6)
    {
        var external = call.Address(0, isV6);
        var port = call.Number(1, ushort.MaxValue);
        call.State = With(call.State, external, [.. Of(call.State, external).Where(m => port < m.Low || m.High < port)]);
        return SimAnswer.NoContent;
    }

    public static SimAnswer Addresses(SimCall call, bool isV6) => Paging.Page(
        call, call.State.Nat.Keys.Where(ip => ip.IsV6 == isV6), "ip", ip => ip, ip => ip.ToString(), PageMax);

    public static SimAnswer Mappings(SimCall call, bool isV6)
    {
        var external = call.Address(0, isV6);

        // K16: the real one seeks the port after the last one, and after 65535 comes 0.
        var key = new PageKey<NatMapping, int>("port", m => m.Low, int.TryParse)
        {
            StartsOverAfter = call.State.Mode == SwitchMode.Faithful ? last => last == ushort.MaxValue : null,
        };
        return Paging.Page(
            call, Of(call.State, external), key, m => new JsonObject
            {
                ["external"] = external.ToString(),
                ["low"] = m.Low,
                ["high"] = m.High,
                ["target"] = GroupAnswers.Nat(m.Target),
            }, PageMax);
    }

    public static SimAnswer Clear(SimCall call, bool isV6)
    {
        call.State = Cleared(call.State, isV6);
        return SimAnswer.NoContent;
    }

    public static SwitchState Cleared(SwitchState state, bool isV6) =>
        state with { Nat = state.Nat.RemoveRange(state.Nat.Keys.Where(ip => ip.IsV6 == isV6)) };

    public static SimAnswer Generation(SimCall call) => new(200, 0);

    public static SimAnswer Trigger(SimCall call) => new(200) { IsNullBody = true };

    private static ImmutableArray<NatMapping> Of(SwitchState state, Ip external) =>
        state.Nat.TryGetValue(external, out var mappings) ? mappings : [];

    private static SwitchState With(SwitchState state, Ip external, ImmutableArray<NatMapping> mappings) =>
        state with { Nat = mappings.IsEmpty ? state.Nat.Remove(external) : state.Nat.SetItem(external, mappings) };
}
