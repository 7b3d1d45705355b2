using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Api;

/// <summary>Finds the row that a path segment or body member means: by id when it is a UUID, else by name.</summary>
internal static class Finding
{
    /// <summary>
    /// The row, or null. <paramref name="scope"/> narrows the search by name (for example to one project); by id it is ignored,
    /// as in Nexus.
    /// </summary>
    public static ValueTask<ViewItem<TRow>?> ByNameOrIdAsync<TRow>(
        this IViews views, ViewSchema<TRow> view, string nameOrId, CancellationToken ct, params (string Column, string Value)[] scope)
        where TRow : class
    {
        if (Guid.TryParseExact(nameOrId, "D", out var id))
        {
            return views.GetAsync(view, id.ToString(), ct);
        }

        var query = new ViewQuery<TRow>(view).WhereEqual("name", nameOrId);
        foreach (var (column, value) in scope)
        {
            query = query.WhereEqual(column, value);
        }

        return views.FirstAsync(query, ct);
    }

    /// <summary>Why a text is neither name nor id; null when it is one. For body members; path segments are checked before.</summary>
    public static Refusal? WhyNotNameOrId(string member, string text) =>
        PathCheck.WhyNot(text, PathForm.NameOrId) is { } why
            ? new Refusal(RefusalKind.InvalidRequest, ApiErrors.MalformedBody, $"\"{member}\" is {why}")
            : null;
}
