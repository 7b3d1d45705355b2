using System.Text.Json.Nodes;

namespace Gantry.Switch.Simulator;

/// <summary>Addresses of links and of the loopback (switch-dpd 2.5).</summary>
internal static class AddressHandlers
{
    // 511 slots of the chip, two per address.
    private const int AddressesMax = 255;

    public static SimAnswer List(SimCall call, bool isV6)
    {
        LinkHandlers.Find(call);
        var lane = LinkHandlers.LaneOf(call);
        return Paging.Page(
            call, call.State.Addresses.Where(a => a.Key.IsV6 == isV6 && a.Value.Lane == lane), "ip", a => a.Key, a => Show(a.Key, a.Value.Tag));
    }

    public static SimAnswer Add(SimCall call, bool isV6)
    {
        var lane = LinkHandlers.LaneOf(call);
        var (address, tag) = Read(call, isV6);
        LinkHandlers.Find(call);
        if (call.State.Addresses.ContainsKey(address))
        {
            throw DaemonException.Conflict($"address {address} is already assigned");
        }

        if (call.State.Addresses.Keys.Count(a => a.IsV6 == isV6) >= AddressesMax)
        {
            throw DaemonException.Full(isV6 ? "Ingress.filter.switch_ipv6_addr" : "Ingress.filter.switch_ipv4_addr");
        }

        call.State = call.State with { Addresses = call.State.Addresses.Add(address, new SimAddress(lane, tag)) };
        return SimAnswer.NoContent;
    }

    public static SimAnswer Remove(SimCall call, bool isV6)
    {
        var lane = LinkHandlers.LaneOf(call);
        var address = call.Address(2, isV6);
        LinkHandlers.Find(call);
        if (call.State.Addresses.GetValueOrDefault(address)?.Lane != lane)
        {
            throw DaemonException.Missing();
        }

        call.State = call.State with { Addresses = call.State.Addresses.Remove(address) };
        return SimAnswer.NoContent;
    }

    public static SimAnswer Clear(SimCall call, bool isV6)
    {
        LinkHandlers.Find(call);
        var lane = LinkHandlers.LaneOf(call);
        var gone = call.State.Addresses.Where(a => a.Key.IsV6 == isV6 && a.Value.Lane == lane).Select(a => a.Key);
        call.State = call.State with { Addresses = call.State.Addresses.RemoveRange(gone) };
        return SimAnswer.NoContent;
    }

    public static SimAnswer Loopbacks(SimCall call, bool isV6) => new(200, new JsonArray(
        [.. call.State.Loopbacks.Where(l => l.Key.IsV6 == isV6).Select(l => Show(l.Key, l.Value))]));

    public static SimAnswer AddLoopback(SimCall call, bool isV6)
    {
        var (address, tag) = Read(call, isV6);
        call.State = call.State with { Loopbacks = call.State.Loopbacks.SetItem(address, tag) };
        return SimAnswer.NoContent;
    }

    public static SimAnswer RemoveLoopback(SimCall call, bool isV6)
    {
        call.State = call.State with { Loopbacks = call.State.Loopbacks.Remove(call.Address(0, isV6)) };
        return SimAnswer.NoContent;
    }

    private static (Ip Address, string Tag) Read(SimCall call, bool isV6)
    {
        var body = call.Body();
        var address = body.Address("addr");
        return address.IsV6 == isV6 ? (address, body.Text("tag")) : throw JsonRead.Wrong("addr", isV6 ? "an IPv6 address" : "an IPv4 address");
    }

    private static JsonNode Show(Ip address, string tag) => new JsonObject { ["tag"] = tag, ["addr"] = address.ToString() };
}
