namespace Gantry.Chaos;

/// <summary>
/// Linearizability of one cell as a register and a counter. The revision that every accepted answer carries is the witness: the order it gives
/// must agree with real time and explain every value; where a witness is wrong, so is the engine, whether or not another order could be found.
/// An unknown write may have happened at any time after it was sent, or never.
/// </summary>
internal static class CellCheck
{
    /// <summary>What is wrong with the operations of one cell; empty when nothing is.</summary>
    public static IEnumerable<Finding> WhatIsWrong(IReadOnlyCollection<Operation> all)
    {
        var accepted = all.Where(o => o.Certainty == Certainty.Accepted).OrderBy(o => o.Revision).ThenBy(o => IsChange(o) ? 0 : 1).ToList();
        return [.. Revisions(accepted), .. RealTime(accepted), .. Values(accepted, all), .. Counts(accepted, all)];
    }

    private static bool IsChange(Operation o) => o.Verb is "write" or "add" or "pay";

    private static IEnumerable<Finding> Revisions(List<Operation> accepted) => accepted
        .Where(IsChange).GroupBy(o => o.Revision).Where(g => g.Count() > 1)
        .Select(g => new Finding(FindingKind.LostAcknowledgement, $"two changes of {g.First().Cell} are at revision {g.Key}: {g.First()} and {g.Last()}"));

    // Whoever was answered before another asked is not after it.
    private static IEnumerable<Finding> RealTime(List<Operation> accepted)
    {
        Operation? latest = null;
        var ended = new PriorityQueue<Operation, long>();
        foreach (var operation in accepted.OrderBy(o => o.Invoked))
        {
            while (ended.TryPeek(out var over, out var at) && at < operation.Invoked)
            {
                ended.Dequeue();
                latest = latest is null || over.Revision > latest.Revision ? over : latest;
            }

            var isBehind = latest is not null
                && (operation.Revision < latest.Revision || (IsChange(operation) && operation.Revision == latest.Revision));
            if (isBehind)
            {
                yield return new(FindingKind.LostAcknowledgement, $"{operation} is not after {latest}, which was answered before it was asked");
            }

            ended.Enqueue(operation, operation.Returned);
        }
    }

    private static IEnumerable<Finding> Values(List<Operation> accepted, IReadOnlyCollection<Operation> all)
    {
        var writers = all.Where(o => o.Verb == "write").ToDictionary(o => o.Number);
        var byRevision = accepted.Where(o => o.Verb == "write").ToList();
        var at = 0;
        Operation? last = null;
        foreach (var read in accepted.Where(o => o.Verb == "read"))
        {
            for (; at < byRevision.Count && byRevision[at].Revision <= read.Revision; at++)
            {
                last = byRevision[at];
            }

            if (read.Value == (last?.Number ?? 0))
            {
                continue;
            }

            if (!writers.TryGetValue(read.Value, out var writer))
            {
                yield return new(FindingKind.Order, $"{read}: nobody wrote that; the last known write is {last}");
            }
            else if (writer.Certainty == Certainty.NotDone)
            {
                yield return new(FindingKind.DuplicateEffect, $"{read}: its write was answered as not done: {writer}");
            }
            else if (writer.Certainty == Certainty.Accepted)
            {
                yield return new(FindingKind.LostAcknowledgement, $"{read}: the last write then is {last}, not {writer}");
            }
            else if (writer.Invoked > read.Returned)
            {
                yield return new(FindingKind.Order, $"{read}: its write was sent later: {writer}");
            }
        }
    }

    // Every addition counts one: accepted ones have different counts, and there are not more than were perhaps done.
    private static IEnumerable<Finding> Counts(List<Operation> accepted, IReadOnlyCollection<Operation> all)
    {
        var adds = accepted.Where(o => o.Verb is "add" or "pay").ToList();
        foreach (var twice in adds.GroupBy(o => o.Count).Where(g => g.Count() > 1))
        {
            yield return new(FindingKind.LostAcknowledgement, $"two additions counted {twice.Key}: {twice.First()} and {twice.Last()}");
        }

        var perhaps = all.Count(o => o.Verb is "add" or "pay" && o.Certainty == Certainty.Unknown);
        var most = accepted.Select(o => o.Count).DefaultIfEmpty(0).Max();
        if (most > adds.Count + perhaps)
        {
            yield return new(FindingKind.DuplicateEffect, $"{accepted[0].Cell} counted {most}; {adds.Count} additions were accepted and {perhaps} are unknown");
        }
    }
}
