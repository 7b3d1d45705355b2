using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Gantry.Actors;

/// <summary>
/// Reads the read model. Views commit with their events and answers leave after the commit, so whoever saw
/// <c>Accepted</c> sees the write in every later read. Reads never enter a mailbox. Thread-safe.
/// </summary>
public interface IViews
{
    /// <summary>One page.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be read now.</exception>
    ValueTask<ViewPage<TRow>> QueryAsync<TRow>(ViewQuery<TRow> query, CancellationToken ct) where TRow : class;

    /// <summary>A reader whose every query sees the same commit.</summary>
    ValueTask<IViewSnapshot> SnapshotAsync(CancellationToken ct);
}

/// <summary>All views as of one commit. Dispose it soon: it holds a read transaction.</summary>
public interface IViewSnapshot : IViews, IAsyncDisposable;

/// <summary>The store cannot be reached or is overloaded; nothing was done.</summary>
public sealed class StoreUnavailableException(string message, TimeSpan retryAfter) : Exception(message)
{
    /// <summary>When to try again.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}

/// <summary>Common questions.</summary>
public static class ViewsExtensions
{
    /// <summary>The row of a key, or null.</summary>
    public static async ValueTask<ViewItem<TRow>?> GetAsync<TRow>(
        this IViews views, ViewSchema<TRow> view, string key, CancellationToken ct) where TRow : class =>
        await views.FirstAsync(new ViewQuery<TRow>(view).WhereEqual("key", key), ct).ConfigureAwait(false);

    /// <summary>The first row, or null.</summary>
    public static async ValueTask<ViewItem<TRow>?> FirstAsync<TRow>(
        this IViews views, ViewQuery<TRow> query, CancellationToken ct) where TRow : class
    {
        var page = await views.QueryAsync(query with { Limit = 1 }, ct).ConfigureAwait(false);
        return page.Items.IsEmpty ? null : page.Items[0];
    }

    /// <summary>Every row, page by page.</summary>
    public static async IAsyncEnumerable<ViewItem<TRow>> AllAsync<TRow>(
        this IViews views, ViewQuery<TRow> query, [EnumeratorCancellation] CancellationToken ct) where TRow : class
    {
        var next = query with { Limit = ViewQuery<TRow>.LimitMax };
        while (true)
        {
            var page = await views.QueryAsync(next, ct).ConfigureAwait(false);
            foreach (var item in page.Items)
            {
                yield return item;
            }

            if (page.Next is null)
            {
                yield break;
            }

            next = next with { After = page.Next };
        }
    }

    /// <summary>Every row at once, for views that are bounded by the size of a rack.</summary>
    public static async ValueTask<ImmutableArray<ViewItem<TRow>>> ListAsync<TRow>(
        this IViews views, ViewQuery<TRow> query, CancellationToken ct) where TRow : class
    {
        var rows = ImmutableArray.CreateBuilder<ViewItem<TRow>>();
        await foreach (var item in views.AllAsync(query, ct).ConfigureAwait(false))
        {
            rows.Add(item);
        }

        return rows.ToImmutable();
    }
}
