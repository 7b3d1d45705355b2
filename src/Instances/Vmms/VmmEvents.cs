using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>Facts about a VMM.</summary>
public abstract record VmmEvent;

/// <summary>The record exists, state <c>creating</c>, generation 1.</summary>
[Wire("vmm.created")]
public sealed record VmmCreated(
    VmmId Vmm, InstanceId Instance, SledId Sled, string Address, string CpuPlatform, DateTimeOffset At) : VmmEvent;

/// <summary>The sled may know it from now on.</summary>
[Wire("vmm.register-begun")]
public sealed record RegisterBegun : VmmEvent;

/// <summary>A call of <c>register</c> is being made.</summary>
[Wire("vmm.register-attempted")]
public sealed record RegisterAttempted : VmmEvent;

/// <summary>It is being told to take its guest in.</summary>
[Wire("vmm.target-attempted")]
internal sealed record TargetAttempted : VmmEvent;

/// <summary>The sled certainly does not hold it.</summary>
[Wire("vmm.not-on-sled")]
public sealed record VmmNotOnSled : VmmEvent;

/// <summary>Another state, by the sled or by the control plane.</summary>
[Wire("vmm.state-changed")]
public sealed record VmmStateChanged(string State, long StateGeneration, DateTimeOffset At, string? FailureReason) : VmmEvent;

/// <summary>News of its side of a migration; the side that is null has none.</summary>
[Wire("vmm.migration-side-changed")]
public sealed record MigrationSideChanged(MigrationSide? In, MigrationSide? Out) : VmmEvent;

/// <summary>Its instance gave it up.</summary>
[Wire("vmm.abandoned")]
public sealed record VmmAbandoned : VmmEvent;

/// <summary>Nobody remembers where it was any more.</summary>
[Wire("vmm.buried")]
public sealed record VmmBuried : VmmEvent;

/// <summary>Its reservation is being released.</summary>
[Wire("vmm.tear-down-begun")]
public sealed record TearDownBegun : VmmEvent;

/// <summary>Somebody has to ask again whether it may go.</summary>
[Wire("vmm.reap-postponed")]
public sealed record ReapPostponed : VmmEvent;

/// <summary>Soft-deleted.</summary>
[Wire("vmm.deleted")]
public sealed record VmmDeleted(DateTimeOffset At) : VmmEvent;
