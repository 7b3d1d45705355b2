using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>Commands of <c>vmm/&lt;id&gt;</c>.</summary>
public abstract record VmmCommand
{
    /// <summary>A reply to its own posts.</summary>
    internal sealed record Replied(string Token, Reply Reply) : VmmCommand;
}

/// <summary>V1: the record, before any sled knows of it. Idempotent.</summary>
[Wire("vmm.create")]
public sealed record CreateVmm(InstanceId Instance, SledId Sled, string Address, string CpuPlatform) : VmmCommand, ICommand<Done>
{
    /// <summary>Set for a migration target: its side begins <c>pending</c>, generation 1.</summary>
    public MigrationId? Migration { get; init; }
}

/// <summary>The VMM becomes the source of a migration: its side begins <c>pending</c>, generation 1.</summary>
[Wire("vmm.begin-migration-out")]
public sealed record BeginMigrationOut(MigrationId Migration) : VmmCommand, ICommand<Done>;

/// <summary>The workflow of a migration unwinds: the VMM's side of it fails.</summary>
[Wire("vmm.fail-migration")]
public sealed record FailMigration(MigrationId Migration) : VmmCommand, ICommand<Done>;

/// <summary>From the instance: it gave this VMM up though it may still run; the reaper ends it at its sled.</summary>
[Wire("vmm.abandon")]
public sealed record AbandonVmm : VmmCommand, ICommand<Done>;

/// <summary>Timer: a grave is closed.</summary>
[Wire("vmm.bury")]
public sealed record BuryVmm : VmmCommand, ICommand<Done>;

/// <summary>From now on the sled may know the VMM.</summary>
[Wire("vmm.begin-register")]
public sealed record BeginRegister : VmmCommand, ICommand<Done>;

/// <summary>A call of <c>register</c> is about to be made.</summary>
[Wire("vmm.attempt-register")]
public sealed record AttemptRegister : VmmCommand, ICommand<VmmStanding>;

/// <summary>The target of a migration is about to be told to take the guest in.</summary>
[Wire("vmm.attempt-target")]
internal sealed record AttemptTarget : VmmCommand, ICommand<VmmStanding>;

/// <summary>The call was certainly not sent. Believed for the first attempt only: an earlier one may have been.</summary>
[Wire("vmm.register-not-sent")]
public sealed record RegisterNotSent : VmmCommand, ICommand<Done>;

/// <summary>The sled answered that it does not hold the VMM (any more).</summary>
[Wire("vmm.sled-forgot")]
public sealed record SledForgot : VmmCommand, ICommand<Done>;

/// <summary>V2 to V4: what the sled said.</summary>
/// <param name="Said">The state and sides.</param>
[Wire("vmm.apply-sled-state")]
public sealed record ApplySledState(SledSaid Said) : VmmCommand, ICommand<VmmStanding>;

/// <summary>V5: the control plane's verdict.</summary>
/// <param name="Reason">One of <see cref="FailureReasons"/>, not <c>from_sled_agent</c>.</param>
[Wire("vmm.fail")]
public sealed record FailVmm(string Reason) : VmmCommand, ICommand<VmmStanding>;

/// <summary>V6: the workflow that made it unwinds.</summary>
[Wire("vmm.unwind")]
public sealed record UnwindVmm : VmmCommand, ICommand<Done>;

/// <summary>V7: from the instance, which no longer points at it.</summary>
[Wire("vmm.tear-down")]
public sealed record TearDownVmm : VmmCommand, ICommand<Done>;

/// <summary>Timer: ask again whether an unwound VMM may go.</summary>
[Wire("vmm.reap")]
public sealed record ReapVmm : VmmCommand, ICommand<Done>;

/// <summary>What a sled said of a VMM.</summary>
public sealed record SledSaid(string State, long StateGeneration, DateTimeOffset TimeUpdated, MigrationSide? In = null, MigrationSide? Out = null);

/// <summary>How a VMM stands after a command.</summary>
/// <param name="Report">What its instance is told as well.</param>
/// <param name="Changed">The command changed the record.</param>
/// <param name="IsAfterTerminal">Newer news came for a VMM whose state is final, and was dropped.</param>
/// <param name="Attempt">Number of the attempt, for <see cref="AttemptRegister"/> and for telling a target.</param>
[Wire("vmm.standing")]
public sealed record VmmStanding(VmmReport Report, bool Changed, bool IsAfterTerminal = false, int Attempt = 0);
