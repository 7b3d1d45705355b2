using Gantry.Actors;

namespace Gantry.Api;

/// <summary>Fills one page out of as many view queries as it takes, all of one snapshot.</summary>
internal static class Pager
{
    /// <summary>
    /// Gives the page of rows that <paramref name="map"/> does not hide (null). Rows are read until the page is full or the view
    /// ends, so hidden rows never make a page look like the last one.
    /// </summary>
    public static async ValueTask<Page<TItem>> FillAsync<TRow, TItem>(
        IViews views,
        ViewQuery<TRow> query,
        PageRequest request,
        Func<ViewItem<TRow>, IViews, ValueTask<TItem?>> map,
        CancellationToken ct)
        where TRow : class
        where TItem : class
    {
        var items = new List<TItem>(Math.Min(request.Limit, ViewQuery<TRow>.LimitMax));
        ViewCursor? last = null;
        var next = query with { OrderBy = request.Sort.Column, Descending = request.Sort.Descending, After = request.After };
        while (items.Count < request.Limit)
        {
            // Rows that the map hides cost a read and give nothing: never ask for less than a default page at once.
            var size = Math.Clamp(request.Limit - items.Count, ApiLimits.PageDefault, ViewQuery<TRow>.LimitMax);
            var page = await views.QueryAsync(next with { Limit = size }, ct).ConfigureAwait(false);
            foreach (var row in page.Items)
            {
                last = CursorOf(row, query.View, request.Sort);
                if (await map(row, views).ConfigureAwait(false) is { } item)
                {
                    items.Add(item);
                }

                if (items.Count == request.Limit)
                {
                    break;
                }
            }

            if (page.Next is null)
            {
                break;
            }

            next = next with { After = page.Next };
        }

        return new Page<TItem>
        {
            Items = items,
            NextPage = items.Count > 0 && last is not null ? request.TokenAfter(last) : null,
        };
    }

    /// <summary>Gives the page of items that are all at hand, sorted by the number of their place, then by its key.</summary>
    public static Page<TItem> Fill<TItem>(IEnumerable<TItem> all, Func<TItem, ViewCursor> place, PageRequest request) where TItem : class
    {
        var sign = request.Sort.Descending ? -1 : 1;
        var rest = all.Select(item => (Item: item, Place: place(item)))
            .Where(x => request.After is not { } after || sign * Compare(x.Place, after) > 0)
            .OrderBy(x => x.Place, Comparer<ViewCursor>.Create((a, b) => sign * Compare(a, b)))
            .Take(request.Limit)
            .ToList();
        return new Page<TItem>
        {
            Items = [.. rest.Select(x => x.Item)],
            NextPage = rest.Count > 0 ? request.TokenAfter(rest[^1].Place) : null,
        };
    }

    private static int Compare(ViewCursor a, ViewCursor b) => (a.Order as long? ?? 0).CompareTo(b.Order as long? ?? 0) is not 0 and var order
        ? order
        : string.CompareOrdinal(a.Key, b.Key);

    private static ViewCursor CursorOf<TRow>(ViewItem<TRow> row, ViewSchema<TRow> view, SortOrder sort) where TRow : class =>
        new(sort.Column is null ? null : view.Columns.First(c => c.Name == sort.Column).Read(row.Row), row.Key);
}
