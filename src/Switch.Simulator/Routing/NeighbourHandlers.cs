using System.Text.Json.Nodes;

namespace Gantry.Switch.Simulator;

/// <summary>ARP and NDP entries (switch-dpd 2.5).</summary>
internal static class NeighbourHandlers
{
    private const int EntriesMax = 512;

    public static SimAnswer List(SimCall call, bool isV6) =>
        Paging.Page(call, call.State.Neighbours.Where(n => n.Key.IsV6 == isV6), "ip", n => n.Key, n => Show(n.Key, n.Value));

    public static SimAnswer Add(SimCall call, bool isV6)
    {
        var body = call.Body();
        var address = body.Address("ip");
        var neighbour = new Neighbour(body.Text("tag"), body.Mac("mac"), body.Text("update"));
        if (address.IsV6 != isV6)
        {
            throw DaemonException.Invalid($"{address} is not {(isV6 ? "IPv6" : "IPv4")}");
        }

        if (!call.State.Neighbours.ContainsKey(address) && call.State.Neighbours.Keys.Count(ip => ip.IsV6 == isV6) >= EntriesMax)
        {
            throw DaemonException.Full(isV6 ? "Ingress.l3_router.Ndp.tbl" : "Ingress.l3_router.Arp.tbl");
        }

        call.State = call.State with { Neighbours = call.State.Neighbours.SetItem(address, neighbour) };
        return SimAnswer.NoContent;
    }

    public static SimAnswer Get(SimCall call, bool isV6)
    {
        var address = call.Address(0, isV6);
        return call.State.Neighbours.TryGetValue(address, out var neighbour)
            ? new SimAnswer(200, Show(address, neighbour))
            : throw DaemonException.Missing();
    }

    public static SimAnswer Remove(SimCall call, bool isV6)
    {
        call.State = call.State with { Neighbours = call.State.Neighbours.Remove(call.Address(0, isV6)) };
        return SimAnswer.NoContent;
    }

    public static SimAnswer Clear(SimCall call, bool isV6)
    {
        var gone = call.State.Neighbours.Keys.Where(ip => ip.IsV6 == isV6);
        call.State = call.State with { Neighbours = call.State.Neighbours.RemoveRange(gone) };
        return SimAnswer.NoContent;
    }

    private static JsonNode Show(Ip address, Neighbour neighbour) => new JsonObject
    {
        ["tag"] = neighbour.Tag,
        ["ip"] = address.ToString(),
        ["mac"] = GroupAnswers.Mac(neighbour.Mac),
        ["update"] = neighbour.Update,
    };
}
