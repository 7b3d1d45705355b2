using System.Collections.Immutable;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>Which sleds to ask, in which order (vmm 4.9, without affinity groups). Pure but for the dice that it is given.</summary>
internal static class Placement
{
    /// <summary>
    /// Sleds that fit by the view, in random order. The sled's own entity has the last word, because the view may be a moment old.
    /// </summary>
    public static ImmutableArray<SledRow> Candidates(ImmutableArray<SledRow> sleds, ReserveVmm wanted, IRandomSource random) =>
        [.. sleds.Where(s => Fits(s, wanted)).OrderBy(_ => random.NextDouble())];

    public static bool Fits(SledRow sled, ReserveVmm wanted) =>
        sled.IsProvisionable
        && CpuPlatforms.MayStart(wanted.CpuPlatform, sled.CpuFamily)
        && wanted.Cpus <= sled.HardwareThreads - sled.ThreadsReserved
        && wanted.MemoryBytes <= sled.ReservoirBytes - sled.ReservoirReservedBytes;
}
