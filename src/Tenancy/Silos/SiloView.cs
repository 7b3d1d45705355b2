using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;

namespace Gantry.Tenancy;

/// <summary>Writes the view <c>silos</c>.</summary>
internal static class SiloView
{
    public static ImmutableArray<ViewOp> Project(EntityAddress self, SiloState before, SiloEvent fact, SiloState after) =>
    [
        TenancyViews.Silos.Upsert(
            self.Key,
            new SiloRow(after.Id, after.Name, after.Description, after.TimeCreated, after.TimeCreated, after.Generation)
            {
                IsDiscoverable = after.IsDiscoverable,
                IdentityMode = after.IdentityMode,
                CpusMax = after.Quota.CpusMax,
                MemoryBytesMax = after.Quota.MemoryBytesMax,
                CpusUsed = after.Quota.CpusUsed,
                MemoryBytesUsed = after.Quota.MemoryBytesUsed,
            }),
    ];
}
