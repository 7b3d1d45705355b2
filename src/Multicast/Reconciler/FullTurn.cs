using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Devices;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Multicast;

/// <summary>
/// A turn over everything: one list of the switch, one snapshot of the wish, the difference, the calls, and where there were any one more list.
/// Finds drift, orphans and foreign entries; repairs the first, removes the second, reports the third.
/// </summary>
internal sealed class FullTurn(
    IViews views,
    UnderlayLinker linker,
    GroupConverger converger,
    GroupReporter reporter,
    MulticastStatus status,
    MulticastMetrics metrics,
    TimeProvider time,
    ILogger<FullTurn> log)
{
    private const int ListTries = 3;

    // The writes of a switch are one sequence. With some groups waiting in it, the next write starts when one ends and not when its group has
    // been told so.
    private const int AtOnce = 4;

    // Another build of the daemon is needed, which starts anew and is seen by that; this is only in case it was not (switch-dpd D11).
    private static readonly TimeSpan UnsupportedPause = TimeSpan.FromMinutes(1);

    public async ValueTask<Reconciled> RunAsync(string key, ISwitchPort port, SwitchMemory memory, CancellationToken ct)
    {
        if (memory.Rebirths != port.Rebirths)
        {
            memory.KeepHalf([]);
        }

        // What is noticed from here on belongs to the next turn, and a turn that breaks off is made again.
        (memory.NeedsFull, memory.Rebirths, memory.UpSince) = (true, port.Rebirths, port.Status.Since);

        // The switch first, the wish second: whatever the switch has without a row had lost its row by then (multicast 6.7).
        var listed = await ListAsync(port, ct).ConfigureAwait(false);
        var world = await DesiredReader.ReadAsync(views, key, ct).ConfigureAwait(false);
        if (listed is not DeviceOutcome<ImmutableArray<SwitchGroup>>.Answered first)
        {
            return await SilentAsync(key, port, world, listed, memory, ct).ConfigureAwait(false);
        }

        if (await linker.LinkAsync(world, ct).ConfigureAwait(false))
        {
            world = await DesiredReader.ReadAsync(views, key, ct).ConfigureAwait(false);
        }

        var published = await reporter.PublishAsync(key, world, ct).ConfigureAwait(false);
        if (published > 0)
        {
            memory.Document = new DocumentGeneration(published, world.Config?.Applied ?? 0);
        }

        var actual = ActualGroup.FromAll(first.Value);
        var plan = SwitchPlan.Plan(world.Document, actual);
        memory.KeepHalf(plan.Work.Select(w => w.Tag));
        plan = WithHalf(plan, memory);
        NoteForeign(key, plan.Foreign);
        var failures = new Dictionary<string, GroupEnd>(StringComparer.Ordinal);
        var (after, found) = (plan, actual);
        if (plan.HasCalls)
        {
            var drifted = Drifted(key, world, plan);
            metrics.Drifted(key, drifted.Count);
            status.MarkDrift(key, drifted);
            failures = await ActAsync(key, port, world, plan, actual, memory, ct).ConfigureAwait(false);
            var again = await ListAsync(port, ct).ConfigureAwait(false);
            if (again is not DeviceOutcome<ImmutableArray<SwitchGroup>>.Answered second)
            {
                return await SilentAsync(key, port, world, again, memory, ct).ConfigureAwait(false);
            }

            // What was read back decides; an error whose work was done all the same is none (switch-dpd D4).
            found = ActualGroup.FromAll(second.Value);
            after = SwitchPlan.Plan(world.Document, found);
            LogWork(key, world, plan, after);
        }
        else
        {
            memory.StartOver();
        }

        metrics.Fill(key, found);
        (memory.NeedsFull, memory.Places) = (false, world.Places);
        memory.Keep(world.Details);
        return await ReportAsync(key, world, published, after, found, failures, memory, ct).ConfigureAwait(false);
    }

    private void NoteForeign(string key, ImmutableArray<ForeignEntry> found)
    {
        foreach (var one in found.Except(status.ForeignOn(key)))
        {
            log.ForeignFound(key, one.Port is null ? one.Address.ToString() : $"{one.Address} {one.Port}", one.Tag);
        }

        status.Found(key, found);
        metrics.Foreign(key, found.Length);
    }

    private static async ValueTask<DeviceOutcome<ImmutableArray<SwitchGroup>>> ListAsync(ISwitchPort port, CancellationToken ct)
    {
        var listed = await port.ListGroupsAsync(ct).ConfigureAwait(false);
        for (var tries = 1; tries < ListTries && listed is DeviceOutcome<ImmutableArray<SwitchGroup>>.Rejected { Status: (>= 500 and not 501) or 418 }; tries++)
        {
            listed = await port.ListGroupsAsync(ct).ConfigureAwait(false);
        }

        return listed;
    }

    // What was left halfway may look right in the list.
    private static SwitchWork WithHalf(SwitchWork plan, SwitchMemory memory) => plan with
    {
        Work = [.. plan.Work.Select(w => w.Group is not null && memory.IsHalf(w.Tag) ? w with { IsHalf = true } : w)],
    };

    private static ImmutableHashSet<GroupId> Drifted(string key, DesiredWorld world, SwitchWork plan) =>
    [
        .. plan.Work
            .Where(w => w.HasCalls && w.Group is { } group && IsKnownRight(key, world, group))
            .Select(w => w.Group!.Value), // filtered
    ];

    private static bool IsKnownRight(string key, DesiredWorld world, GroupId group) => world.Standings[group].Any(
        s => s.Switch == key && s.LaggingSince is null && s.Applied == world.Details[group].Wanted);

    private async ValueTask<Dictionary<string, GroupEnd>> ActAsync(
        string key,
        ISwitchPort port,
        DesiredWorld world,
        SwitchWork plan,
        ImmutableArray<ActualGroup> actual,
        SwitchMemory memory,
        CancellationToken ct)
    {
        var failures = await ActOnceAsync(key, port, world, plan, actual, memory, ct).ConfigureAwait(false);
        if (!memory.IsBeyondRepair || failures.Values.Any(f => f.IsSilent))
        {
            return failures;
        }

        // switch-dpd 3.6: remove by tag; where even that does not help, everything, but never what is not ours (I15).
        memory.StartOver();
        var now = time.GetUtcNow();
        if (!plan.Foreign.IsEmpty || actual.Any(a => a.Members.Any(m => !IsOurs(m, world))))
        {
            log.CannotReset(key);
            return failures;
        }

        if (memory.LastReset is { } last && now - last < SwitchMemory.ResetDistance)
        {
            return failures;
        }

        log.FullReset(key);
        memory.LastReset = now;
        await port.ResetAllAsync(ct).ConfigureAwait(false);
        memory.KeepHalf([]);
        var anew = SwitchPlan.Plan(world.Document, []);
        return await ActOnceAsync(key, port, world, anew, [], memory, ct).ConfigureAwait(false);
    }

    private static bool IsOurs(SwitchMember member, DesiredWorld world) =>
        SwitchPlan.IsPrunable(member) || world.Document.Groups.Any(g => g.OwnedUplinks.Contains(member));

    private async ValueTask<Dictionary<string, GroupEnd>> ActOnceAsync(
        string key,
        ISwitchPort port,
        DesiredWorld world,
        SwitchWork plan,
        ImmutableArray<ActualGroup> actual,
        SwitchMemory memory,
        CancellationToken ct)
    {
        var tagged = actual.ToLookup(a => a.Tag, StringComparer.Ordinal);
        var groups = world.Document.Groups.ToDictionary(g => g.Id);
        var ended = new Dictionary<string, GroupEnd>(StringComparer.Ordinal);
        var isOver = false;

        // What goes is gone before anything comes: a new group may have the address of one that goes.
        var phases = plan.Work.Where(w => w.HasCalls).ToLookup(w => w is { IsHalf: false, Steps: [SwitchStep.ResetTag] });
        foreach (var phase in new[] { phases[true], phases[false] })
        {
            var queue = new Queue<GroupWork>(phase);
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => WorkAsync(queue))).ConfigureAwait(false);
        }

        return ended.Where(e => e.Value.Error is not null).ToDictionary(StringComparer.Ordinal);

        async Task WorkAsync(Queue<GroupWork> queue)
        {
            while (Next(queue) is { } work)
            {
                var group = work.Group is { } id ? groups[id] : null;
                var end = await converger.RunAsync(key, port, group, work, [.. tagged[work.Tag]], memory, ct).ConfigureAwait(false);
                lock (ended)
                {
                    ended[work.Tag] = end;

                    // Every further call would wait for its deadline, or fail alike.
                    isOver |= end.IsSilent || memory.IsBeyondRepair;
                }
            }
        }

        GroupWork? Next(Queue<GroupWork> queue)
        {
            lock (ended)
            {
                return !isOver && queue.TryDequeue(out var work) ? work : null;
            }
        }
    }

    private async ValueTask<Reconciled> ReportAsync(
        string key,
        DesiredWorld world,
        long published,
        SwitchWork after,
        ImmutableArray<ActualGroup> found,
        Dictionary<string, GroupEnd> failures,
        SwitchMemory memory,
        CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var works = after.Work.Where(w => w.Group is not null).ToDictionary(w => w.Group!.Value); // orphans filtered out
        var reports = ImmutableArray.CreateBuilder<(GroupId Group, SwitchReport Report)>();
        var errors = new TurnErrors();
        foreach (var orphan in after.Work.Where(w => w.Group is null))
        {
            errors.Add(TurnErrors.Orphans, $"orphan {orphan.Tag} is still there");
        }

        memory.NeedsFull |= !errors.IsEmpty;
        var right = new List<GroupId>();
        var silence = failures.Values.FirstOrDefault(f => f.IsSilent);
        var missed = new HashSet<GroupId>();
        foreach (var group in world.Document.Groups)
        {
            if (!works.TryGetValue(group.Id, out var work))
            {
                continue;
            }

            if (work.IsDone)
            {
                reports.Add((group.Id, TurnReport.For(key, group, GroupEnd.Fine, now)));
                if (group.Unknown.IsEmpty)
                {
                    right.Add(group.Id);
                    continue;
                }

                // The switch is right as far as it can be: only members on those sleds wait (multicast 5.6).
                errors.Add(world.Details[group.Id].State, $"group {group.Name}: it is not known yet where {group.Unknown.Length} of its sleds are cabled");
                memory.NeedsFull = true;
                continue;
            }

            // Groups behind the one that met the silence were not tried: they are left out with it, not refused.
            memory.NeedsFull |= work.Conflict is not null;
            var end = failures.GetValueOrDefault(work.Tag) ?? (work.Conflict is null ? silence : null);
            var error = end?.Error ?? work.Conflict ?? "not reached in this turn";
            var differences = SwitchDiff.Of(group, found).Take(SwitchDifference.KeptMax).ToImmutableArray();
            log.GroupWrong(group.Id.ToString(), key, error);
            errors.Add(world.Details[group.Id].State, $"group {group.Name}: {error}");
            if (end?.IsSilent == true)
            {
                missed.Add(group.Id);
            }

            if (end?.IsUnsent == true)
            {
                continue;
            }

            reports.Add((group.Id, TurnReport.For(key, group, new GroupEnd(error, end?.IsSilent ?? false, differences), now)));
        }

        status.Verified(key, now);
        if (missed.Count > 0)
        {
            // Their rows may call them right still: the switch had held them before it lost them, and only another look at everything finds that.
            memory.NeedsFull = true;
            status.MarkDrift(key, [.. missed.Where(id => IsKnownRight(key, world, id))]);
        }

        var failed = await reporter.SendAsync(world, reports.ToImmutable(), ct).ConfigureAwait(false);
        var gone = await TurnReport.CountGoneAsync(views, world, right, ct).ConfigureAwait(false);
        status.Record(key, TurnReport.Of(world, memory, right, errors, gone));
        if (failed is { } unreported)
        {
            memory.NeedsFull = true;
            return Reconciled.Retry(unreported);
        }

        if (!errors.IsEmpty)
        {
            return Reconciled.Retry(errors.Summary);
        }

        await reporter.RecordConfigAsync(key, world, published, ct).ConfigureAwait(false);
        memory.Document = published > 0 ? new DocumentGeneration(published, published) : memory.Document;
        return Reconciled.Done;
    }

    private async ValueTask<Reconciled> SilentAsync(
        string key,
        ISwitchPort port,
        DesiredWorld world,
        DeviceOutcome<ImmutableArray<SwitchGroup>> listed,
        SwitchMemory memory,
        CancellationToken ct)
    {
        if (listed is DeviceOutcome<ImmutableArray<SwitchGroup>>.Overloaded unsent)
        {
            return Reconciled.Retry($"list of groups: {unsent.Why}"); // nothing is known of the switch, and nobody is told of it
        }

        // Of one that is down the adapter says when it is back: until then a look at everything is wasted.
        memory.NeedsFull = port.Status.State != DeviceState.Down;
        var isSilent = listed is not (DeviceOutcome<ImmutableArray<SwitchGroup>>.Rejected
            or DeviceOutcome<ImmutableArray<SwitchGroup>>.Garbled);
        var isUnsupported = listed is DeviceOutcome<ImmutableArray<SwitchGroup>>.Rejected { Status: 501 };
        var why = isUnsupported ? "unsupported: the switch's daemon was built without multicast" : $"list of groups: {listed.Describe()}";
        var since = listed is DeviceOutcome<ImmutableArray<SwitchGroup>>.Unreachable unreachable ? unreachable.Since : time.GetUtcNow();
        status.Doubt(key, new SwitchDoubt(why, since, isSilent));
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
            .Select(g => (g.Id, TurnReport.For(key, g, new GroupEnd(why, isSilent), since)))
            .ToImmutableArray();
        status.Record(key, new MulticastReport { Errors = [$"{key}: {why}"] });
        await reporter.SendAsync(world, waiting, ct).ConfigureAwait(false);
        return isUnsupported ? Reconciled.After(UnsupportedPause) : Reconciled.Retry(why);
    }

    private void LogWork(string key, DesiredWorld world, SwitchWork plan, SwitchWork after)
    {
        var left = after.Work.Where(w => !w.IsDone).Select(w => w.Tag).ToHashSet(StringComparer.Ordinal);
        foreach (var work in plan.Work.Where(w => w.HasCalls))
        {
            var isRight = !left.Contains(work.Tag);
            metrics.Worked(isRight);
            if (!isRight)
            {
                continue;
            }

            if (work.Group is not { } group)
            {
                log.OrphanRemoved(work.Tag, key);
            }
            else if (IsKnownRight(key, world, group))
            {
                metrics.Repaired(key);
                log.DriftRepaired(group.ToString(), key);
            }
        }
    }
}
