using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Tenancy;

/// <summary>Facts about a project.</summary>
public abstract record ProjectEvent;

/// <summary>The project exists.</summary>
[Wire("project.created")]
public sealed record ProjectCreated(ProjectId Project, SiloId Silo, string Name, string Description, DateTimeOffset At) : ProjectEvent;

/// <summary>It is called or described otherwise.</summary>
[Wire("project.updated")]
public sealed record ProjectUpdated(string Name, string Description, DateTimeOffset At) : ProjectEvent;

/// <summary>It is gone.</summary>
[Wire("project.deleted")]
public sealed record ProjectDeleted(DateTimeOffset At) : ProjectEvent;

/// <summary>An instance belongs to it.</summary>
[Wire("project.instance-admitted")]
public sealed record InstanceAdmitted(InstanceId Instance) : ProjectEvent;

/// <summary>An instance of it is gone.</summary>
[Wire("project.instance-dismissed")]
public sealed record InstanceDismissed(InstanceId Instance) : ProjectEvent;

/// <summary>An instance's use counts against the project.</summary>
[Wire("project.quota-charged")]
public sealed record ProjectQuotaCharged(InstanceId Instance, int Cpus, long MemoryBytes, VmmId? Vmm = null) : ProjectEvent;

/// <summary>It counts no longer.</summary>
[Wire("project.quota-released")]
public sealed record ProjectQuotaReleased(InstanceId Instance, VmmId? Vmm = null) : ProjectEvent;

/// <summary>Something was made in it by another area.</summary>
[Wire("project.holding-noted")]
public sealed record HoldingNoted : ProjectEvent;
