namespace Gantry.Chaos;

/// <summary>Effects happen exactly once: an accepted payment is in the ledger once, an unknown one at most once, any other not at all.</summary>
internal static class LedgerCheck
{
    /// <summary>What is wrong with one ledger; empty when nothing is.</summary>
    /// <param name="payments">Every payment sent to this ledger.</param>
    /// <param name="ledger">Its numbers, read after everything came to rest.</param>
    public static IEnumerable<Finding> WhatIsWrong(IEnumerable<Operation> payments, IEnumerable<long> ledger)
    {
        var counts = ledger.GroupBy(n => n).ToDictionary(g => g.Key, g => g.Count());
        foreach (var payment in payments)
        {
            var times = counts.Remove(payment.Number, out var found) ? found : 0;
            var isRight = payment.Certainty switch
            {
                Certainty.Accepted => times == 1,
                Certainty.Unknown => times <= 1,
                _ => times == 0,
            };
            if (!isRight)
            {
                yield return new(times == 0 ? FindingKind.LostAcknowledgement : FindingKind.DuplicateEffect, $"{payment} is in the ledger {times} times");
            }
        }

        foreach (var (number, _) in counts)
        {
            yield return new(FindingKind.DuplicateEffect, $"payment {number} is in the ledger and was never sent");
        }
    }
}

/// <summary>What was acknowledged is in every later list: a row is at least as new as the last write that was answered before the list was asked.</summary>
internal static class ListCheck
{
    /// <summary>What is wrong with one list; empty when nothing is.</summary>
    /// <param name="writes">Writes to cells; numbers of one cell's single writer rise.</param>
    /// <param name="asked">When the list was asked for.</param>
    /// <param name="rows">Cell and value.</param>
    public static IEnumerable<Finding> WhatIsWrong(IEnumerable<Operation> writes, long asked, IReadOnlyDictionary<string, long> rows)
    {
        var all = writes.ToList();

        // Of a write that is not known to have ended, nobody knows when it happens.
        var unknown = all.Where(w => w.Certainty == Certainty.Unknown).Select(w => w.Number).ToHashSet();
        foreach (var last in all.Where(w => w.Certainty == Certainty.Accepted && w.Returned < asked).GroupBy(w => w.Cell).Select(g => g.MaxBy(w => w.Number)!))
        {
            var value = rows.GetValueOrDefault(last.Cell);
            if (value < last.Number && !unknown.Contains(value))
            {
                yield return new(FindingKind.LostAcknowledgement, $"a list asked at {asked} shows {value} for {last.Cell}; acknowledged before was {last}");
            }
        }
    }
}
