namespace Gantry.Chaos;

/// <summary>
/// A name has one holder: between two accepted takes of one name by different cells lies a drop by the first, known or unknown, that was sent
/// before the second take was answered.
/// </summary>
internal static class NameCheck
{
    public static IEnumerable<Finding> WhatIsWrong(IEnumerable<Operation> all)
    {
        foreach (var name in all.Where(o => o.Verb is "take" or "drop").GroupBy(o => o.Text))
        {
            var takes = name.Where(o => o is { Verb: "take", Certainty: Certainty.Accepted }).OrderBy(o => o.Invoked).ToList();
            var drops = name.Where(o => o.Verb == "drop" && o.Certainty != Certainty.NotDone).ToLookup(o => o.Cell);
            foreach (var first in takes)
            {
                // The nearest one suffices: a drop between them and a later one is also before the later one.
                var next = takes.FirstOrDefault(t => t.Cell != first.Cell && t.Invoked > first.Returned);
                var isDropped = next is null || drops[first.Cell].Any(d => d.Returned > first.Invoked && d.Invoked < next.Returned);
                if (!isDropped)
                {
                    yield return new(FindingKind.Order, $"{name.Key} has two holders: {first} and {next}");
                }
            }
        }
    }
}
