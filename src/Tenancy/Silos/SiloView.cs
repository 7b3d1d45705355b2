using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;

namespace Gantry.Tenancy;

/// <summary>Writes the view <c>silos</c>.</summary>
internal static class SiloView
{
    public static ImmutableArray<ViewOp> Project(EntityAddress self, SiloState before, SiloEvent fact, SiloState after) =>
        fact is SiloDeleted ? [TenancyViews.Silos.Delete(self.Key)] :
    [
        TenancyViews.Silos.Upsert(
            self.Key,
            new SiloRow(after.Id, after.Name, after.Description, after.TimeCreated, Later(after), after.Generation)
            {
                IsDiscoverable = after.IsDiscoverable,
                IdentityMode = after.IdentityMode,
                CpusMax = after.Quota.CpusMax,
                MemoryBytesMax = after.Quota.MemoryBytesMax,
                StorageBytesMax = after.StorageBytesMax,
                CpusUsed = after.Quota.CpusUsed,
                MemoryBytesUsed = after.Quota.MemoryBytesUsed,
            }),
    ];

    // Silos that were made before there was a time of change have none.
    private static DateTimeOffset Later(SiloState silo) => silo.TimeModified < silo.TimeCreated ? silo.TimeCreated : silo.TimeModified;
}
