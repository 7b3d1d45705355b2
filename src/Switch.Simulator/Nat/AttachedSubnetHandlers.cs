using System.Text.Json.Nodes;

namespace Gantry.Switch.Simulator;

/// <summary>Subnets outside that belong to an instance inside (switch-dpd 2.5), from version 3 on.</summary>
internal static class AttachedSubnetHandlers
{
    // P7 and switch-dpd 3.8.
    private const int PageMax = 64;
    private const int SubnetsMax = 512;

    public static SimAnswer List(SimCall call) => Paging.Page(
        call,
        call.State.AttachedSubnets,
        new PageKey<KeyValuePair<Prefix, NatTarget>, Prefix>("subnet", s => s.Key, Prefix.TryParse),
        s => new JsonObject { ["subnet"] = s.Key.ToString(), ["tgt"] = GroupAnswers.Nat(s.Value) },
        PageMax);

    public static SimAnswer Get(SimCall call)
    {
        var subnet = call.Prefix(0);
        return call.State.AttachedSubnets.TryGetValue(subnet, out var target)
            ? new SimAnswer(200, GroupAnswers.Nat(target))
            : throw DaemonException.NotFound($"no mapping of {subnet}");
    }

    public static SimAnswer Put(SimCall call)
    {
        var subnet = call.Prefix(0);
        var target = JsonRead.Nat(call.Body());
        if (call.State.AttachedSubnets.TryGetValue(subnet, out var present))
        {
            return present == target ? SimAnswer.NoContent : throw DaemonException.Conflict("conflicting mapping");
        }

        if (call.State.AttachedSubnets.Keys.Count(s => s.Address.IsV6 == subnet.Address.IsV6) >= SubnetsMax)
        {
            throw DaemonException.Full(subnet.Address.IsV6 ? "Ingress.attached_subnet_ingress.attached_subnets_v6" : "Ingress.attached_subnet_ingress.attached_subnets_v4");
        }

        call.State = call.State with { AttachedSubnets = call.State.AttachedSubnets.Add(subnet, target) };
        return SimAnswer.NoContent;
    }

    public static SimAnswer Remove(SimCall call)
    {
        call.State = call.State with { AttachedSubnets = call.State.AttachedSubnets.Remove(call.Prefix(0)) };
        return SimAnswer.NoContent;
    }

    public static SimAnswer Clear(SimCall call)
    {
        call.State = call.State with { AttachedSubnets = call.State.AttachedSubnets.Clear() };
        return SimAnswer.NoContent;
    }
}
