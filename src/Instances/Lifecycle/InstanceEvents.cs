using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>Facts about an instance.</summary>
public abstract record InstanceEvent;

/// <summary>I1.</summary>
[Wire("instance.created")]
public sealed record InstanceCreated(
    InstanceId Instance, ProjectId Project, SiloId Silo, string Name, string Description, InstanceConfig Config, string Intent, DateTimeOffset At)
    : InstanceEvent;

/// <summary>I2.</summary>
[Wire("instance.ready")]
public sealed record InstanceReady(DateTimeOffset At) : InstanceEvent;

/// <summary>I3 and I9.</summary>
[Wire("instance.destroyed")]
public sealed record InstanceDestroyed(DateTimeOffset At) : InstanceEvent;

/// <summary>Another VMM is charged for now, or none while the guest may still turn up.</summary>
[Wire("instance.charge-moved")]
internal sealed record ChargeMoved(VmmId? To, DateTimeOffset At) : InstanceEvent;

/// <summary>The user wants something else. Not guarded by the state generation.</summary>
[Wire("instance.intent-set")]
public sealed record IntentSet(string Intent) : InstanceEvent;

/// <summary>Something else was asked for.</summary>
[Wire("instance.configured")]
public sealed record InstanceConfigured(InstanceConfig Config, DateTimeOffset At) : InstanceEvent;

/// <summary>I4.</summary>
[Wire("instance.vmm-linked")]
public sealed record VmmLinked(VmmId Vmm, SledId Sled, bool IsAutoRestart, DateTimeOffset At) : InstanceEvent;

/// <summary>I5.</summary>
[Wire("instance.vmm-unlinked")]
public sealed record VmmUnlinked(VmmId Vmm, DateTimeOffset At) : InstanceEvent;

/// <summary>A start came to nothing; what it had changed is taken back.</summary>
[Wire("instance.start-failed")]
internal sealed record StartFailed(VmmId Vmm, string Code, string Message, DateTimeOffset At) : InstanceEvent;

/// <summary>I6.</summary>
[Wire("instance.migration-linked")]
public sealed record MigrationLinked(VmmId Target, SledId Sled, MigrationId Migration, DateTimeOffset At) : InstanceEvent;

/// <summary>The source of its migration is lost and the target does not say how it ended: it is being ended.</summary>
[Wire("instance.target-given-up")]
public sealed record TargetGivenUp(VmmId Target, DateTimeOffset At) : InstanceEvent;

/// <summary>A step of the swap of reservations after a migration: begun, the source's given up, or over.</summary>
[Wire("instance.swap-stepped")]
public sealed record SwapStepped(ReservationSwap? Swap, DateTimeOffset At) : InstanceEvent;

/// <summary>I8: the user took note of a failure.</summary>
[Wire("instance.failure-cleared")]
public sealed record FailureCleared(DateTimeOffset At) : InstanceEvent;

/// <summary>News of one of its VMMs.</summary>
[Wire("instance.vmm-told")]
public sealed record VmmTold(VmmReport Report) : InstanceEvent
{
    /// <summary>The active VMM was unwound: the guest is on no sled now, which is a change of state that others are told.</summary>
    public bool HidesGuest { get; init; }
}

/// <summary>I7: the instance was brought in line with its VMMs and its migration (vmm 2.7).</summary>
[Wire("instance.updated")]
public sealed record InstanceBroughtInLine(
    string State, VmmId? ActiveVmm, VmmId? TargetVmm, MigrationId? Migration, string Intent, ImmutableArray<VmmId> TornDown, DateTimeOffset At)
    : InstanceEvent;
