using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;

namespace Gantry.Tenancy;

/// <summary>Writes the view <c>projects</c>.</summary>
internal static class ProjectView
{
    public static ImmutableArray<ViewOp> Project(EntityAddress self, ProjectState before, ProjectEvent fact, ProjectState after) =>
        after.IsDeleted ? [TenancyViews.Projects.Delete(self.Key)] : [TenancyViews.Projects.Upsert(self.Key, RowOf(after))];

    private static ProjectRow RowOf(ProjectState state) =>
        new(state.Id, state.Silo, state.Name, state.Description, state.TimeCreated, state.TimeModified, state.Generation)
        {
            InstanceCount = state.Instances.Count,
            HoldingCount = state.HoldingCount,
            CpusUsed = state.Quota.CpusUsed,
            MemoryBytesUsed = state.Quota.MemoryBytesUsed,
        };
}
