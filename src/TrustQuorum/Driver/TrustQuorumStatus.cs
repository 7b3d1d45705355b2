using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using Gantry.Primitives;

namespace Gantry.TrustQuorum;

/// <summary>
/// The last pass of the driver over each rack, in the text form of trust-quorum 6.6. Bounded by the number of racks. Thread-safe.
/// </summary>
public sealed class TrustQuorumStatus
{
    private readonly ConcurrentDictionary<(RackId Rack, bool IsStart), DriverReport> _last = new();

    /// <summary>One text per rack that is worked on.</summary>
    public ImmutableArray<string> Statuses => [.. Reports(_ => true).Where(r => r.Error is null).Select(Text)];

    /// <summary>One text per rack whose pass failed, prefixed with rack and epoch.</summary>
    public ImmutableArray<string> Errors => [.. Reports(_ => true).Where(r => r.Error is not null).Select(ErrorText)];

    /// <summary>The same of one rack.</summary>
    public (ImmutableArray<string> Statuses, ImmutableArray<string> Errors) Of(RackId rack)
    {
        var reports = Reports(r => r == rack);
        return ([.. reports.Where(r => r.Error is null).Select(Text)], [.. reports.Where(r => r.Error is not null).Select(ErrorText)]);
    }

    /// <summary>The same of every rack.</summary>
    internal ImmutableArray<RackPasses> Passes =>
    [
        .. _last.Keys.Select(k => k.Rack).Distinct().Select(rack =>
        {
            var (statuses, errors) = Of(rack);
            return new RackPasses(rack, statuses, errors);
        }),
    ];

    /// <summary>
    /// What is known of a record without having driven it: another node does, or none has yet. Null when nobody works on it.
    /// </summary>
    internal static string? Outline(TqRecord record) => record switch
    {
        { IsPreparing: true } => Text(new DriverReport(record.Rack, record.Epoch) { Line = DriverReport.Preparing }),
        { State: TqStates.Committing } => Text(new DriverReport(record.Rack, record.Epoch) { Line = DriverReport.Committing }),
        _ => null,
    };

    internal void Record(DriverReport report, bool isStart = false) => _last[(report.Rack, isStart)] = report;

    internal void Forget(RackId rack, bool isStart = false) => _last.TryRemove((rack, isStart), out _);

    private ImmutableArray<DriverReport> Reports(Func<RackId, bool> isWanted) =>
    [
        .. _last.Values
            .Where(r => isWanted(r.Rack))
            .GroupBy(r => r.Rack)
            .OrderBy(g => g.Key.Value)
            .SelectMany(Merge),
    ];

    // The agents are started beside the passes; operators see one status per rack: commit results, then start results.
    private static IEnumerable<DriverReport> Merge(IEnumerable<DriverReport> ofRack)
    {
        var all = ofRack.ToList();
        var good = all.Where(r => r.Error is null).ToList();
        foreach (var failed in all.Where(r => r.Error is not null))
        {
            yield return failed;
        }

        if (good.Count > 0)
        {
            yield return good[0] with
            {
                Epoch = good.Max(r => r.Epoch),
                Line = good.Select(r => r.Line).FirstOrDefault(l => l is not null),
                Commits = [.. good.SelectMany(r => r.Commits)],
                Starts = [.. good.SelectMany(r => r.Starts)],
            };
        }
    }

    private static string ErrorText(DriverReport report) => $"rack_id: {report.Rack}, epoch: {report.Epoch}: {report.Error}";

    private static string Text(DriverReport report)
    {
        var text = new StringBuilder().Append($"Trust Quorum status for rack_id: {report.Rack}, epoch: {report.Epoch}:\n");
        if (report.Line is { } line && report.Starts.IsEmpty)
        {
            return text.Append($"    {line}\n").ToString();
        }

        foreach (var commit in report.Commits)
        {
            text.Append($"    Commit Status from client {commit.Client}:\n")
                .Append($"      acked: {string.Join(", ", commit.Acked)}\n")
                .Append($"      pending: {string.Join(", ", commit.Pending)}\n")
                .Append("      errors:\n");
            foreach (var error in commit.Errors)
            {
                text.Append($"        {error}\n");
            }
        }

        foreach (var start in report.Starts)
        {
            text.Append($"    StartSledAgent Status from client {start.Client}:\n");
            foreach (var (sled, id) in start.Started)
            {
                text.Append($"      started:\n        baseboard_id: {sled}, sled_id: {id}\n");
            }

            foreach (var (sled, why) in start.Errors)
            {
                text.Append($"      error:\n        {sled}: {why}\n");
            }
        }

        return text.ToString();
    }
}
