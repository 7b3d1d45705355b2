using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Tenancy;

/// <summary>What running instances use of one owner's allowance. Pure; a null limit means none.</summary>
public sealed record QuotaLedger
{
    /// <summary>Nothing charged, nothing limited.</summary>
    public static readonly QuotaLedger Empty = new();

    /// <summary>vCPUs at most.</summary>
    public long? CpusMax { get; init; }

    /// <summary>Bytes of memory at most.</summary>
    public long? MemoryBytesMax { get; init; }

    /// <summary>Charges by VMM: each exactly while it is active and passed start step 9 (invariant 7 of vmm 8).</summary>
    public ImmutableDictionary<VmmId, VmmCharge> ByVmm { get; init; } = ImmutableDictionary<VmmId, VmmCharge>.Empty;

    /// <summary>Charges by instance, from before they were told apart by VMM; each goes with the next release of its instance.</summary>
    public ImmutableDictionary<InstanceId, QuotaCharge> Charges { get; init; } = ImmutableDictionary<InstanceId, QuotaCharge>.Empty;

    /// <summary>vCPUs charged.</summary>
    [JsonIgnore]
    public long CpusUsed => Charges.Values.Sum(c => (long)c.Cpus) + ByVmm.Values.Sum(c => (long)c.Cpus);

    /// <summary>Bytes charged.</summary>
    [JsonIgnore]
    public long MemoryBytesUsed => Charges.Values.Sum(c => c.MemoryBytes) + ByVmm.Values.Sum(c => c.MemoryBytes);

    internal int Count => Charges.Count + ByVmm.Count;

    internal bool Holds(ChargeQuota wanted) => wanted.Vmm is { } vmm ? ByVmm.ContainsKey(vmm) : Charges.ContainsKey(wanted.Instance);

    internal bool Holds(InstanceId instance, VmmId? vmm) =>
        Charges.ContainsKey(instance) || ByVmm.Any(c => c.Value.Instance == instance && (vmm is null || c.Key == vmm));

    internal Refusal? WhyNot(string owner, ChargeQuota wanted)
    {
        if (CpusMax is { } cpus && wanted.Cpus > cpus - CpusUsed)
        {
            return TenancyErrors.OverQuota(owner, "vCPUs", wanted.Cpus, CpusUsed, cpus);
        }

        return MemoryBytesMax is { } bytes && wanted.MemoryBytes > bytes - MemoryBytesUsed
            ? TenancyErrors.OverQuota(owner, "bytes of memory", wanted.MemoryBytes, MemoryBytesUsed, bytes)
            : null;
    }

    internal QuotaLedger Charge(InstanceId instance, VmmId? vmm, int cpus, long memoryBytes) => vmm is { } charged
        ? this with { ByVmm = ByVmm.SetItem(charged, new VmmCharge(instance, cpus, memoryBytes)) }
        : this with { Charges = Charges.SetItem(instance, new QuotaCharge(cpus, memoryBytes)) };

    /// <summary>Without the VMM's charge, or without any of the instance.</summary>
    internal QuotaLedger Release(InstanceId instance, VmmId? vmm) => this with
    {
        Charges = Charges.Remove(instance),
        ByVmm = vmm is { } charged ? ByVmm.Remove(charged) : ByVmm.RemoveRange(ByVmm.Where(c => c.Value.Instance == instance).Select(c => c.Key)),
    };
}

/// <summary>One VMM's charge.</summary>
public sealed record VmmCharge(InstanceId Instance, int Cpus, long MemoryBytes);

/// <summary>One instance's charge.</summary>
public sealed record QuotaCharge(int Cpus, long MemoryBytes);
