using System.Collections.Immutable;
using Gantry.Devices;
using Microsoft.Extensions.Logging;

namespace Gantry.Multicast;

/// <summary>How one group's part of a turn ended on a switch.</summary>
/// <param name="Error">Null when the switch is right, or when the caller reads back.</param>
/// <param name="IsSilent">The switch does not answer: trying others is pointless.</param>
/// <param name="Differences">What was wrong when it was read last.</param>
/// <param name="IsMidway">An update of members broke off: half of it may be done.</param>
/// <param name="IsFull">A table has no room: writing again at once is pointless.</param>
internal sealed record GroupEnd(
    string? Error = null, bool IsSilent = false, ImmutableArray<SwitchDifference>? Differences = null, bool IsMidway = false, bool IsFull = false)
{
    public static readonly GroupEnd Fine = new();

    /// <summary>A call was not sent, for a reason that lies here: nothing is known of the switch, and nothing is reported.</summary>
    public bool IsUnsent { get; init; }
}

/// <summary>
/// Makes one switch hold one group: plans, writes, reads back, and starts over when a call fails, as an unknown outcome asks for (switch-dpd 3.6).
/// </summary>
internal sealed class GroupConverger(ILogger<GroupConverger> log)
{
    // With one call in ten failing, three tries leave one group in some hundred to the next turn.
    private const int Tries = 4;

    /// <summary>Reads the group by its tag, acts, and reads back until it is right.</summary>
    public ValueTask<GroupEnd> ConvergeAsync(string key, ISwitchPort port, DesiredGroup group, SwitchMemory memory, CancellationToken ct) =>
        ConvergeAsync(key, port, group, [], memory, ct);

    private async ValueTask<GroupEnd> ConvergeAsync(
        string key, ISwitchPort port, DesiredGroup given, ImmutableArray<ActualGroup> before, SwitchMemory memory, CancellationToken ct)
    {
        var group = Keeping(given, before);
        var end = GroupEnd.Fine;
        var isStuck = false;
        for (var round = 0; round <= Tries; round++)
        {
            var read = await port.ListByTagAsync(group.Tag, ct).ConfigureAwait(false);
            if (read is not DeviceOutcome<ImmutableArray<SwitchGroup>>.Answered answered)
            {
                end = new GroupEnd($"list by tag: {read.Describe()}", IsSilence(read))
                {
                    IsUnsent = read is DeviceOutcome<ImmutableArray<SwitchGroup>>.Overloaded,
                };
                if (end.IsSilent)
                {
                    return end;
                }

                continue;
            }

            var actual = ActualGroup.FromAll(answered.Value);
            group = Keeping(group, actual);
            var work = SwitchPlan.PlanOne(group, actual);
            var isHalf = work.IsDone && memory.IsHalf(group.Tag);
            if (work.IsDone && !isHalf)
            {
                return GroupEnd.Fine;
            }

            if (work.Conflict is { } conflict)
            {
                return new GroupEnd(conflict, Differences: [.. SwitchDiff.Of(group, actual).Take(SwitchDifference.KeptMax)]);
            }

            if (round == Tries)
            {
                var differences = SwitchDiff.Of(group, actual).Take(SwitchDifference.KeptMax).ToImmutableArray();
                return new GroupEnd(end.Error ?? "it was written and is not there", Differences: differences);
            }

            // An update of members that fails twice has left the replication engine halfway (switch-dpd K4, D6), and one that failed and is not
            // wanted any more has, too: the group is made anew.
            ImmutableArray<SwitchStep> steps = isHalf || (isStuck && end.IsMidway) ? [new SwitchStep.ResetTag(group.Tag)] : work.Steps;
            isStuck |= end.IsMidway;
            end = await ActAsync(key, port, group.Tag, steps, memory, ct).ConfigureAwait(false);
            if (end.IsSilent)
            {
                return end;
            }

            if (end.IsFull)
            {
                round = Tries - 1; // one more look, for the differences
            }
        }

        return end;
    }

    /// <summary>Runs steps that are planned over what was there before; the caller reads back. A failure starts over by reading.</summary>
    public async ValueTask<GroupEnd> RunAsync(
        string key,
        ISwitchPort port,
        DesiredGroup? group,
        GroupWork work,
        ImmutableArray<ActualGroup> before,
        SwitchMemory memory,
        CancellationToken ct)
    {
        if (group is not null && work.IsHalf)
        {
            return await ConvergeAsync(key, port, group, before, memory, ct).ConfigureAwait(false);
        }

        var end = await ActAsync(key, port, work.Tag, work.Steps, memory, ct).ConfigureAwait(false);
        return end.Error is null || end.IsSilent || end.IsFull || group is null || memory.IsBeyondRepair
            ? end
            : await ConvergeAsync(key, port, group, before, memory, ct).ConfigureAwait(false);
    }

    // A group that is made anew after a failure gets back what others had put into it: those entries are not ours to lose (I15).
    private static DesiredGroup Keeping(DesiredGroup group, ImmutableArray<ActualGroup> actual)
    {
        var foreign = actual
            .Where(a => a.IsUnderlay && a.Address == group.Underlay && a.Tag == group.Tag)
            .SelectMany(a => a.Members)
            .Where(m => !SwitchPlan.IsPrunable(m) && !group.OwnedUplinks.Contains(m) && !group.Ports.Contains(m))
            .ToImmutableArray();
        return foreign.IsEmpty ? group : group with { Ports = group.Ports.AddRange(foreign) };
    }

    private static bool IsSilence<T>(DeviceOutcome<T> outcome) =>
        outcome is not (DeviceOutcome<T>.Answered or DeviceOutcome<T>.Rejected or DeviceOutcome<T>.Garbled);

    private async ValueTask<GroupEnd> ActAsync(
        string key, ISwitchPort port, string tag, ImmutableArray<SwitchStep> steps, SwitchMemory memory, CancellationToken ct)
    {
        foreach (var step in steps)
        {
            var end = await StepRunner.RunAsync(port, step, ct).ConfigureAwait(false);
            if (step is SwitchStep.CreateUnderlay)
            {
                memory.CountUnderlay(end.IsFault);
            }

            if (end.Error is null)
            {
                if (step is SwitchStep.SetMembers or SwitchStep.ResetTag or SwitchStep.CreateUnderlay)
                {
                    memory.MarkWhole(tag);
                }

                continue;
            }

            if (end.IsSilent)
            {
                return new GroupEnd(end.Error, IsSilent: true) { IsUnsent = end.IsUnsent };
            }

            // 409 by soft state: the object is there. Ours is found by its tag; somebody else's only by the list of a full turn (FIX-21).
            if (end.IsTaken || end.IsDiverged)
            {
                memory.NeedsFull = true;
            }

            if (end.IsDiverged)
            {
                log.Diverged(key, tag);
                if (await port.ResetTagAsync(tag, ct).ConfigureAwait(false) is DeviceOutcome<NoContent>.Rejected { Status: < 500 and not 418 })
                {
                    memory.MarkStuck();
                }
            }

            var isMidway = (step is SwitchStep.SetMembers && end.IsFault)
                || (step is SwitchStep.CreateExternal { IsOverFrontPorts: true } && (end.IsFault || end.IsFull));
            if (isMidway)
            {
                memory.MarkHalf(tag);
            }

            return new GroupEnd(end.Error, IsMidway: isMidway, IsFull: end.IsFull);
        }

        return GroupEnd.Fine;
    }
}
