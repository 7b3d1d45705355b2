using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>One incarnation of an instance on one sled (vmm 1.4).</summary>
[Wire("vmm.state")]
public sealed record VmmState
{
    public bool Exists { get; init; }

    public VmmId Id { get; init; }

    public InstanceId Instance { get; init; }

    public SledId Sled { get; init; }

    /// <summary>IPv6 address of the hypervisor.</summary>
    public string Address { get; init; } = "";

    public string State { get; init; } = VmmWords.Creating;

    public long StateGeneration { get; init; }

    public DateTimeOffset TimeStateUpdated { get; init; }

    public DateTimeOffset TimeCreated { get; init; }

    public DateTimeOffset? TimeDeleted { get; init; }

    public string CpuPlatform { get; init; } = "";

    public string? FailureReason { get; init; }

    /// <summary>Its side as migration target, as last told.</summary>
    public MigrationSide? MigrationIn { get; init; }

    /// <summary>Its side as migration source, as last told.</summary>
    public MigrationSide? MigrationOut { get; init; }

    /// <summary>Calls of <c>register</c> that were begun; the first one that surely was not sent leaves nothing behind.</summary>
    public int RegisterAttempts { get; init; }

    /// <summary>Times it was about to be told to take its guest in: from the second on an earlier one may have got through.</summary>
    public int TargetAttempts { get; init; }

    /// <summary>A <c>register</c> may have reached the sled, and no <c>DELETE</c> was answered since.</summary>
    public bool MayBeOnSled { get; init; }

    /// <summary>Its reservation is being released; the record goes after that.</summary>
    public bool IsTearingDown { get; init; }

    /// <summary>Its instance gave it up while it may still run.</summary>
    public bool IsAbandoned { get; init; }

    public bool IsBuried { get; init; }

    public bool IsLive => Exists && TimeDeleted is null;
}

/// <summary>One side of a migration (vmm 1.5).</summary>
public sealed record MigrationSide(MigrationId Migration, string State, long StateGeneration, DateTimeOffset TimeUpdated)
{
    public bool IsTerminal => State is "completed" or "failed";
}
