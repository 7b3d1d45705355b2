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

    /// <summary>Charges by instance: each exactly while it has an active VMM that passed start step 9 (invariant 7 of vmm 8).</summary>
    public ImmutableDictionary<InstanceId, QuotaCharge> Charges { get; init; } = ImmutableDictionary<InstanceId, QuotaCharge>.Empty;

    /// <summary>vCPUs charged.</summary>
    [JsonIgnore]
    public long CpusUsed => Charges.Values.Sum(c => (long)c.Cpus);

    /// <summary>Bytes charged.</summary>
    [JsonIgnore]
    public long MemoryBytesUsed => Charges.Values.Sum(c => c.MemoryBytes);

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

    internal QuotaLedger Charge(InstanceId instance, QuotaCharge charge) => this with { Charges = Charges.SetItem(instance, charge) };

    internal QuotaLedger Release(InstanceId instance) => this with { Charges = Charges.Remove(instance) };
}

/// <summary>One instance's charge.</summary>
public sealed record QuotaCharge(int Cpus, long MemoryBytes);
