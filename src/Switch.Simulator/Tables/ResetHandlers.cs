namespace Gantry.Switch.Simulator;

/// <summary>DELETE /all-settings (switch-dpd 2.5): not links, not loopbacks; by tag not groups either (G7).</summary>
internal static class ResetHandlers
{
    public static SimAnswer All(SimCall call)
    {
        var state = NatHandlers.Cleared(NatHandlers.Cleared(call.State, isV6: false), isV6: true);
        state = state with
        {
            Neighbours = state.Neighbours.Clear(),
            Addresses = state.Addresses.Clear(),
            Routes = state.Routes.Clear(),
            AttachedSubnets = state.AttachedSubnets.Clear(),
        };
        call.State = call.Request.Faults.IsMulticastAbsent ? state : GroupHandlers.Cleared(state);
        return SimAnswer.NoContent;
    }

    public static SimAnswer Tagged(SimCall call)
    {
        var tag = call.Parameter(0);
        var neighbours = call.State.Neighbours.Where(n => n.Value.Tag == tag).Select(n => n.Key);
        var addresses = call.State.Addresses.Where(a => a.Value.Tag == tag).Select(a => a.Key);
        call.State = RouteHandlers.Without(call.State, r => r.Tag == tag) with
        {
            Neighbours = call.State.Neighbours.RemoveRange(neighbours),
            Addresses = call.State.Addresses.RemoveRange(addresses),
        };
        return SimAnswer.NoContent;
    }
}
