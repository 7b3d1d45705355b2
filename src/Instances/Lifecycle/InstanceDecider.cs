using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>
/// The instance's own state machine: rows I1 to I9 of vmm 2.1. What users may ask when is in <see cref="InstanceVerdicts"/>, what a VMM's news
/// change in <see cref="VmmNews"/>.
/// </summary>
internal sealed class InstanceDecider : IDecider<InstanceState, InstanceCommand, InstanceEvent>
{
    public const string NameSpace = "instance-name";

    public static InstanceState Initial { get; } = new();

    public static Decision<InstanceEvent> Decide(InstanceState state, InstanceCommand command, in Turn turn)
    {
        if (command is CreateInstance create)
        {
            return Create(state, create, turn);
        }

        if (!state.IsLive)
        {
            // An unwinding saga and an abandoned VMM must come to an end; news of a deleted instance's VMM is no news.
            return command is UnmakeInstance or UnmarkStarting or MayReap or VmmReport or EndTarget or NoteStartFailed or InstanceCommand.Replied
                ? Decision.Unchanged<InstanceEvent>()
                : Decision.Refuse<InstanceEvent>(InstancesErrors.InstanceUnknown(turn.Self.Key));
        }

        return command switch
        {
            FinishCreate finish => Finish(state, finish, turn),
            UnmakeInstance => Unmake(state, turn),
            WantRunning => Wanted(state, Intents.Running, InstanceVerdicts.Start(state)),
            WantStopped => Stop(state, turn),
            WantReboot => Wanted(state, Intents.Running, InstanceVerdicts.Reboot(state)),
            DeleteInstance => Delete(state, turn),
            ConfigureInstance configure => Configure(state, configure, turn),
            MarkStarting mark => Mark(state, mark, turn),
            UnmarkStarting unmark => Unmark(state, unmark, turn),
            MayReap reap => reap.Vmm == state.ActiveVmm || reap.Vmm == state.TargetVmm
                ? Decision.Refuse<InstanceEvent>(InstancesErrors.StillLinked(reap.Vmm))
                : Decision.Unchanged<InstanceEvent>(),
            VmmReport report => VmmNews.Told(state, report, turn),
            NoteStartFailed failed => failed.IsAutoRestart && failed.Code == state.StartFailedWith
                ? Decision.Unchanged<InstanceEvent>()
                : Decision.Accept<InstanceEvent>(null, [new StartFailed(failed.Vmm, failed.Code, failed.Message, turn.Now)]),
            WantMigrated want => Decision.Unchanged<InstanceEvent>(InstanceVerdicts.Migrate(state, want.Target)),
            MarkMigrating mark => MarkMigration(state, mark, turn),
            EndTarget end => state.Migration == end.Migration && InstanceUpdate.IsUpToTarget(state) && state.TargetVmm is { } target
                ? Decision.Accept<InstanceEvent>(
                    null, [new TargetGivenUp(target, turn.Now)], [new Effect.Post(Addresses.Vmm(target), new AbandonVmm())])
                : Decision.Unchanged<InstanceEvent>(),
            MayRestart => Decision.Unchanged<InstanceEvent>(Restarts.Verdict(state, turn.Now)),
            InstanceCommand.Replied replied => VmmNews.Swapped(state, replied, turn),
            _ => throw Invariant.Unreachable($"instance has no command {command.GetType().Name}"),
        };
    }

    public static InstanceState Apply(InstanceState state, InstanceEvent fact)
    {
        var after = Changed(state, fact);
        return InstanceHistory.IsTold(fact) ? after with { EventCount = state.EventCount + 1 } : after;
    }

    private static InstanceState Changed(InstanceState state, InstanceEvent fact) => fact switch
    {
        InstanceCreated e => state with
        {
            Exists = true,
            Id = e.Instance,
            Project = e.Project,
            Silo = e.Silo,
            Name = e.Name,
            Description = e.Description,
            Config = e.Config,
            Intent = e.Intent,
            State = InstanceWords.Creating,
            StateGeneration = 1,
            TimeStateUpdated = e.At,
            TimeCreated = e.At,
            TimeModified = e.At,
            Generation = 1,
        },
        InstanceReady e => Moved(state, e.At) with { State = InstanceWords.NoVmm },
        InstanceDestroyed e => Moved(state, e.At) with { State = InstanceWords.Destroyed, TimeDeleted = e.At },
        IntentSet e => state with { Intent = e.Intent },
        InstanceConfigured e => state with { Config = e.Config, TimeModified = e.At, Generation = state.Generation + 1 },
        VmmLinked e => Linked(state, e),
        VmmUnlinked e => Moved(state, e.At) with { State = InstanceWords.NoVmm, ActiveVmm = null, Vmms = state.Vmms.Remove(e.Vmm) },
        StartFailed e => state with { StartFailedWith = e.Code },
        FailureCleared e => Moved(state, e.At) with { State = InstanceWords.NoVmm },
        MigrationLinked e => Moved(state, e.At) with
        {
            TargetVmm = e.Target,
            Migration = e.Migration,
            MigrationSource = state.Active is { } source ? new ReservationHolder(source.Vmm, source.Sled) : null,
            Vmms = (state.TargetVmm is { } former && former != e.Target ? state.Vmms.Remove(former) : state.Vmms).SetItem(
                e.Target,
                new VmmReport(state.Id, e.Target, e.Sled, VmmWords.Creating, 1, e.At, null)
                {
                    MigrationIn = new MigrationSide(e.Migration, "pending", 1, e.At),
                }),
        },
        SwapStepped e => state with { Swap = e.Swap },
        ChargeMoved e => state with { ChargedVmm = e.To, IsUncharged = e.To is null },
        VmmTold e => (e.HidesGuest ? Moved(state, e.Report.TimeStateUpdated) : state) with { Vmms = state.Vmms.SetItem(e.Report.Vmm, e.Report) },
        InstanceBroughtInLine e => Moved(state, e.At) with
        {
            State = e.State,
            ActiveVmm = e.ActiveVmm,
            TargetVmm = e.TargetVmm,
            Migration = e.Migration,
            MigrationSource = e.Migration is null ? null : state.MigrationSource,
            Intent = e.Intent,
            Vmms = state.Vmms.RemoveRange(state.Vmms.Keys.Where(v => v != e.ActiveVmm && v != e.TargetVmm)),
        },
        _ => state,
    };

    private static InstanceState Moved(InstanceState state, DateTimeOffset at) =>
        state with { StateGeneration = state.StateGeneration + 1, TimeStateUpdated = at };

    private static InstanceState Linked(InstanceState state, VmmLinked e)
    {
        var first = new VmmReport(state.Id, e.Vmm, e.Sled, VmmWords.Creating, 1, e.At, null);
        return Moved(state, e.At) with
        {
            State = InstanceWords.Vmm,
            ActiveVmm = e.Vmm,
            ChargedVmm = e.Vmm,
            IsUncharged = false,
            Vmms = (state.ActiveVmm is { } former ? state.Vmms.Remove(former) : state.Vmms).SetItem(e.Vmm, first),
            TimeLastAutoRestarted = e.IsAutoRestart ? e.At : state.TimeLastAutoRestarted,
            StartFailedWith = null,
        };
    }

    private static string NameClaim(ProjectId project, string name) => $"{project}/{name}";

    private static Decision<InstanceEvent> Create(InstanceState state, CreateInstance create, in Turn turn)
    {
        if (state.Exists || !Guid.TryParse(turn.Self.Key, out var id))
        {
            return Decision.Refuse<InstanceEvent>(InstancesErrors.NameTaken(create.Name));
        }

        if (InstanceRules.WhyNot(create.Name, create.Description, create.Config) is { } why)
        {
            return Decision.Refuse<InstanceEvent>(why);
        }

        var fact = new InstanceCreated(
            InstanceId.From(id), create.Project, create.Silo, create.Name, create.Description, create.Config,
            create.Start ? Intents.Running : Intents.Stopped, turn.Now);
        return Changed(state, [fact], [new Effect.Claim(NameSpace, NameClaim(create.Project, create.Name))]);
    }

    private static Decision<InstanceEvent> Finish(InstanceState state, FinishCreate finish, in Turn turn)
    {
        if (state.State != InstanceWords.Creating)
        {
            return Decision.Unchanged<InstanceEvent>();
        }

        return Changed(state, [new InstanceReady(turn.Now)], finish.Start is { } vmm ? [StartSaga.Begin(state, vmm, isAutoRestart: false)] : []);
    }

    private static Decision<InstanceEvent> Unmake(InstanceState state, in Turn turn) => state.State == InstanceWords.Creating
        ? Destroy(state, turn, new InstanceVerdict(InstanceVerdict.Nothing), [])
        : Decision.Refuse<InstanceEvent>(InstancesErrors.NotDeletable(state.Name, state.RunStateWord));

    // The project is told by the saga's own undo; told twice is fine.
    private static Decision<InstanceEvent> Destroy(
        InstanceState state, in Turn turn, InstanceVerdict verdict, ImmutableArray<InstanceEvent> before) =>
        Decision.Accept(
            verdict,
            before.Add(new InstanceDestroyed(turn.Now)),
            [
                new Effect.Release(NameSpace, NameClaim(state.Project, state.Name)),
                new Effect.Post(Addresses.InstanceMulticast(state.Id), new InstanceDeleted(state.Id)),
                new Effect.Post(Addresses.InstanceExternalIps(state.Id), new InstanceDeleted(state.Id)),
                new Effect.Post(Addresses.Project(state.Project), new DismissInstance(state.Id)),
                new Effect.Post(Addresses.Silo(state.Silo), new ReleaseQuota(state.Id)),
            ]);

    private static Decision<InstanceEvent> Wanted(InstanceState state, string intent, InstanceVerdict verdict) => state.Intent == intent
        ? Decision.Unchanged<InstanceEvent>(verdict)
        : Decision.Accept<InstanceEvent>(verdict, [new IntentSet(intent)]);

    private static Decision<InstanceEvent> Stop(InstanceState state, in Turn turn)
    {
        var verdict = InstanceVerdicts.Stop(state);
        if (state.State != InstanceWords.Failed)
        {
            return Wanted(state, Intents.Stopped, verdict);
        }

        ImmutableArray<InstanceEvent> cleared = [new FailureCleared(turn.Now)];
        return Changed(state, state.Intent == Intents.Stopped ? cleared : cleared.Insert(0, new IntentSet(Intents.Stopped)), [], verdict);
    }

    private static Decision<InstanceEvent> Delete(InstanceState state, in Turn turn)
    {
        var verdict = InstanceVerdicts.Delete(state);
        return verdict.Why is null
            ? Destroy(state, turn, verdict, state.Intent == Intents.Destroyed ? [] : [new IntentSet(Intents.Destroyed)])
            : Wanted(state, Intents.Destroyed, verdict);
    }

    private static Decision<InstanceEvent> Configure(InstanceState state, ConfigureInstance configure, in Turn turn)
    {
        var wanted = configure.Wanted with { Hostname = state.Config.Hostname, AutoRestartCooldown = state.Config.AutoRestartCooldown };
        if (InstanceRules.WhyNot(wanted) is { } why)
        {
            return Decision.Refuse<InstanceEvent>(why);
        }

        if (configure.BootDisk is { } disk)
        {
            return Decision.Refuse<InstanceEvent>(InstancesErrors.BootDiskUnknown(disk));
        }

        if (wanted == state.Config)
        {
            return Decision.Unchanged<InstanceEvent>();
        }

        return state.ActiveVmm is not null && InstanceRules.FixedMemberThatDiffers(state.Config, wanted) is { } member
            ? Decision.Refuse<InstanceEvent>(InstancesErrors.NotConfigurable(state.Name, state.RunStateWord, member))
            : Decision.Accept<InstanceEvent>(null, [new InstanceConfigured(wanted, turn.Now)]);
    }

    private static Decision<InstanceEvent> Mark(InstanceState state, MarkStarting mark, in Turn turn)
    {
        if (state.ActiveVmm == mark.Vmm)
        {
            return Decision.Unchanged<InstanceEvent>();
        }

        // Whoever starts has written the intent; a stop or delete that was answered since is not written over.
        if (state.Intent != Intents.Running)
        {
            return Decision.Refuse<InstanceEvent>(InstancesErrors.StartOvertaken(state.Name, $"it shall be {state.Intent} now"));
        }

        // Room was reserved and a platform chosen for what was asked for then.
        if (mark.Size is { } size && size != StartSize.Of(state.Config))
        {
            return Decision.Refuse<InstanceEvent>(InstancesErrors.StartOvertaken(state.Name, "it was given another size or CPU platform"));
        }

        var isFree = state.State is InstanceWords.NoVmm or InstanceWords.Failed || state.Active?.State == VmmWords.SagaUnwound;
        if (isFree)
        {
            // The unwound VMM may have been the target of a migration: what the guest was charged on before, nobody else gives back.
            ImmutableArray<Effect> release = state is { ActiveVmm: not null, ChargedVmm: { } charged }
                ? InstanceCharge.GiveBack(state, charged)
                : [];
            return Changed(state, [new VmmLinked(mark.Vmm, mark.Sled, mark.IsAutoRestart, turn.Now)], release);
        }

        return Decision.Refuse<InstanceEvent>(state.ActiveVmm is { } other
            ? InstancesErrors.AlreadyStarting(state.Name, other)
            : InstancesErrors.NotStartable(state.Name, state.RunStateWord));
    }

    private static Decision<InstanceEvent> Unmark(InstanceState state, UnmarkStarting unmark, in Turn turn) =>
        state.ActiveVmm == unmark.Vmm && state.Migration is null
            ? Changed(state, [new VmmUnlinked(unmark.Vmm, turn.Now)], [])
            : InstanceCharge.Unwound(state, unmark.Vmm, turn);

    // I6. The source VMM is told, too, that it has a side of a migration; that is the saga's step before.
    private static Decision<InstanceEvent> MarkMigration(InstanceState state, MarkMigrating mark, in Turn turn)
    {
        if (state.Migration == mark.Migration && state.TargetVmm == mark.Target)
        {
            return Decision.Unchanged<InstanceEvent>();
        }

        var isUnwound = state.Target is { State: VmmWords.SagaUnwound, MigrationIn.State: "failed" }
            && state.Active?.MigrationOut is not { IsTerminal: false };
        var isFree = (state.Migration is null && state.TargetVmm is null) || isUnwound;
        return state.ActiveVmm == mark.Source && state.Active?.State is VmmWords.Running or VmmWords.Rebooting && isFree
            ? Changed(state, [new MigrationLinked(mark.Target, mark.Sled, mark.Migration, turn.Now)], [])
            : Decision.Refuse<InstanceEvent>(InstancesErrors.MigrationLost(state.Name));
    }

    /// <summary>Commits events that change state, active VMM or sled, and tells Multicast.</summary>
    internal static Decision<InstanceEvent> Changed(
        InstanceState state, ImmutableArray<InstanceEvent> events, ImmutableArray<Effect> effects, object? reply = null) =>
        Decision.Accept(reply, events, effects.Add(Tell(events.Aggregate(state, Apply))));

    /// <summary>Multicast hears where the guest is.</summary>
    internal static Effect Tell(InstanceState after) => new Effect.Post(
        Addresses.InstanceMulticast(after.Id),
        new InstanceChanged(
            after.Id, after.StateGeneration, after.State is InstanceWords.Creating or InstanceWords.Vmm, after.ActiveVmm, SledOf(after)));

    /// <summary>Where the guest is: a VMM that was unwound is on no sled (multicast 4.2).</summary>
    internal static SledId? SledOf(InstanceState state) =>
        state.Active is { } active && active.State != VmmWords.SagaUnwound ? active.Sled : null;
}
