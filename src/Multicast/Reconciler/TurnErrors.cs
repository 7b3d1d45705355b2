using System.Collections.Immutable;

namespace Gantry.Multicast;

/// <summary>What went wrong in a turn, by the phases of multicast 5.1: a phase has one text, however many groups failed in it.</summary>
internal sealed class TurnErrors
{
    /// <summary>The removal of what has no group any more.</summary>
    public const string Orphans = "orphans";

    private readonly SortedDictionary<string, (string First, int Count)> _phases = new(StringComparer.Ordinal);
    private string? _first;
    private int _count;

    public bool IsEmpty => _count == 0;

    /// <summary>The first one, and how many more.</summary>
    public string Summary => Text(_first ?? "", _count);

    /// <summary>One text per phase.</summary>
    public ImmutableArray<string> ByPhase => [.. _phases.Select(p => $"{p.Key}: {Text(p.Value.First, p.Value.Count)}")];

    public void Add(GroupPhase group, string error) => Add(
        group switch
        {
            GroupPhase.Creating => "creating groups",
            GroupPhase.Deleting => "deleting groups",
            _ => "active groups",
        },
        error);

    public void Add(string phase, string error)
    {
        _first ??= error;
        _count++;
        _phases[phase] = _phases.TryGetValue(phase, out var known) ? (known.First, known.Count + 1) : (error, 1);
    }

    private static string Text(string first, int count) => count <= 1 ? first : $"{first} (and {count - 1} more)";
}
