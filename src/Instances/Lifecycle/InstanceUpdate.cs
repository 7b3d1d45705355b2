using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>
/// The decision procedure that brings an instance in line with its VMMs and its migration (vmm 2.7), steps 1 to 6. Pure. The entity's mailbox
/// is the lock; a report that changes nothing here starts nothing.
/// </summary>
internal static class InstanceUpdate
{
    /// <summary>What should become of the instance; null when nothing in steps 1 to 4 applies.</summary>
    public static Result? Plan(InstanceState instance)
    {
        if (IsUpToTarget(instance))
        {
            return null;
        }

        var plan = Terminated(instance);
        plan = instance.Migration is null ? plan : Migrated(instance, plan);
        if (!plan.Changed)
        {
            return null;
        }

        // Step 5. A target's failure is not reflected: only the VMM that was active decides between failed and stopped.
        var state = plan.Active is not null ? InstanceWords.Vmm : plan.ActiveFailed ? InstanceWords.Failed : InstanceWords.NoVmm;
        return new Result(
            state, plan.Active, plan.Target, plan.Migration, plan.Intent, [.. plan.TornDown.Distinct()],
            IsDown: plan.Active is null && instance.ActiveVmm is not null, plan.SwapReservations) { Abandoned = plan.Abandoned };
    }

    /// <summary>
    /// The source is gone and nobody saw how far its migration got: the guest may run at the target, and to call the instance down would let it
    /// be started a second time. The target's word, or its end, decides.
    /// </summary>
    public static bool IsUpToTarget(InstanceState instance) =>
        instance.Migration is not null
        && instance.ActiveVmm != instance.TargetVmm
        && instance.Active is { } source && VmmWords.IsTerminal(source.State)
        && instance.Target is { } target && !VmmWords.IsDestroyable(target.State)
        && SideOf(instance, source.MigrationOut) is not ("completed" or "failed")
        && SideOf(instance, target.MigrationIn) is not ("completed" or "failed");

    // Steps 1 and 2.
    private static Draft Terminated(InstanceState instance)
    {
        var plan = new Draft(instance.ActiveVmm, instance.TargetVmm, instance.Migration, instance.Intent);
        if (instance.Active is { } active && VmmWords.IsTerminal(active.State))
        {
            var isGuestShutdown = active.State == VmmWords.Destroyed && instance is { Intent: Intents.Running, Migration: null };
            plan = plan with
            {
                Active = null,
                ActiveFailed = active.State == VmmWords.Failed,
                Intent = isGuestShutdown ? Intents.GuestShutdown : plan.Intent,
                TornDown = plan.TornDown.Add(active.Vmm),
                Changed = true,
            };
        }

        return instance.Target is { } target && VmmWords.IsTerminal(target.State)
            ? plan with { Target = null, TornDown = plan.TornDown.Add(target.Vmm), Changed = true }
            : plan;
    }

    // Steps 3 and 4.
    private static Draft Migrated(InstanceState instance, Draft plan)
    {
        var source = SideOf(instance, instance.Active?.MigrationOut);
        var target = SideOf(instance, instance.Target?.MigrationIn);
        if (instance.ActiveVmm == instance.TargetVmm)
        {
            // The guest has arrived: what is left is the target's word that it did, or its end.
            return target is "completed" or "failed" || plan.Target is null
                ? plan with { Migration = null, Target = null, SwapReservations = plan.Target is not null, Changed = true }
                : plan;
        }

        if (source == "failed" || target == "failed")
        {
            return GivenUp(instance, plan) with { Migration = null, Target = null, Changed = true };
        }

        if (source != "completed" && target != "completed")
        {
            return plan;
        }

        var isTargetGone = instance.TargetVmm is { } vmm && plan.TornDown.Contains(vmm);
        if (plan.Active != instance.TargetVmm || isTargetGone)
        {
            // The guest is on the target now, so what became of the source says nothing about the instance.
            plan = plan with { Active = isTargetGone ? null : instance.TargetVmm, ActiveFailed = false, Changed = true };
        }

        return target == "completed"
            ? plan with { Migration = null, Target = null, SwapReservations = !isTargetGone, Changed = true }
            : plan;
    }

    // A target that lives on without its migration is nobody's guest: its sled has to end it.
    private static Draft GivenUp(InstanceState instance, Draft plan) => instance.Target switch
    {
        null => plan,
        { } target when VmmWords.IsTerminal(target.State) => plan,
        { State: VmmWords.SagaUnwound } unwound => plan with { TornDown = plan.TornDown.Add(unwound.Vmm) },
        { } alive => plan with { Abandoned = plan.Abandoned.Add(alive.Vmm) },
    };

    private static string? SideOf(InstanceState instance, MigrationSide? side) =>
        side is not null && side.Migration == instance.Migration ? side.State : null;

    /// <summary>The new runtime record and what follows from it.</summary>
    /// <param name="State">Internal state.</param>
    /// <param name="Active">Active VMM.</param>
    /// <param name="Target">Target VMM.</param>
    /// <param name="Migration">Migration under way.</param>
    /// <param name="Intent">What the user wants.</param>
    /// <param name="TornDown">VMMs whose reservation and record go.</param>
    /// <param name="IsDown">The instance had a VMM and has none now: quota goes back.</param>
    /// <param name="SwapReservations">A migration ended well: first the source's becomes a tombstone, then the target's becomes active.</param>
    public sealed record Result(
        string State, VmmId? Active, VmmId? Target, MigrationId? Migration, string Intent, ImmutableArray<VmmId> TornDown,
        bool IsDown, bool SwapReservations)
    {
        /// <summary>VMMs that may still run and belong to nobody now.</summary>
        public ImmutableArray<VmmId> Abandoned { get; init; } = [];

        /// <summary>VMMs that the instance points at no more and whose end it has not heard of.</summary>
        public IEnumerable<VmmId> LetGo(InstanceState before) =>
            before.Vmms.Keys.Where(v => v != Active && v != Target && !TornDown.Contains(v) && !Abandoned.Contains(v));
    }

    private sealed record Draft(VmmId? Active, VmmId? Target, MigrationId? Migration, string Intent)
    {
        public bool ActiveFailed { get; init; }

        public ImmutableArray<VmmId> TornDown { get; init; } = [];

        public ImmutableArray<VmmId> Abandoned { get; init; } = [];

        public bool SwapReservations { get; init; }

        public bool Changed { get; init; }
    }
}
