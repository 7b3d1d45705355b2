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
}
