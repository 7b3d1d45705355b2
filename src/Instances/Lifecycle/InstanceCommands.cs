using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>Commands of <c>instance/&lt;id&gt;</c>.</summary>
public abstract record InstanceCommand
{
    /// <summary>A reply to its own posts.</summary>
    internal sealed record Replied(string Token, Reply Reply) : InstanceCommand;
}

/// <summary>I1: the record, in state <c>creating</c>.</summary>
[Wire("instance.create")]
public sealed record CreateInstance(
    ProjectId Project, SiloId Silo, string Name, string Description, InstanceConfig Config, bool Start) : InstanceCommand, ICommand<Done>;

/// <summary>I2: the creation is done. With a VMM id the start begins in the same commit (reason: the user asked for it).</summary>
[Wire("instance.finish-create")]
public sealed record FinishCreate(VmmId? Start) : InstanceCommand, ICommand<Done>;

/// <summary>I3: the creation unwinds.</summary>
[Wire("instance.unmake")]
public sealed record UnmakeInstance : InstanceCommand, ICommand<Done>;

/// <summary>The user wants it to run. Writes the intent, then says what follows.</summary>
[Wire("instance.want-running")]
public sealed record WantRunning : InstanceCommand, ICommand<InstanceVerdict>;

/// <summary>The user wants it to stop. Writes the intent, then says what follows.</summary>
[Wire("instance.want-stopped")]
public sealed record WantStopped : InstanceCommand, ICommand<InstanceVerdict>;

/// <summary>The user wants a reboot. Writes the intent, then says what follows.</summary>
[Wire("instance.want-reboot")]
public sealed record WantReboot : InstanceCommand, ICommand<InstanceVerdict>;

/// <summary>I9: the user wants it gone. Writes the intent, then deletes or says why not.</summary>
[Wire("instance.delete"), Destructive]
public sealed record DeleteInstance : InstanceCommand, ICommand<InstanceVerdict>;

/// <summary>Changes what was asked for; all or nothing.</summary>
[Wire("instance.configure")]
public sealed record ConfigureInstance(InstanceConfig Wanted, string? BootDisk) : InstanceCommand, ICommand<Done>;

/// <summary>I4: the instance gets its VMM. Idempotent for the same VMM.</summary>
/// <param name="Vmm">The new VMM, state <c>creating</c>.</param>
/// <param name="Sled">Its sled.</param>
/// <param name="IsAutoRestart">The reason is an automatic restart.</param>
[Wire("instance.mark-starting")]
public sealed record MarkStarting(VmmId Vmm, SledId Sled, bool IsAutoRestart) : InstanceCommand, ICommand<Done>
{
    /// <summary>What the VMM was made for; null in what was sent before it was said.</summary>
    public StartSize? Size { get; init; }
}

/// <summary>The part of what was asked for that a VMM cannot change any more.</summary>
public sealed record StartSize(int Cpus, long MemoryBytes, string? CpuPlatform)
{
    internal static StartSize Of(InstanceConfig config) => new(config.Cpus, config.MemoryBytes, config.CpuPlatform);
}

/// <summary>I5: the start unwinds.</summary>
[Wire("instance.unmark-starting")]
public sealed record UnmarkStarting(VmmId Vmm) : InstanceCommand, ICommand<Done>;

/// <summary>A start came to nothing and was taken back: for the history.</summary>
[Wire("instance.note-start-failed")]
internal sealed record NoteStartFailed(VmmId Vmm, string Code, string Message, bool IsAutoRestart) : InstanceCommand;

/// <summary>May the instance be migrated there? Answers with its active VMM, its sled and what a start would need.</summary>
[Wire("instance.want-migrated")]
public sealed record WantMigrated(SledId Target) : InstanceCommand, ICommand<InstanceVerdict>;

/// <summary>I6: the instance gets a target and a migration. Idempotent for the same target and migration.</summary>
[Wire("instance.mark-migrating")]
public sealed record MarkMigrating(VmmId Source, VmmId Target, SledId Sled, MigrationId Migration) : InstanceCommand, ICommand<Done>;

/// <summary>
/// To itself, a while after a migration lost its source: a target that has not told its end by then is ended at its sled, so that it is known.
/// </summary>
[Wire("instance.end-target")]
public sealed record EndTarget(MigrationId Migration) : InstanceCommand, ICommand<Done>;

/// <summary>May the instance be restarted by itself now (vmm 4.8)?</summary>
[Wire("instance.may-restart")]
public sealed record MayRestart : InstanceCommand, ICommand<RestartVerdict>;

/// <summary>The answer to <see cref="MayRestart"/>.</summary>
/// <param name="Start">What to start it with; null when it may not be started now.</param>
/// <param name="Why"><c>Failed</c> or <c>SagaUnwound</c>; else what stands against it.</param>
/// <param name="After">When the cooldown is over, if that is all that stands against it.</param>
[Wire("instance.restart-verdict")]
public sealed record RestartVerdict(StartData? Start, string Why, DateTimeOffset? After = null);

/// <summary>May an abandoned VMM's record go? Refused while the instance points at it.</summary>
[Wire("instance.may-reap")]
public sealed record MayReap(VmmId Vmm) : InstanceCommand, ICommand<Done>;

/// <summary>
/// The answer to a user's wish. It is not a refusal even when <paramref name="Why"/> is set, because the intent was written before the wish
/// was judged (vmm 4.2).
/// </summary>
/// <param name="Action">One of the constants.</param>
/// <param name="Vmm">For <see cref="AskSled"/>: the VMM.</param>
/// <param name="Sled">For <see cref="AskSled"/>: where it is.</param>
/// <param name="Why">For <see cref="No"/>: what stands against it.</param>
[Wire("instance.verdict")]
public sealed record InstanceVerdict(string Action, VmmId? Vmm = null, SledId? Sled = null, Refusal? Why = null)
{
    /// <summary>Nothing to do; not even a time stamp changes.</summary>
    public const string Nothing = "nothing";

    /// <summary>Begin a start.</summary>
    public const string Begin = "begin";

    /// <summary>The sled has to be asked.</summary>
    public const string AskSled = "ask_sled";

    /// <summary>Refused.</summary>
    public const string No = "no";
}
