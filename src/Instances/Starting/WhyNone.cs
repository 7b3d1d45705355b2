using System.Collections.Immutable;
using System.Globalization;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>Says why no sled was chosen: each sled is counted once, at the first thing that rules it out. Pure.</summary>
internal static class WhyNone
{
    private const double Gibibyte = 1L << 30;

    public static Refusal Of(
        ImmutableArray<SledRow> sleds, ReserveVmm wanted, IReadOnlySet<SledId> tried, AffinityInputs affinity, string before = "")
    {
        var what = $"{wanted.Cpus} CPUs and {SizeOf(wanted.MemoryBytes)} of memory";
        if (sleds.IsEmpty)
        {
            return InstancesErrors.NoRoom(what, "there is no sled in service");
        }

        var looked = wanted.Only is { } only ? sleds.Where(s => s.Id == only).ToImmutableArray() : sleds;
        var reasons = looked.CountBy(s => ReasonOf(s, wanted, tried, affinity)).OrderByDescending(r => r.Value).ThenBy(r => r.Key, StringComparer.Ordinal)
            .Select(r => $"{r.Value} {r.Key}").ToList();
        var free = looked.Where(s => s.IsProvisionable).ToList();
        var most = free.Count == 0
            ? ""
            : $". Most free on one: {free.Max(s => s.HardwareThreads - s.ThreadsReserved)} threads, {SizeOf(free.Max(s => s.ReservoirBytes - s.ReservoirReservedBytes))}";
        return InstancesErrors.NoRoom(what, $"{before}of {looked.Length} {(looked.Length == 1 ? "sled" : "sleds")} {string.Join(", ", reasons)}{most}");
    }

    private static string ReasonOf(SledRow sled, ReserveVmm wanted, IReadOnlySet<SledId> tried, AffinityInputs affinity) =>
        !sled.IsProvisionable ? "not provisionable"
        : !Placement.HasPlatform(sled, wanted) ? "of another CPU platform"
        : wanted.Cpus > sled.HardwareThreads - sled.ThreadsReserved ? "short of threads"
        : wanted.MemoryBytes > sled.ReservoirBytes - sled.ReservoirReservedBytes ? "short of memory"
        : affinity.Banned.Contains(sled.Id) || (affinity.Required.Count > 0 && !affinity.Required.Contains(sled.Id)) ? "ruled out by affinity"
        : tried.Contains(sled.Id) ? "refused when asked"
        : "not chosen";

    private static string SizeOf(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / Gibibyte:0.##} GiB");
}
