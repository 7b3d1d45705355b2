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

    /// <summary>The VMM that a migration goes to; also while the target is active already and has not confirmed.</summary>
    public VmmId? TargetVmm { get; init; }

    /// <summary>The migration under way, or unwound and not yet cleared.</summary>
    public MigrationId? Migration { get; init; }

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

    /// <summary>Its instance gave it up while it may still run: it has to be ended at its sled.</summary>
    public bool IsAbandoned { get; init; }

    /// <summary>Its side as the target of a migration.</summary>
    public VmmMigrationRow? MigrationIn { get; init; }

    /// <summary>Its side as the source of a migration.</summary>
    public VmmMigrationRow? MigrationOut { get; init; }

    /// <summary>When the state last changed, by the clock of whoever changed it.</summary>
    public required DateTimeOffset TimeStateUpdated { get; init; }

    /// <summary>Birth.</summary>
    public required DateTimeOffset TimeCreated { get; init; }
}

/// <summary>One side of a migration (vmm 1.5).</summary>
/// <param name="Migration">The migration.</param>
/// <param name="State"><c>pending</c>, <c>in_progress</c>, <c>completed</c> or <c>failed</c>.</param>
/// <param name="StateGeneration">Its generation.</param>
/// <param name="TimeUpdated">When it last changed.</param>
public sealed record VmmMigrationRow(MigrationId Migration, string State, long StateGeneration, DateTimeOffset TimeUpdated);

/// <summary>A soft-deleted VMM, kept a while so that a sled that still rings for it can be told to end it (vmm 3.5, fencing).</summary>
/// <param name="Id">The VMM.</param>
/// <param name="Instance">Its instance.</param>
/// <param name="Sled">Where it was.</param>
/// <param name="TimeDeleted">Since when.</param>
public sealed record VmmGraveRow(VmmId Id, InstanceId Instance, SledId Sled, DateTimeOffset TimeDeleted)
{
    /// <summary>It was given up and its sled has not confirmed its end: the sled is told to end it as soon as it answers again.</summary>
    public bool MayLive { get; init; }
}

/// <summary>One line of an instance's history; the last <see cref="KeptMax"/> are kept.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Number">Counts from 1.</param>
/// <param name="At">When.</param>
/// <param name="What">A word, for example <c>vmm</c>.</param>
/// <param name="Detail">For people.</param>
/// <param name="Vmm">The VMM it is about, if any.</param>
public sealed record InstanceEventRow(InstanceId Instance, long Number, DateTimeOffset At, string What, string Detail, VmmId? Vmm)
{
    /// <summary>Lines kept of one instance.</summary>
    public const int KeptMax = 64;
}

/// <summary>An affinity or anti-affinity group (vmm 4.9).</summary>
public sealed record AffinityGroupRow
{
    /// <summary>The group.</summary>
    public required Guid Id { get; init; }

    /// <summary>Its name, unique in the project among groups of its sort.</summary>
    public required string Name { get; init; }

    /// <summary>Free text.</summary>
    public required string Description { get; init; }

    /// <summary>Its project.</summary>
    public required ProjectId Project { get; init; }

    /// <summary>The silo of the project.</summary>
    public required SiloId Silo { get; init; }

    /// <summary>Members keep apart instead of together.</summary>
    public required bool IsAnti { get; init; }

    /// <summary><c>fail</c> or <c>allow</c>.</summary>
    public required string Policy { get; init; }

    /// <summary>Birth.</summary>
    public required DateTimeOffset TimeCreated { get; init; }

    /// <summary>Last change.</summary>
    public required DateTimeOffset TimeModified { get; init; }

    /// <summary>Generation of what was asked: the ETag.</summary>
    public required long Generation { get; init; }
}

/// <summary>An instance in an affinity or anti-affinity group.</summary>
/// <param name="Group">The group.</param>
/// <param name="Instance">The instance.</param>
/// <param name="IsAnti">As the group's.</param>
/// <param name="Policy">As the group's.</param>
public sealed record AffinityMemberRow(Guid Group, InstanceId Instance, bool IsAnti, string Policy);

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

    /// <summary>Soft-deleted VMMs by id.</summary>
    public static readonly ViewSchema<VmmGraveRow> VmmGraves = new("vmm_graves", ContractsJson.Default.VmmGraveRow);

    /// <summary>History by <c>&lt;instance id&gt;.&lt;place&gt;</c>.</summary>
    public static readonly ViewSchema<InstanceEventRow> Events = new(
        "instance_events",
        ContractsJson.Default.InstanceEventRow,
        ViewColumn<InstanceEventRow>.Text("instance", r => r.Instance.ToString()),
        ViewColumn<InstanceEventRow>.Integer("number", r => r.Number));

    /// <summary>Affinity and anti-affinity groups by id.</summary>
    public static readonly ViewSchema<AffinityGroupRow> AffinityGroups = new(
        "affinity_groups",
        ContractsJson.Default.AffinityGroupRow,
        ViewColumn<AffinityGroupRow>.Text("name", r => r.Name),
        ViewColumn<AffinityGroupRow>.Text("project", r => r.Project.ToString()),
        ViewColumn<AffinityGroupRow>.Text("sort", r => r.IsAnti ? "anti" : "affinity"));

    /// <summary>Members of affinity groups by <c>&lt;group id&gt;.&lt;instance id&gt;</c>.</summary>
    public static readonly ViewSchema<AffinityMemberRow> AffinityMembers = new(
        "affinity_members",
        ContractsJson.Default.AffinityMemberRow,
        ViewColumn<AffinityMemberRow>.Text("group", r => r.Group.ToString()),
        ViewColumn<AffinityMemberRow>.Text("instance", r => r.Instance.ToString()));
}
