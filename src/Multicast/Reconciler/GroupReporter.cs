using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>Tells groups what a switch holds, but only those that do not know it yet, at most 16 at once.</summary>
internal sealed class GroupReporter(
    IEntities entities, ISwitchPorts ports, IRandomSource random, MulticastMetrics metrics, TimeProvider time)
{
    private const int AtOnce = 16;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>Reports what is news. Null when all were taken, else what went wrong.</summary>
    public async ValueTask<string?> SendAsync(
        DesiredWorld world, ImmutableArray<(GroupId Group, SwitchReport Report)> reports, CancellationToken ct)
    {
        // Also what is no news: an age that is only told once does not grow.
        foreach (var (group, report) in reports.Where(r => r.Report.Result != SwitchResult.Applied))
        {
            if (LagOf(world, group, report) is { } since)
            {
                metrics.Behind(report.Switch, time.GetUtcNow() - since);
            }
        }

        var recorded = RecordedSwitches(world);
        foreach (var some in reports.Where(r => IsNews(world.Standings[r.Group].ToList(), r.Report, recorded)).Chunk(AtOnce))
        {
            var outcomes = await Task.WhenAll(some.Select(async r => (r.Group, Outcome: await entities.AskAsync(
                Addresses.MulticastGroup(r.Group),
                new GroupCommand.RecordApplied(r.Report with { Recorded = recorded }),
                Options(),
                ct).ConfigureAwait(false)))).ConfigureAwait(false);
            if (Array.Find(outcomes, o => o.Outcome is not Outcome<Done>.Accepted) is { Outcome: { } failed } lost)
            {
                return $"group {lost.Group} did not take a report: {failed}";
            }

            foreach (var (group, report) in some.Where(r => r.Report.Result == SwitchResult.Applied))
            {
                if (LagOf(world, group, report) is { } since)
                {
                    metrics.Converged(report.Switch, time.GetUtcNow() - since);
                }
            }
        }

        return null;
    }

    /// <summary>Numbers the document if it changed; the number of the present one.</summary>
    public async ValueTask<long> PublishAsync(string key, DesiredWorld world, CancellationToken ct)
    {
        var digest = world.Document.Digest;
        if (world.Config is { } config && config.Digest == digest)
        {
            return config.Generation;
        }

        var groups = world.Document.Groups.Count(g => g.Kind == DesiredKind.Present);
        var outcome = await entities.AskAsync(
            AddressOf(key), new SwitchConfigCommand.Publish(digest, groups), Options(), ct).ConfigureAwait(false);
        return outcome is Outcome<PublishedReply>.Accepted accepted ? accepted.Value.Generation : 0;
    }

    /// <summary>Records that the switch holds the document.</summary>
    public async ValueTask RecordConfigAsync(string key, DesiredWorld world, long generation, CancellationToken ct)
    {
        if (generation > (world.Config?.Applied ?? 0))
        {
            await entities.AskAsync(
                AddressOf(key), new SwitchConfigCommand.RecordApplied(generation), Options(), ct).ConfigureAwait(false);
        }
    }

    private static DateTimeOffset? LagOf(DesiredWorld world, GroupId group, SwitchReport report) =>
        world.Standings[group].FirstOrDefault(s => s.Switch == report.Switch)?.LaggingSince;

    // Other switches that this node's adapters know to be down are named in the same report, so that a group need not wait for their turns.
    private ImmutableArray<RecordedSwitch> RecordedSwitches(DesiredWorld world)
    {
        var known = ports.Known;
        return
        [
            .. world.SwitchKeys.Select(key =>
                known.TryGetValue(key, out var port) && port.Status is { State: DeviceState.Down } down
                    ? new RecordedSwitch(key, down.Since, down.LastError ?? "it does not answer")
                    : new RecordedSwitch(key)),
        ];
    }

    private static bool IsNews(
        List<GroupSwitchRow> standings, SwitchReport report, ImmutableArray<RecordedSwitch> recorded)
    {
        if (standings.Count != recorded.Length
            || standings.Find(s => s.Switch == report.Switch) is not { } own
            || recorded.Any(r => r.DownSince is not null && r.Key != report.Switch && IsBehind(standings, r.Key, report.Generation)))
        {
            return true;
        }

        return report.Result switch
        {
            SwitchResult.Applied => own.Applied < report.Generation
                || own.Error is not null
                || own.LaggingSince is not null
                || !own.Unmapped.SequenceEqual(report.Unmapped)
                || !(own.Unknown ?? []).SequenceEqual(report.Unknown ?? []),
            SwitchResult.Failed => own.FailedFor is null || own.FailedFor < report.Generation || own.Error != report.Error || own.IsUnreachable || !SwitchDifference.AreSame(own.Differences, report.Differences),
            _ => own.Applied < report.Generation && !own.IsUnreachable,
        };
    }

    private static bool IsBehind(List<GroupSwitchRow> standings, string key, long generation) =>
        standings.Find(s => s.Switch == key) is not { } other || (other.Applied < generation && !other.IsUnreachable);

    private static EntityAddress AddressOf(string key) => new("switch-config", key);

    private AskOptions Options() => new()
    {
        Key = CommandKey.Fresh(random),
        Deadline = Deadline,
        Caller = Principal.Reconciler(Reconcilers.Multicast),
    };
}
