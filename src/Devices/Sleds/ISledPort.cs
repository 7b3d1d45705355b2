using System.Collections.Immutable;

namespace Gantry.Devices;

/// <summary>The adapter of one sled agent (vmm 5.2): the only holder of connections to it. Thread-safe.</summary>
public interface ISledPort
{
    /// <summary>How the sled stands.</summary>
    DeviceStatus Status { get; }

    /// <summary>PUT /vmms/{id}: idempotent by VMM and instance.</summary>
    ValueTask<DeviceOutcome<SledVmmState>> RegisterAsync(Guid vmm, VmmRegistration body, CancellationToken ct);

    /// <summary>DELETE /vmms/{id}: the state it had, or null for an unknown VMM.</summary>
    ValueTask<DeviceOutcome<SledVmmUpdate>> UnregisterAsync(Guid vmm, CancellationToken ct);

    /// <summary>PUT /vmms/{id}/state.</summary>
    ValueTask<DeviceOutcome<SledVmmUpdate>> PutStateAsync(Guid vmm, VmmStateRequest state, CancellationToken ct);

    /// <summary>GET /vmms/{id}/state.</summary>
    ValueTask<DeviceOutcome<SledVmmState>> GetStateAsync(Guid vmm, CancellationToken ct);

    /// <summary>PUT /vmms/{id}/external-ip: the VMM has the address; having it already is fine.</summary>
    ValueTask<DeviceOutcome<NoContent>> AttachExternalIpAsync(Guid vmm, SledExternalIp ip, CancellationToken ct);

    /// <summary>DELETE /vmms/{id}/external-ip: the VMM has it no more; not having had it is fine.</summary>
    ValueTask<DeviceOutcome<NoContent>> DetachExternalIpAsync(Guid vmm, SledExternalIp ip, CancellationToken ct);

    /// <summary>GET /inventory.</summary>
    ValueTask<DeviceOutcome<SledInventory>> InventoryAsync(CancellationToken ct);
}

/// <summary>Finds the adapter of a sled by its id.</summary>
public interface ISledPorts
{
    /// <summary>The adapter for a sled at an address; a changed address makes a new one.</summary>
    ISledPort For(string key, Uri address);

    /// <summary>Adapters in use.</summary>
    ImmutableDictionary<string, ISledPort> Known { get; }
}

/// <summary>The rack's management gateway (vmm 1.9).</summary>
public interface IServiceProcessorPort
{
    /// <summary>GET /sp.</summary>
    ValueTask<DeviceOutcome<ImmutableArray<ServiceProcessorState>>> ListAsync(CancellationToken ct);

    /// <summary>GET /sp/{type}/{slot}.</summary>
    ValueTask<DeviceOutcome<ServiceProcessorState>> GetAsync(string type, int slot, CancellationToken ct);
}

/// <summary>Finds the adapter of a management gateway by its address.</summary>
public interface IServiceProcessorPorts
{
    /// <summary>The adapter for a gateway at an address.</summary>
    IServiceProcessorPort For(Uri address);
}

/// <summary>One service processor.</summary>
public sealed record ServiceProcessorState(string Type, int Slot, string PartNumber, string SerialNumber, string PowerState);

/// <summary>What a sled says of one VMM (vmm 5.2). A null migration side means "nothing to say".</summary>
public sealed record SledVmmState(VmmRuntime VmmState, SledMigrationState? MigrationIn, SledMigrationState? MigrationOut);

/// <summary>State name, generation and time.</summary>
public sealed record VmmRuntime(string State, long Gen, DateTimeOffset TimeUpdated);

/// <summary>One side of a migration.</summary>
public sealed record SledMigrationState(Guid MigrationId, string State, long Gen, DateTimeOffset TimeUpdated);

/// <summary>Answer of calls that may change a VMM.</summary>
public sealed record SledVmmUpdate(SledVmmState? UpdatedRuntime);

/// <summary>Body of a registration, as far as the control plane decides it; the adapter fills in the constant parts.</summary>
public sealed record VmmRegistration
{
    /// <summary>The instance.</summary>
    public required Guid InstanceId { get; init; }

    /// <summary>Set for a migration target.</summary>
    public Guid? MigrationId { get; init; }

    /// <summary>Proposed state and generation.</summary>
    public required VmmRuntime Runtime { get; init; }

    /// <summary>vCPUs.</summary>
    public required int Cpus { get; init; }

    /// <summary>Memory in bytes.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Host name.</summary>
    public required string Hostname { get; init; }

    /// <summary>Where the hypervisor listens, <c>[addr]:port</c>.</summary>
    public required string PropolisAddress { get; init; }

    /// <summary>The silo.</summary>
    public required Guid SiloId { get; init; }

    /// <summary>The project.</summary>
    public required Guid ProjectId { get; init; }

    /// <summary>Every live membership of the instance (multicast 8.1).</summary>
    public ImmutableArray<SledMulticastMembership> MulticastGroups { get; init; } = [];

    /// <summary>External addresses of the instance.</summary>
    public ImmutableArray<SledExternalIp> ExternalIps { get; init; } = [];
}

/// <summary>An external address as a sled takes it: IPv4 or IPv6, floating or ephemeral (one of each version).</summary>
public sealed record SledExternalIp(string Address, bool IsFloating);

/// <summary>One membership as a sled takes it.</summary>
public sealed record SledMulticastMembership(string GroupIp, ImmutableArray<string> Sources);

/// <summary>A requested state: <c>running</c>, <c>stopped</c>, <c>reboot</c> or <c>migration_target</c> with its source address.</summary>
public sealed record VmmStateRequest(string Type, string? SrcPropolisAddress = null)
{
    /// <summary>Start the guest.</summary>
    public static readonly VmmStateRequest Running = new("running");

    /// <summary>Stop it.</summary>
    public static readonly VmmStateRequest Stopped = new("stopped");

    /// <summary>Restart it.</summary>
    public static readonly VmmStateRequest Reboot = new("reboot");
}

/// <summary>GET /inventory, as far as used.</summary>
public sealed record SledInventory
{
    /// <summary>The sled id that the agent knows.</summary>
    public required Guid SledId { get; init; }

    /// <summary><c>gimlet</c> or <c>scrimlet</c>.</summary>
    public required string Role { get; init; }

    /// <summary>Baseboard part.</summary>
    public required string PartNumber { get; init; }

    /// <summary>Baseboard serial.</summary>
    public required string SerialNumber { get; init; }

    /// <summary>CPU family.</summary>
    public required string CpuFamily { get; init; }

    /// <summary>Threads for guests.</summary>
    public required long UsableHardwareThreads { get; init; }

    /// <summary>RAM in bytes.</summary>
    public required long UsablePhysicalRam { get; init; }

    /// <summary>Reservoir in bytes.</summary>
    public required long ReservoirSize { get; init; }
}
