using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;

namespace Gantry.Instances;

/// <summary>Writes the view <c>vmms</c>: VMMs that are not soft-deleted.</summary>
internal static class VmmView
{
    public static ImmutableArray<ViewOp> Project(EntityAddress self, VmmState before, VmmEvent fact, VmmState after) =>
        after.IsLive ? [InstanceViews.Vmms.Upsert(self.Key, RowOf(after))] : [InstanceViews.Vmms.Delete(self.Key)];

    private static VmmRow RowOf(VmmState state) => new()
    {
        Id = state.Id,
        Instance = state.Instance,
        Sled = state.Sled,
        Address = state.Address,
        State = state.State,
        StateGeneration = state.StateGeneration,
        FailureReason = state.FailureReason,
        CpuPlatform = state.CpuPlatform,
        MayBeOnSled = state.MayBeOnSled,
        TimeStateUpdated = state.TimeStateUpdated,
        TimeCreated = state.TimeCreated,
    };
}
