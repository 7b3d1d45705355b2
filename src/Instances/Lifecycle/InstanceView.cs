using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;

namespace Gantry.Instances;

/// <summary>Writes the view <c>instances</c>: those that are not deleted.</summary>
internal static class InstanceView
{
    public static ImmutableArray<ViewOp> Project(EntityAddress self, InstanceState before, InstanceEvent fact, InstanceState after) =>
        after.IsLive
            ? [InstanceViews.Instances.Upsert(self.Key, RowOf(after)), .. InstanceHistory.Line(self, fact, after)]
            : [InstanceViews.Instances.Delete(self.Key), .. InstanceHistory.Wipe(self, after)];

    private static InstanceRow RowOf(InstanceState state) => new()
    {
        Id = state.Id,
        Name = state.Name,
        Description = state.Description,
        Project = state.Project,
        Silo = state.Silo,
        Cpus = state.Config.Cpus,
        MemoryBytes = state.Config.MemoryBytes,
        Hostname = state.Config.Hostname,
        State = state.State,
        RunState = state.RunStateWord,
        TimeRunStateUpdated = state.Active?.TimeStateUpdated ?? state.TimeStateUpdated,
        StateGeneration = state.StateGeneration,
        IntendedState = state.Intent,
        ActiveVmm = state.ActiveVmm,
        Sled = InstanceDecider.SledOf(state),
        TargetVmm = state.TargetVmm,
        Migration = state.Migration,
        AutoRestartPolicy = state.Config.AutoRestartPolicy,
        AutoRestartCooldown = state.Config.AutoRestartCooldown,
        CpuPlatform = state.Config.CpuPlatform,
        EnableJumboFrames = state.Config.EnableJumboFrames,
        TimeLastAutoRestarted = state.TimeLastAutoRestarted,
        TimeCreated = state.TimeCreated,
        TimeModified = state.TimeModified,
        Generation = state.Generation,
    };
}
