using Gantry.Actors;

namespace Gantry.Api;

/// <summary>A scan as it stands: order and parameters (from the query, or from the token, which wins), place and size.</summary>
internal sealed record PageRequest
{
    public required int Limit { get; init; }

    public required SortOrder Sort { get; init; }

    /// <summary>The last row that was given out; null on the first page.</summary>
    public ViewCursor? After { get; init; }

    /// <summary>Makes the token that goes on after a place.</summary>
    public required Func<ViewCursor, string> TokenAfter { get; init; }
}
