namespace Gantry.Multicast;

/// <summary>The state of a pool after each event. Pure.</summary>
internal static class PoolApply
{
    public static PoolState Apply(PoolState state, PoolEvent fact) => fact switch
    {
        PoolEvent.Created e => new PoolState
        {
            IsLive = true,
            Id = e.Id,
            Name = e.Name,
            Description = e.Description,
            Type = e.Type,
            Version = e.Version,
            Assignment = e.Assignment,
            Network = e.Network,
            TimeCreated = e.At,
            TimeModified = e.At,
            Generation = 1,
        },
        PoolEvent.Updated e => state with
        {
            Name = e.Name,
            Description = e.Description,
            Network = e.Network,
            TimeModified = e.At,
            Generation = state.Generation + 1,
        },
        PoolEvent.Assigned e => state with
        {
            Assignment = e.Assignment,
            TimeModified = e.At,
            Generation = state.Generation + 1,
        },
        PoolEvent.Deleted => state with { IsLive = false, IsDeleted = true, Links = PoolState.None.Links },
        PoolEvent.RangeAdded e => state with
        {
            Ranges = [.. state.Ranges.Add(e.Range).OrderBy(r => r.First)],
            Generation = state.Generation + 1,
        },
        PoolEvent.RangeRemoved e => state with
        {
            Ranges = state.Ranges.RemoveAll(r => r.Id == e.Range),
            Generation = state.Generation + 1,
        },
        PoolEvent.Linked e => state with
        {
            Links = state.Links.SetItem(e.Silo, e.Link),
            Generation = state.Generation + 1,
        },
        PoolEvent.Unlinked e => state with
        {
            Links = state.Links.Remove(e.Silo),
            Generation = state.Generation + 1,
        },
        PoolEvent.Allocated e => state with { Given = state.Given.SetItem(e.Group, e.Allocation) },
        PoolEvent.Released e => state with { Given = state.Given.Remove(e.Group) },
        PoolEvent.Lent e => state with { Lent = state.Lent.SetItem(e.Lease, e.Lending) },
        PoolEvent.LeaseEnded e => state with { Lent = state.Lent.Remove(e.Lease) },
        _ => state,
    };
}
