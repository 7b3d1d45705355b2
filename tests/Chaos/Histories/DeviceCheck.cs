namespace Gantry.Chaos;

/// <summary>
/// What devices were set to was wanted: a generation has one value, whoever sets it and how often; the value was written, by a write that was
/// not answered as not done, and by one alone.
/// </summary>
internal static class DeviceCheck
{
    /// <summary>What is wrong with the settings that devices took, in their order.</summary>
    public static IEnumerable<Finding> WhatIsWrong(IReadOnlyCollection<(string Device, long Generation, long Value)> ledger, IReadOnlyCollection<Operation> history)
    {
        var writes = history.Where(o => o.Verb == "write").ToLookup(o => (o.Cell, o.Number));
        foreach (var set in ledger.GroupBy(s => (s.Device, s.Generation)))
        {
            if (set.Select(s => s.Value).Distinct().Count() > 1)
            {
                yield return new(FindingKind.Device, $"{set.Key} was set to {string.Join(" and ", set.Select(s => s.Value).Distinct())}");
            }

            if (!writes[(set.Key.Device, set.First().Value)].Any(w => w.Certainty != Certainty.NotDone))
            {
                yield return new(FindingKind.Device, $"{set.Key} was set to {set.First().Value}, which nobody may have written");
            }
        }

        foreach (var twice in ledger.GroupBy(s => (s.Device, s.Value)).Where(g => g.Select(s => s.Generation).Distinct().Count() > 1))
        {
            yield return new(FindingKind.DuplicateEffect, $"{twice.Key} has generations {string.Join(" and ", twice.Select(s => s.Generation).Distinct())}");
        }
    }
}
