using System.Collections.Immutable;

namespace Gantry.Switch.Simulator;

/// <summary>A match/action table of the pipeline, with the usage that 3.8 asks for.</summary>
public sealed record ChipTable(string Name, int Size, ImmutableSortedDictionary<string, ChipEntry> Entries)
{
    /// <summary>Entries added since the start.</summary>
    public long Inserts { get; init; }

    /// <summary>Entries removed.</summary>
    public long Deletes { get; init; }

    /// <summary>Entries changed in place.</summary>
    public long Updates { get; init; }

    /// <summary>Adds refused because the key was there.</summary>
    public long Collisions { get; init; }

    /// <summary>Adds refused because the table was full.</summary>
    public long Exhaustions { get; init; }

    /// <summary>Changes of an entry that was not there.</summary>
    public long UpdateMisses { get; init; }

    /// <summary>Removals of an entry that was not there.</summary>
    public long DeleteMisses { get; init; }

    /// <summary>The same table, which has refused once more.</summary>
    internal ChipTable Counting(TableMiss miss) => miss switch
    {
        TableMiss.Collision => this with { Collisions = Collisions + 1 },
        TableMiss.Exhaustion => this with { Exhaustions = Exhaustions + 1 },
        TableMiss.UpdateMiss => this with { UpdateMisses = UpdateMisses + 1 },
        _ => this with { DeleteMisses = DeleteMisses + 1 },
    };

    /// <summary>An empty table.</summary>
    public static ChipTable Empty(string name, int size) =>
        new(name, size, ImmutableSortedDictionary.Create<string, ChipEntry>(StringComparer.Ordinal));

    /// <summary>The key of an entry as one text.</summary>
    public static string Key(IEnumerable<(string Name, string Value)> keys) => string.Join('|', keys.Select(k => k.Value));
}

/// <summary>An entry: key fields, action, arguments, all as dumps show them.</summary>
public sealed record ChipEntry(
    ImmutableArray<(string Name, string Value)> Keys, string Action, ImmutableArray<(string Name, string Value)> Args)
{
    /// <summary>An argument's value; null when the action has none of that name.</summary>
    public string? Arg(string name) => Args.Where(a => a.Name == name).Select(a => a.Value).FirstOrDefault();
}

/// <summary>Why a table refused.</summary>
internal enum TableMiss
{
    /// <summary>An add met an entry of the key.</summary>
    Collision,

    /// <summary>An add found no room.</summary>
    Exhaustion,

    /// <summary>A change found no entry.</summary>
    UpdateMiss,

    /// <summary>A removal found no entry.</summary>
    DeleteMiss,
}
