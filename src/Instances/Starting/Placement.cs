using System.Collections.Immutable;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>Which sled to ask (vmm 4.9). Pure but for the dice that it is given.</summary>
internal static class Placement
{
    /// <summary>
    /// A sled, or why none. The sled's own entity has the last word, because the view may be a moment old; a sled that refused is
    /// <paramref name="tried"/> and the choice is made again.
    /// </summary>
    public static Choice Choose(
        ImmutableArray<SledRow> sleds, ReserveVmm wanted, AffinityInputs affinity, IReadOnlySet<SledId> tried, IRandomSource random)
    {
        if (affinity.Required.Count > 1)
        {
            return new Choice(null, InstancesErrors.AffinityConflict(
                $"its affinity groups want it on {affinity.Required.Count} sleds at once: {string.Join(", ", affinity.Required)}"));
        }

        var fitting = sleds.Where(s => !tried.Contains(s.Id) && Fits(s, wanted)).ToImmutableArray();
        if (affinity.Required.Count == 1)
        {
            var required = affinity.Required.First();
            if (affinity.Banned.Contains(required))
            {
                return new Choice(null, InstancesErrors.AffinityConflict(
                    $"an affinity group wants it on sled {required}, and an anti-affinity group keeps it away from there"));
            }

            var only = fitting.FirstOrDefault(s => s.Id == required);
            return new Choice(only, only is null ? WhyNone.Of(sleds, wanted, tried, affinity, $"its affinity group wants it on sled {required}; ") : null);
        }

        var candidates = fitting.Where(s => !affinity.Banned.Contains(s.Id)).OrderBy(_ => random.NextDouble()).ToList();
        var preferred = affinity.Preferred.Except(affinity.Unpreferred);
        var unpreferred = affinity.Unpreferred.Except(affinity.Preferred);
        var chosen = candidates.Find(s => preferred.Contains(s.Id))
            ?? candidates.Find(s => !unpreferred.Contains(s.Id))
            ?? candidates.FirstOrDefault();
        return new Choice(chosen, chosen is null ? WhyNone.Of(sleds, wanted, tried, affinity) : null);
    }

    /// <summary>What keeps a running VMM from every one of the sleds, and the way out; for when none was chosen.</summary>
    public static string WhyNowhere(ImmutableArray<SledRow> sleds, string vmmPlatform) => vmmPlatform == CpuPlatforms.SledDefault
        ? $"its CPU platform {vmmPlatform} can run on its own sled only; stop it"
        : sleds.Any(s => s.IsInService && CpuPlatforms.MayMigrate(vmmPlatform, s.CpuFamily))
            ? "no other sled has room for it; stop it, or make room"
            : $"no other sled can run its CPU platform {vmmPlatform}; stop it, or add such a sled";

    public static bool Fits(SledRow sled, ReserveVmm wanted) =>
        sled.IsProvisionable
        && (wanted.Only is null || wanted.Only == sled.Id)
        && HasPlatform(sled, wanted)
        && wanted.Cpus <= sled.HardwareThreads - sled.ThreadsReserved
        && wanted.MemoryBytes <= sled.ReservoirBytes - sled.ReservoirReservedBytes;

    public static bool HasPlatform(SledRow sled, ReserveVmm wanted) => wanted is { Only: null, VmmPlatform: null }
        ? CpuPlatforms.MayStart(wanted.CpuPlatform, sled.CpuFamily)
        : CpuPlatforms.MayMigrate(wanted.VmmPlatform ?? "", sled.CpuFamily);
}

/// <summary>A choice: exactly one of the two is set.</summary>
internal sealed record Choice(SledRow? Sled, Refusal? Why);

/// <summary>Where the other members of the instance's groups hold reservations, by what that means (vmm 4.9).</summary>
internal sealed record AffinityInputs
{
    public static readonly AffinityInputs None = new();

    public ImmutableHashSet<SledId> Required { get; init; } = [];

    public ImmutableHashSet<SledId> Preferred { get; init; } = [];

    public ImmutableHashSet<SledId> Banned { get; init; } = [];

    public ImmutableHashSet<SledId> Unpreferred { get; init; } = [];

    /// <summary>Affinity groups with policy <c>fail</c>.</summary>
    public ImmutableArray<Guid> Together { get; init; } = [];

    /// <summary>Other members of anti-affinity groups with policy <c>fail</c>.</summary>
    public ImmutableArray<InstanceId> Apart { get; init; } = [];
}
