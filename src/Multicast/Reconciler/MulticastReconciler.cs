using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gantry.Multicast;

/// <summary>
/// Makes one switch hold what it should (multicast 5): reads all it has in one list, reads what it should have in one snapshot, plans with a
/// pure function, acts through the switch's adapter, reads back, and reports per group. Level-triggered; harmless when run twice.
/// </summary>
internal sealed class MulticastReconciler(
    IViews views,
    ISwitchPorts ports,
    GroupReporter reporter,
    MulticastStatus status,
    MulticastMetrics metrics,
    IOptions<MulticastOptions> options,
    TimeProvider time,
    ILogger<MulticastReconciler> log) : IReconciler
{
    public string Name => Reconcilers.Multicast;

    public ReconcilerOptions Options { get; } = new()
    {
        Period = TimeSpan.FromSeconds(options.Value.PeriodSecs),

        // A switch that is back must be right within seconds, and a turn on one that is down costs one refused call.
        BackoffMax = TimeSpan.FromSeconds(10),
        TurnTimeout = TimeSpan.FromMinutes(2),
    };

    public ImmutableArray<NudgeRule> Nudges =>
    [
        new("switch", entity => [entity.Key]),
        new("sled", _ => null), // where sleds are cabled is part of every switch's document
    ];

    public async IAsyncEnumerable<string> ListAsync(ShardSet shards, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var item in views.AllAsync(new ViewQuery<SwitchRow>(InventoryViews.Switches), ct).ConfigureAwait(false))
        {
            if (shards.Contains(Addresses.Switch(item.Row.Rack, item.Row.Slot)))
            {
                yield return item.Key;
            }
        }
    }

    public async ValueTask<Reconciled> ReconcileAsync(string key, ReconcileTurn turn, CancellationToken ct)
    {
        if (!options.Value.Enabled)
        {
            status.Record(key, new MulticastReport { Disabled = true });
            return Reconciled.Done;
        }

        var started = time.GetTimestamp();
        if (await views.GetAsync(InventoryViews.Switches, key, ct).ConfigureAwait(false) is not { } record)
        {
            status.Forget(key);
            return Reconciled.Done;
        }

        var end = await TurnAsync(key, ports.For(key, new Uri(record.Row.Address)), ct).ConfigureAwait(false);
        metrics.Turn(time.GetElapsedTime(started), end.End == ReconcileEnd.Done);
        return end;
    }

    private async ValueTask<Reconciled> TurnAsync(string key, ISwitchPort port, CancellationToken ct)
    {
        // The switch first, the wish second: whatever the switch has without a row had lost its row by then (multicast 6.7).
        var listed = await port.ListGroupsAsync(ct).ConfigureAwait(false);
        var world = await DesiredReader.ReadAsync(views, key, ct).ConfigureAwait(false);
        if (listed is not DeviceOutcome<ImmutableArray<SwitchGroup>>.Answered first)
        {
            return await SilentAsync(key, world, listed, ct).ConfigureAwait(false);
        }

        var published = await reporter.PublishAsync(key, world, ct).ConfigureAwait(false);
        var actual = ActualGroup.FromAll(first.Value);
        var plan = SwitchPlan.Plan(world.Document, actual);
        foreach (var foreign in plan.Foreign)
        {
            log.ForeignFound(key, foreign.Address.ToString(), foreign.Tag);
        }

        var failures = new Dictionary<string, StepsEnd>(StringComparer.Ordinal);
        var after = plan;
        if (plan.HasSteps)
        {
            failures = await ActAsync(key, port, plan, actual, ct).ConfigureAwait(false);
            var again = await port.ListGroupsAsync(ct).ConfigureAwait(false);
            if (again is not DeviceOutcome<ImmutableArray<SwitchGroup>>.Answered second)
            {
                return await SilentAsync(key, world, again, ct).ConfigureAwait(false);
            }

            // What was read back decides; an error whose work was done all the same is none (switch-dpd D4).
            after = SwitchPlan.Plan(world.Document, ActualGroup.FromAll(second.Value));
            LogWork(key, world, plan, after);
        }

        return await ReportAsync(key, world, published, after, failures, ct).ConfigureAwait(false);
    }

    private async ValueTask<Dictionary<string, StepsEnd>> ActAsync(
        string key, ISwitchPort port, SwitchWork plan, ImmutableArray<ActualGroup> actual, CancellationToken ct)
    {
        var failures = new Dictionary<string, StepsEnd>(StringComparer.Ordinal);
        foreach (var work in plan.Work.Where(w => !w.Steps.IsEmpty))
        {
            var end = await StepRunner.RunAsync(port, work, ct).ConfigureAwait(false);
            if (end.Error is null)
            {
                continue;
            }

            failures[work.Tag] = end;
            if (end.IsSilent)
            {
                break; // every further call would wait for its deadline
            }

            if (end.IsDiverged)
            {
                await RebuildAsync(key, port, work, plan, actual, ct).ConfigureAwait(false);
            }
        }

        return failures;
    }

    // switch-dpd 3.6: soft state and chip disagree. Remove by tag; where even that fails, everything, but never what is not ours (I15).
    private async ValueTask RebuildAsync(
        string key, ISwitchPort port, GroupWork work, SwitchWork plan, ImmutableArray<ActualGroup> actual, CancellationToken ct)
    {
        log.Diverged(key, work.Tag);
        var reset = await port.ResetTagAsync(work.Tag, ct).ConfigureAwait(false);
        var isOursAlone = plan.Foreign.IsEmpty && actual.All(a => a.Members.All(SwitchPlan.IsPrunable));
        if (reset is DeviceOutcome<NoContent>.Rejected && isOursAlone)
        {
            log.FullReset(key);
            await port.ResetAllAsync(ct).ConfigureAwait(false);
        }
    }

    private async ValueTask<Reconciled> ReportAsync(
        string key,
        DesiredWorld world,
        long published,
        SwitchWork after,
        Dictionary<string, StepsEnd> failures,
        CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var works = after.Work.Where(w => w.Group is not null).ToDictionary(w => w.Group!.Value); // orphans filtered out
        var reports = ImmutableArray.CreateBuilder<(GroupId Group, SwitchReport Report)>();
        var errors = after.Work.Where(w => w.Group is null).Select(w => $"orphan {w.Tag} is still there").ToList();
        var handled = new List<GroupDetailRow>();
        var silence = failures.Values.FirstOrDefault(f => f.IsSilent);
        foreach (var group in world.Document.Groups)
        {
            if (!works.TryGetValue(group.Id, out var work))
            {
                continue;
            }

            if (work.IsDone && group.Unknown.IsEmpty)
            {
                handled.Add(world.Details[group.Id]);
                reports.Add((group.Id, new SwitchReport
                {
                    Switch = key,
                    Generation = group.Wanted,
                    Result = SwitchResult.Applied,
                    Unmapped = group.Unmapped,
                    Since = now,
                }));
                continue;
            }

            if (work.IsDone)
            {
                errors.Add($"group {group.Name}: it is not known yet where {group.Unknown.Length} of its sleds are cabled");
                continue;
            }

            // Groups behind the one that met the silence were not tried: they are left out with it, not refused.
            var end = failures.GetValueOrDefault(work.Tag, work.Conflict is null ? silence : default);
            var error = end.Error ?? work.Conflict ?? "not reached in this turn";
            log.GroupWrong(group.Id.ToString(), key, error);
            errors.Add($"group {group.Name}: {error}");
            reports.Add((group.Id, new SwitchReport
            {
                Switch = key,
                Generation = group.Wanted,
                Result = end.IsSilent ? SwitchResult.Unreachable : SwitchResult.Failed,
                Error = error,
                Since = now,
            }));
        }

        status.Record(key, ReportOf(handled, errors));
        if (await reporter.SendAsync(world, reports.ToImmutable(), ct).ConfigureAwait(false) is { } unreported)
        {
            return Reconciled.Retry(unreported);
        }

        if (errors.Count > 0)
        {
            return Reconciled.Retry(errors.Count == 1 ? errors[0] : $"{errors[0]} (and {errors.Count - 1} more)");
        }

        await reporter.RecordConfigAsync(key, world, published, ct).ConfigureAwait(false);
        return Reconciled.Done;
    }

    private async ValueTask<Reconciled> SilentAsync(
        string key, DesiredWorld world, DeviceOutcome<ImmutableArray<SwitchGroup>> listed, CancellationToken ct)
    {
        var isSilent = listed is not (DeviceOutcome<ImmutableArray<SwitchGroup>>.Rejected
            or DeviceOutcome<ImmutableArray<SwitchGroup>>.Garbled);
        var why = $"list of groups: {listed.Describe()}";
        var since = listed is DeviceOutcome<ImmutableArray<SwitchGroup>>.Unreachable unreachable ? unreachable.Since : time.GetUtcNow();
        if (isSilent)
        {
            log.SwitchSilent(key, why);
        }
        else
        {
            log.SwitchFails(key, why);
        }

        // Only groups that wait for this switch are told: a switch that blinks must not rewrite every group.
        var waiting = world.Document.Groups
            .Where(g => g.Kind != DesiredKind.LeftAlone)
            .Where(g => world.Standings[g.Id].FirstOrDefault(s => s.Switch == key) is not { } standing || standing.Applied < g.Wanted)
            .Select(g => (g.Id, new SwitchReport
            {
                Switch = key,
                Generation = g.Wanted,
                Result = isSilent ? SwitchResult.Unreachable : SwitchResult.Failed,
                Error = why,
                Since = since,
            }))
            .ToImmutableArray();
        status.Record(key, new MulticastReport { Errors = [$"{key}: {why}"] });
        await reporter.SendAsync(world, waiting, ct).ConfigureAwait(false);
        return Reconciled.Retry(why);
    }

    private void LogWork(string key, DesiredWorld world, SwitchWork plan, SwitchWork after)
    {
        foreach (var work in plan.Work.Where(w => !w.Steps.IsEmpty))
        {
            var isRight = after.Work.FirstOrDefault(w => w.Tag == work.Tag)?.IsDone ?? true;
            metrics.Worked(isRight);
            if (!isRight)
            {
                continue;
            }

            if (work.Group is not { } group)
            {
                log.OrphanRemoved(work.Tag, key);
            }
            else if (world.Standings[group].Any(s => s.Switch == key && s.LaggingSince is null && s.Applied == world.Details[group].Wanted))
            {
                metrics.Repaired();
                log.DriftRepaired(group.ToString(), key);
            }
        }
    }

    private static MulticastReport ReportOf(List<GroupDetailRow> handled, List<string> errors) => new()
    {
        GroupsCreated = handled.Count(g => g.State == GroupPhase.Creating),
        GroupsVerified = handled.Count(g => g.State == GroupPhase.Active),
        GroupsDeleted = handled.Count(g => g.State == GroupPhase.Deleting),
        MembersProcessed = handled.Sum(g => g.MemberCount),
        Errors = [.. errors.Take(16)],
    };
}
