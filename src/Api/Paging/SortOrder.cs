using System.Collections.Immutable;

namespace Gantry.Api;

/// <summary>A value of <c>sort_by</c> and what it means for a view.</summary>
/// <param name="Word">As in the query.</param>
/// <param name="Column">A declared column, or null for the key.</param>
/// <param name="Descending">Largest first.</param>
internal sealed record SortOrder(string Word, string? Column, bool Descending)
{
    /// <summary>By id, the key of every view.</summary>
    public static readonly SortOrder ById = new("id_ascending", null, Descending: false);

    /// <summary>Named things: by name up (default), by name down, by id.</summary>
    public static readonly ImmutableArray<SortOrder> Named =
    [
        new("name_ascending", "name", Descending: false),
        new("name_descending", "name", Descending: true),
        ById,
    ];

    /// <summary>Things known by id only.</summary>
    public static readonly ImmutableArray<SortOrder> IdOnly = [ById];
}
