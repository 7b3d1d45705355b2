using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>
/// What an instance makes of its VMMs' news: it is brought in line by the plan of <see cref="InstanceUpdate"/>, the VMMs it lets go hear of it, and
/// after a migration the reservation follows the guest.
/// </summary>
internal static class VmmNews
{
    private const string SourceToken = "swap-source";
    private const string TargetToken = "swap-target";

    public static Decision<InstanceEvent> Told(InstanceState state, VmmReport report, in Turn turn)
    {
        // A VMM that the instance does not point at is no business of it any more.
        if (!state.Vmms.TryGetValue(report.Vmm, out var known) || !IsNews(known, report))
        {
            return Decision.Unchanged<InstanceEvent>();
        }

        var isHiddenNow = report.State == VmmWords.SagaUnwound && known.State != VmmWords.SagaUnwound && report.Vmm == state.ActiveVmm;
        var news = new VmmTold(report) { HidesGuest = isHiddenNow };
        var told = InstanceDecider.Apply(state, news);
        if (InstanceUpdate.Plan(told) is not { } plan)
        {
            ImmutableArray<Effect> then = isHiddenNow ? [InstanceDecider.Tell(told), .. RestartSoon(told, turn)] : [];
            if (InstanceUpdate.IsUpToTarget(told) && told is { Migration: { } open, TargetVmm: { } into })
            {
                then =
                [
                    .. then,
                    new Effect.Nudge(Reconcilers.VmmPull, Addresses.Vmm(into).ToString()),
                    new Effect.Post(turn.Self, new EndTarget(open), InstancesLimits.TargetPatience),
                ];
            }

            return Decision.Accept<InstanceEvent>(null, [news], then);
        }

        var line = new InstanceBroughtInLine(
            plan.State, plan.Active, plan.Target, plan.Migration, plan.Intent, plan.TornDown, turn.Now);
        var effects = ImmutableArray.CreateBuilder<Effect>();
        if (plan.IsDown)
        {
            effects.AddRange(InstanceCharge.GiveBack(state, state.ChargedVmm));
        }

        ImmutableArray<InstanceEvent> events = [new VmmTold(report), line];
        if (state.IsUncharged && plan.Active is { } arrived && arrived != state.ActiveVmm)
        {
            events = events.Add(new ChargeMoved(arrived, turn.Now));
            effects.AddRange(InstanceCharge.Take(state, arrived));
        }

        if (plan.SwapReservations && state.MigrationSource is { } source && told.Target is { } target)
        {
            var swap = new ReservationSwap(source, new ReservationHolder(target.Vmm, target.Sled));
            events = events.Add(new SwapStepped(swap, turn.Now));
            effects.Add(new Effect.Post(Addresses.Sled(source.Sled), new MoveReservation(source.Vmm, ReserveSled.Tombstoned), default, SourceToken));
        }

        effects.AddRange(plan.TornDown.Select(vmm => new Effect.Post(Addresses.Vmm(vmm), new TearDownVmm())));
        if (plan.Migration is null && state.Migration is { } over && !plan.SwapReservations)
        {
            // One side failed, so both did; the record of the other one must not stand in the way of the next migration.
            effects.AddRange(LinkedBy(told).Select(vmm => new Effect.Post(Addresses.Vmm(vmm), new FailMigration(over))));
        }

        effects.AddRange(plan.Abandoned.Select(vmm => new Effect.Post(Addresses.Vmm(vmm), new AbandonVmm())));

        // A source that ended before this and was told that it must stay asks again only after a minute. One that never ends is ended: its guest
        // is elsewhere, and it would hold its room for ever.
        effects.AddRange(plan.LetGo(told).SelectMany(vmm => new[]
        {
            new Effect.Post(Addresses.Vmm(vmm), new ReapVmm()),
            new Effect.Post(Addresses.Vmm(vmm), new AbandonVmm(), InstancesLimits.LetGoPatience),
        }));
        effects.AddRange(RestartSoon(events.Aggregate(state, InstanceDecider.Apply), turn));
        return InstanceDecider.Changed(state, events, effects.ToImmutable());
    }

    // Two sleds are two entities: the target takes the claim that the source has given up, so its turn comes after the source's answer.
    public static Decision<InstanceEvent> Swapped(InstanceState state, InstanceCommand.Replied replied, in Turn turn)
    {
        if (state.Swap is not { } swap)
        {
            return Decision.Unchanged<InstanceEvent>();
        }

        var isOver = replied.Token == TargetToken
            && replied.Reply is Reply.Accepted or Reply.Refused { Why.Code: not "ClaimTaken" and not "InstanceHasReservation" };
        if (isOver)
        {
            return Decision.Accept<InstanceEvent>(null, [new SwapStepped(null, turn.Now)]);
        }

        // The source's answer, also that it holds none any more; or the claim is still on its way out.
        var pause = replied.Token == TargetToken ? InstancesLimits.SwapAgain : default;
        return Decision.Accept<InstanceEvent>(
            null,
            [new SwapStepped(swap, turn.Now)],
            [new Effect.Post(
                Addresses.Sled(swap.Target.Sled), new MoveReservation(swap.Target.Vmm, ReserveSled.Active), pause, TargetToken)]);
    }

    private static IEnumerable<VmmId> LinkedBy(InstanceState told) =>
        new[] { told.ActiveVmm, told.TargetVmm }.OfType<VmmId>().Distinct();

    private static ImmutableArray<Effect> RestartSoon(InstanceState after, in Turn turn) =>
        Restarts.Verdict(after, turn.Now) is { Start: not null } or { After: not null }
            ? [new Effect.Nudge(Reconcilers.InstanceReincarnation, turn.Self.ToString())]
            : [];

    private static bool IsNews(VmmReport known, VmmReport said) =>
        said.StateGeneration > known.StateGeneration
        || IsNews(known.MigrationIn, said.MigrationIn)
        || IsNews(known.MigrationOut, said.MigrationOut);

    private static bool IsNews(MigrationSide? known, MigrationSide? said) =>
        said is not null && (known is null || known.Migration != said.Migration || said.StateGeneration > known.StateGeneration);
}
