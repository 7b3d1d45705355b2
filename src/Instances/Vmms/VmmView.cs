using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;

namespace Gantry.Instances;

/// <summary>Writes the view <c>vmms</c>: VMMs that are not soft-deleted.</summary>
internal static class VmmView
{
    public static ImmutableArray<ViewOp> Project(EntityAddress self, VmmState before, VmmEvent fact, VmmState after) =>
        after.IsLive ? [InstanceViews.Vmms.Upsert(self.Key, RowOf(after))]
        : after.IsBuried ? [InstanceViews.VmmGraves.Delete(self.Key)]
        : fact is VmmDeleted ? [InstanceViews.Vmms.Delete(self.Key), GraveOf(self, after)]
        : fact is VmmNotOnSled ? [GraveOf(self, after)]
        : [];

    // The sled's own word, and a sled that was never asked to take it, leave no doubt; an expunged sled is not called again.
    private static ViewOp GraveOf(EntityAddress self, VmmState state) => InstanceViews.VmmGraves.Upsert(
        self.Key,
        new VmmGraveRow(state.Id, state.Instance, state.Sled, state.TimeDeleted ?? state.TimeStateUpdated)
        {
            MayLive = state is { MayBeOnSled: true, State: VmmWords.Failed, FailureReason: FailureReasons.SledOff or FailureReasons.NoSuchInstance },
        });

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
        IsAbandoned = state.IsAbandoned,
        MigrationIn = SideOf(state.MigrationIn),
        MigrationOut = SideOf(state.MigrationOut),
        TimeStateUpdated = state.TimeStateUpdated,
        TimeCreated = state.TimeCreated,
    };

    private static VmmMigrationRow? SideOf(MigrationSide? side) =>
        side is null ? null : new VmmMigrationRow(side.Migration, side.State, side.StateGeneration, side.TimeUpdated);
}
