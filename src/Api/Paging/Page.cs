namespace Gantry.Api;

/// <summary>One page as in Nexus: <c>next_page</c> is a token as long as the page is not empty.</summary>
/// <remarks>Written also when null: the member is required by the Nexus document's readers.</remarks>
public sealed record Page<T>
{
    /// <summary>The objects.</summary>
    public required IReadOnlyList<T> Items { get; init; }

    /// <summary>Where to go on; null ends the scan.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.Never)]
    public string? NextPage { get; init; }
}
