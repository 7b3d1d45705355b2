using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>The control plane's record of a VMM: rows V1 to V7 of vmm 2.2, generations by 1.7.</summary>
internal sealed class VmmDecider : IDecider<VmmState, VmmCommand, VmmEvent>
{
    private const string ReleaseToken = "release";
    private const string AbandonToken = "abandon";
    private const string ReapTimer = "reap";
    private const string GraveTimer = "grave";

    public static VmmState Initial { get; } = new();

    public static Decision<VmmEvent> Decide(VmmState state, VmmCommand command, in Turn turn)
    {
        if (command is CreateVmm create)
        {
            return Create(state, create, turn);
        }

        if (command is BuryVmm)
        {
            return state is { Exists: true, IsLive: false, IsBuried: false }
                ? Decision.Accept<VmmEvent>(null, [new VmmBuried()])
                : Decision.Unchanged<VmmEvent>();
        }

        if (command is SledForgot && state is { Exists: true, MayBeOnSled: true, IsBuried: false })
        {
            return Accept(new VmmNotOnSled()); // of a soft-deleted one too: its grave says whether a guest may have survived
        }

        if (!state.IsLive)
        {
            // Taking back what never was, or is gone, is success: an unwinding saga must end.
            return command is UnwindVmm or TearDownVmm or ReapVmm or AbandonVmm or FailMigration or VmmCommand.Replied or SledForgot
                or RegisterNotSent
                ? Decision.Unchanged<VmmEvent>()
                : Decision.Refuse<VmmEvent>(Refusal.NotFound("VMM", turn.Self.Key));
        }

        return command switch
        {
            BeginRegister => Begin(state),
            AttemptRegister => Attempt(state),
            AttemptTarget => Decision.Accept<VmmEvent>(
                new VmmStanding(VmmReport.Of(state), Changed: true, Attempt: state.TargetAttempts + 1), [new TargetAttempted()]),
            RegisterNotSent => state is { MayBeOnSled: true, RegisterAttempts: 1 } ? Accept(new VmmNotOnSled()) : Decision.Unchanged<VmmEvent>(),
            SledForgot => Decision.Unchanged<VmmEvent>(),
            ApplySledState apply => ApplySaid(state, apply, turn),
            FailVmm fail => Fail(state, fail.Reason, turn),
            UnwindVmm => Unwind(state, turn),
            BeginMigrationOut begin => BeginOut(state, begin.Migration, turn),
            FailMigration fail => FailSide(state, fail.Migration, turn),
            AbandonVmm => Abandon(state, turn),
            TearDownVmm => TearDown(state),
            ReapVmm => AskToReap(state),
            VmmCommand.Replied replied => Replied(state, replied, turn),
            _ => throw Invariant.Unreachable($"vmm has no command {command.GetType().Name}"),
        };
    }

    public static VmmState Apply(VmmState state, VmmEvent fact) => fact switch
    {
        VmmCreated e => state with
        {
            Exists = true,
            Id = e.Vmm,
            Instance = e.Instance,
            Sled = e.Sled,
            Address = e.Address,
            CpuPlatform = e.CpuPlatform,
            State = VmmWords.Creating,
            StateGeneration = 1,
            TimeStateUpdated = e.At,
            TimeCreated = e.At,
        },
        RegisterBegun => state with { MayBeOnSled = true },
        RegisterAttempted => state with { RegisterAttempts = state.RegisterAttempts + 1 },
        TargetAttempted => state with { TargetAttempts = state.TargetAttempts + 1 },
        VmmNotOnSled => state with { MayBeOnSled = false },
        VmmStateChanged e => state with
        {
            State = e.State,
            StateGeneration = e.StateGeneration,
            TimeStateUpdated = e.At,
            FailureReason = e.FailureReason,
        },
        MigrationSideChanged e => state with { MigrationIn = e.In ?? state.MigrationIn, MigrationOut = e.Out ?? state.MigrationOut },
        VmmAbandoned => state with { IsAbandoned = true },
        VmmBuried => state with { IsBuried = true },
        TearDownBegun => state with { IsTearingDown = true },
        VmmDeleted e => state with { TimeDeleted = e.At },
        _ => state,
    };

    private static Decision<VmmEvent> Create(VmmState state, CreateVmm create, in Turn turn)
    {
        if (state.Exists)
        {
            return state.IsLive && state.State == VmmWords.Creating && state.Instance == create.Instance
                ? Decision.Unchanged<VmmEvent>()
                : Decision.Refuse<VmmEvent>(InstancesErrors.VmmUsed(turn.Self.Key));
        }

        if (!Guid.TryParse(turn.Self.Key, out var id))
        {
            return Decision.Refuse<VmmEvent>(Refusal.NotFound("VMM", turn.Self.Key));
        }

        var created = new VmmCreated(VmmId.From(id), create.Instance, create.Sled, create.Address, create.CpuPlatform, turn.Now);
        return create.Migration is { } migration
            ? Decision.Accept<VmmEvent>(null, [created, new MigrationSideChanged(Pending(migration, turn.Now), null)])
            : Accept(created);
    }

    private static Decision<VmmEvent> Begin(VmmState state)
    {
        if (state.State != VmmWords.Creating)
        {
            return Decision.Refuse<VmmEvent>(InstancesErrors.VmmUsed(state.Id.ToString()));
        }

        return state.MayBeOnSled ? Decision.Unchanged<VmmEvent>() : Accept(new RegisterBegun());
    }

    private static Decision<VmmEvent> Attempt(VmmState state) => state is { State: VmmWords.Creating, MayBeOnSled: true }
        ? Decision.Accept<VmmEvent>(
            new VmmStanding(VmmReport.Of(state), Changed: true, Attempt: state.RegisterAttempts + 1), [new RegisterAttempted()])
        : Decision.Unchanged<VmmEvent>(new VmmStanding(VmmReport.Of(state), Changed: false, Attempt: state.RegisterAttempts));

    private static Decision<VmmEvent> ApplySaid(VmmState state, ApplySledState apply, in Turn turn)
    {
        var said = apply.Said;
        if (!VmmWords.IsSledState(said.State) || said.StateGeneration < 1)
        {
            return Decision.Refuse<VmmEvent>(InstancesErrors.SledSaidNonsense(state.Id, said.State, said.StateGeneration));
        }

        // Only the generation decides; names are never compared. What cannot change any more is absorbing.
        var isNewer = said.StateGeneration > state.StateGeneration;
        var isFinal = VmmWords.IsDestroyable(state.State);
        var events = ImmutableArray.CreateBuilder<VmmEvent>();
        if (isNewer && !isFinal)
        {
            var reason = said.State == VmmWords.Failed ? FailureReasons.FromSledAgent : null;
            events.Add(new VmmStateChanged(said.State, said.StateGeneration, said.TimeUpdated, reason));
        }

        // A VMM is not both sides of one migration, whatever a sled says (vmm 2.4).
        var isNonsense = said.In is { } into && into.Migration == said.Out?.Migration;
        var sides = isNonsense
            ? new MigrationSideChanged(null, null)
            : new MigrationSideChanged(Newer(said.In, state.MigrationIn), Newer(said.Out, state.MigrationOut));
        if (sides is not { In: null, Out: null })
        {
            events.Add(sides);
        }

        if (events.Count == 0)
        {
            return Decision.Unchanged<VmmEvent>(new VmmStanding(VmmReport.Of(state), Changed: false, isNewer && isFinal));
        }

        var after = events.Aggregate(state, Apply);
        if (VmmWords.IsTerminal(after.State) && FailOpen(after.MigrationIn, turn.Now) is { } side)
        {
            // A target that is gone has failed its migration, whether its sled says so or not: the instance must get rid of it.
            events.Add(new MigrationSideChanged(side, null));
            after = Apply(after, events[^1]);
        }

        return Decision.Accept(new VmmStanding(VmmReport.Of(after), Changed: true), events.ToImmutable(), [.. Report(after), .. ReapSoon(after, turn)]);
    }

    /// <summary>
    /// The side if it is news of the migration on record: a higher generation, while the record is not terminal. Of another migration the
    /// record is gone, or this VMM was never that side of it. Null never clears.
    /// </summary>
    private static MigrationSide? Newer(MigrationSide? said, MigrationSide? stored) =>
        said is not null && stored is { IsTerminal: false } && said.Migration == stored.Migration && said.StateGeneration > stored.StateGeneration
            ? said
            : null;

    private static MigrationSide Pending(MigrationId migration, DateTimeOffset at) => new(migration, "pending", 1, at);

    private static Decision<VmmEvent> BeginOut(VmmState state, MigrationId migration, in Turn turn)
    {
        if (state.MigrationOut is { } known && known.Migration == migration)
        {
            return Decision.Unchanged<VmmEvent>();
        }

        if (state.State is not (VmmWords.Running or VmmWords.Rebooting) || state.MigrationOut is { IsTerminal: false })
        {
            return Decision.Refuse<VmmEvent>(InstancesErrors.VmmNotMigratable(state.Id, state.State));
        }

        var fact = new MigrationSideChanged(null, Pending(migration, turn.Now));
        return Decision.Accept<VmmEvent>(null, [fact], Report(Apply(state, fact)));
    }

    private static Decision<VmmEvent> FailSide(VmmState state, MigrationId migration, in Turn turn)
    {
        var into = state.MigrationIn?.Migration == migration ? FailOpen(state.MigrationIn, turn.Now) : null;
        var outOf = state.MigrationOut?.Migration == migration ? FailOpen(state.MigrationOut, turn.Now) : null;
        if (into is null && outOf is null)
        {
            return Decision.Unchanged<VmmEvent>();
        }

        var fact = new MigrationSideChanged(into, outOf);
        return Decision.Accept<VmmEvent>(null, [fact], Report(Apply(state, fact)));
    }

    /// <summary>The side failed, with the next generation; null when there is none or it is over.</summary>
    private static MigrationSide? FailOpen(MigrationSide? side, DateTimeOffset at) => side is null or { IsTerminal: true }
        ? null
        : side with { State = "failed", StateGeneration = side.StateGeneration + 1, TimeUpdated = at };

    private static Decision<VmmEvent> Abandon(VmmState state, in Turn turn)
    {
        if (VmmWords.IsDestroyable(state.State))
        {
            return TearDown(state);
        }

        return state.IsAbandoned
            ? Decision.Unchanged<VmmEvent>()
            : Decision.Accept<VmmEvent>(null, [new VmmAbandoned()], ReapSoon(state with { IsAbandoned = true }, turn));
    }

    // The source of a migration ends when its instance points at the target already: nobody else would take it away at once.
    private static ImmutableArray<Effect> ReapSoon(VmmState after, in Turn turn) =>
        after.IsAbandoned || (VmmWords.IsTerminal(after.State) && after.MigrationOut is not null) ? [new Effect.Nudge(Reconcilers.AbandonedVmmReaper, turn.Self.ToString())] : [];

    private static Decision<VmmEvent> Fail(VmmState state, string reason, in Turn turn)
    {
        // A sled cannot know a VMM that is still creating, so its not knowing says nothing (invariant 14).
        if (VmmWords.IsDestroyable(state.State) || state.State == VmmWords.Creating)
        {
            return Decision.Unchanged<VmmEvent>(new VmmStanding(VmmReport.Of(state), Changed: false));
        }

        return ChangedTo(state, VmmWords.Failed, reason, turn, []);
    }

    private static Decision<VmmEvent> Unwind(VmmState state, in Turn turn) => VmmWords.IsDestroyable(state.State)
        ? Decision.Unchanged<VmmEvent>()
        : ChangedTo(state, VmmWords.SagaUnwound, null, turn, [AskInstance(state)]);

    private static Decision<VmmEvent> ChangedTo(VmmState state, string word, string? reason, in Turn turn, ImmutableArray<Effect> more)
    {
        var fact = new VmmStateChanged(word, state.StateGeneration + 1, turn.Now, reason);

        // A target that is gone has failed its migration. What a source that is gone had let go by then only its target knows.
        var side = FailOpen(state.MigrationIn, turn.Now);
        ImmutableArray<VmmEvent> events = side is null ? [fact] : [fact, new MigrationSideChanged(side, null)];
        var after = events.Aggregate(state, Apply);
        return Decision.Accept<VmmEvent>(
            new VmmStanding(VmmReport.Of(after), Changed: true), events, [.. Report(after), .. ReapSoon(after, turn), .. more]);
    }

    private static Decision<VmmEvent> TearDown(VmmState state) => state.IsTearingDown || !VmmWords.IsDestroyable(state.State)
        ? Decision.Unchanged<VmmEvent>()
        : Decision.Accept<VmmEvent>(null, [new TearDownBegun()], [Release(state), new Effect.CancelTimer(ReapTimer)]);

    private static Decision<VmmEvent> AskToReap(VmmState state) => state.IsTearingDown || !VmmWords.IsDestroyable(state.State)
        ? Decision.Unchanged<VmmEvent>()
        : Decision.Accept<VmmEvent>(null, [new ReapPostponed()], [AskInstance(state)]);

    private static Decision<VmmEvent> Replied(VmmState state, VmmCommand.Replied replied, in Turn turn) => replied switch
    {
        { Token: ReleaseToken, Reply: Reply.Accepted } => Decision.Accept<VmmEvent>(
            null, [new VmmDeleted(turn.Now)], [new Effect.SetTimer(GraveTimer, InstancesLimits.GraveKept, new BuryVmm())]),
        { Token: ReleaseToken } => Decision.Accept<VmmEvent>(
            null, [new ReapPostponed()], [new Effect.Post(Addresses.Sled(state.Sled), new ReleaseSled(state.Id), InstancesLimits.ReapAgain, ReleaseToken)]),
        { Token: AbandonToken, Reply: Reply.Accepted } => TearDown(state),
        { Token: AbandonToken } => Decision.Accept<VmmEvent>(
            null, [new ReapPostponed()], [new Effect.SetTimer(ReapTimer, InstancesLimits.ReapAgain, new ReapVmm())]),
        _ => Decision.Unchanged<VmmEvent>(),
    };

    private static Effect Release(VmmState state) => new Effect.Post(Addresses.Sled(state.Sled), new ReleaseSled(state.Id), default, ReleaseToken);

    private static Effect AskInstance(VmmState state) =>
        new Effect.Post(Addresses.Instance(state.Instance), new MayReap(state.Id), default, AbandonToken);

    private static ImmutableArray<Effect> Report(VmmState after) => [new Effect.Post(Addresses.Instance(after.Instance), VmmReport.Of(after))];

    private static Decision<VmmEvent> Accept(VmmEvent fact) => Decision.Accept<VmmEvent>(null, [fact]);
}
