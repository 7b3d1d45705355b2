using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>Input of <see cref="ReserveActivity"/>.</summary>
[Wire("instance.reserve-vmm")]
public sealed record ReserveVmm(VmmId Vmm, InstanceId Instance, int Cpus, long MemoryBytes, string? CpuPlatform)
{
    /// <summary>The sled that a migration goes to: only it is asked, and the reservation is a target's.</summary>
    public SledId? Only { get; init; }

    /// <summary>Set for a migration: the VMM's platform, which it keeps.</summary>
    public string? VmmPlatform { get; init; }
}

/// <summary>Its result.</summary>
/// <param name="Sled">The sled that holds the reservation.</param>
/// <param name="VmmAddress">IPv6 address for the hypervisor.</param>
/// <param name="CpuPlatform">The VMM's platform on that sled.</param>
[Wire("instance.vmm-reserved")]
public sealed record VmmReserved(SledId Sled, string VmmAddress, string CpuPlatform);

/// <summary>Input of <see cref="RegisterActivity"/>.</summary>
[Wire("instance.register-vmm")]
public sealed record RegisterVmm(
    VmmId Vmm, InstanceId Instance, SledId Sled, string VmmAddress, ProjectId Project, SiloId Silo, int Cpus, long MemoryBytes, string Hostname)
{
    /// <summary>Set for a migration target.</summary>
    public MigrationId? Migration { get; init; }
}

/// <summary>Input of <see cref="UnregisterActivity"/>.</summary>
[Wire("instance.unregister-vmm")]
public sealed record UnregisterVmm(VmmId Vmm, SledId Sled);

/// <summary>Input of <see cref="PutStateActivity"/>.</summary>
/// <param name="Vmm">The VMM.</param>
/// <param name="Sled">Where it is.</param>
/// <param name="State"><c>running</c>, <c>stopped</c> or <c>reboot</c>.</param>
/// <param name="IsStart">Part of a start: failures are told otherwise, and the start unwinds instead of judging the VMM.</param>
[Wire("instance.put-vmm-state")]
public sealed record PutVmmState(VmmId Vmm, SledId Sled, string State, bool IsStart);
