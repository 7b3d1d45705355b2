using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Contracts;

/// <summary>
/// Instances → Tenancy, to <see cref="Addresses.Project"/>: an instance is being created there. Refused when the project is gone
/// (<c>NotFound</c>) or full; accepted on repeat.
/// </summary>
[Wire("project.admit-instance")]
public sealed record AdmitInstance(InstanceId Instance) : ICommand<Done>;

/// <summary>Instances → Tenancy: the instance is gone; accepted also when it was never there.</summary>
[Wire("project.dismiss-instance")]
public sealed record DismissInstance(InstanceId Instance) : ICommand<Done>;

/// <summary>Instances → Tenancy, to <see cref="Addresses.Project"/> and <see cref="Addresses.Silo"/>: charges vCPU and memory. Refused with <c>InsufficientCapacity</c> over quota.</summary>
[Wire("quota.charge")]
public sealed record ChargeQuota(InstanceId Instance, int Cpus, long MemoryBytes) : ICommand<Done>
{
    /// <summary>The VMM that is charged for; null in what was sent before charges were told apart by it.</summary>
    public VmmId? Vmm { get; init; }
}

/// <summary>Instances → Tenancy: gives an instance's charge back; accepted also when there is none.</summary>
[Wire("quota.release")]
public sealed record ReleaseQuota(InstanceId Instance) : ICommand<Done>
{
    /// <summary>The VMM whose charge it is; null for all of the instance.</summary>
    public VmmId? Vmm { get; init; }
}

/// <summary>
/// Multicast → Tenancy, to <see cref="Addresses.Project"/>: something was made in the project that keeps it from being deleted as long as it is in
/// the views. Refused (<c>NotFound</c>) when the project is gone: the sender goes with it.
/// </summary>
[Wire("project.announce-holding")]
public sealed record AnnounceHolding : ICommand<Done>;
