using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Contracts;

/// <summary>What other areas may read of an instance.</summary>
public sealed record InstanceRow
{
    /// <summary>The instance.</summary>
    public required InstanceId Id { get; init; }

    /// <summary>Its name, unique in the project.</summary>
    public required string Name { get; init; }

    /// <summary>Free text.</summary>
    public required string Description { get; init; }

    /// <summary>Its project.</summary>
    public required ProjectId Project { get; init; }

    /// <summary>The silo of the project.</summary>
    public required SiloId Silo { get; init; }

    /// <summary>vCPUs.</summary>
    public required int Cpus { get; init; }

    /// <summary>Memory in bytes.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Host name.</summary>
    public required string Hostname { get; init; }

    /// <summary>Internal state: <c>creating</c>, <c>no_vmm</c>, <c>vmm</c>, <c>failed</c> (vmm 1.3).</summary>
    public required string State { get; init; }

    /// <summary>What users see (vmm 1.8).</summary>
    public required string RunState { get; init; }

    /// <summary>When the run state last changed.</summary>
    public required DateTimeOffset TimeRunStateUpdated { get; init; }

    /// <summary>State generation.</summary>
    public required long StateGeneration { get; init; }

    /// <summary>What the user wants: <c>running</c>, <c>stopped</c>, <c>guest_shutdown</c>, <c>destroyed</c>.</summary>
    public required string IntendedState { get; init; }

    /// <summary>The active VMM.</summary>
    public VmmId? ActiveVmm { get; init; }

    /// <summary>The active VMM's sled.</summary>
    public SledId? Sled { get; init; }

    /// <summary>Configured restart policy, or null.</summary>
    public string? AutoRestartPolicy { get; init; }

    /// <summary>Configured pause between automatic restarts; null for 5 minutes.</summary>
    public TimeSpan? AutoRestartCooldown { get; init; }

    /// <summary>Configured CPU platform, or null.</summary>
    public string? CpuPlatform { get; init; }

    /// <summary>Whether large frames are asked for.</summary>
    public bool EnableJumboFrames { get; init; }

    /// <summary>Last automatic restart.</summary>
    public DateTimeOffset? TimeLastAutoRestarted { get; init; }

    /// <summary>Birth.</summary>
    public required DateTimeOffset TimeCreated { get; init; }

    /// <summary>Last change.</summary>
    public required DateTimeOffset TimeModified { get; init; }

    /// <summary>Generation of what was asked: the ETag.</summary>
    public required long Generation { get; init; }
}

/// <summary>A VMM that is not soft-deleted (vmm 1.4).</summary>
public sealed record VmmRow
{
    /// <summary>The VMM.</summary>
    public required VmmId Id { get; init; }

    /// <summary>Its instance.</summary>
    public required InstanceId Instance { get; init; }

    /// <summary>Its sled.</summary>
    public required SledId Sled { get; init; }

    /// <summary>IPv6 address of the hypervisor.</summary>
    public required string Address { get; init; }

    /// <summary>State as stored, for example <c>running</c>.</summary>
    public required string State { get; init; }

    /// <summary>Generation of the state.</summary>
    public required long StateGeneration { get; init; }

    /// <summary>Set exactly while the state is <c>failed</c>.</summary>
    public string? FailureReason { get; init; }

    /// <summary>CPU platform.</summary>
    public required string CpuPlatform { get; init; }

    /// <summary>A registration may have reached the sled.</summary>
    public bool MayBeOnSled { get; init; }

    /// <summary>When the state last changed, by the clock of whoever changed it.</summary>
    public required DateTimeOffset TimeStateUpdated { get; init; }

    /// <summary>Birth.</summary>
    public required DateTimeOffset TimeCreated { get; init; }
}

/// <summary>Views of Instances that others read.</summary>
public static class InstanceViews
{
    /// <summary>Live instances by id.</summary>
    public static readonly ViewSchema<InstanceRow> Instances = new(
        "instances",
        ContractsJson.Default.InstanceRow,
        ViewColumn<InstanceRow>.Text("name", r => r.Name),
        ViewColumn<InstanceRow>.Text("project", r => r.Project.ToString()),
        ViewColumn<InstanceRow>.Text("sled", r => r.Sled?.ToString()),
        ViewColumn<InstanceRow>.Text("active_vmm", r => r.ActiveVmm?.ToString()));

    /// <summary>VMMs by id.</summary>
    public static readonly ViewSchema<VmmRow> Vmms = new(
        "vmms",
        ContractsJson.Default.VmmRow,
        ViewColumn<VmmRow>.Text("instance", r => r.Instance.ToString()),
        ViewColumn<VmmRow>.Text("sled", r => r.Sled.ToString()),
        ViewColumn<VmmRow>.Text("state", r => r.State));
}
