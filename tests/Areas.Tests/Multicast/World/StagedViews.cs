using System.Collections.Immutable;
using Gantry.Actors;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>Views of other areas as a test wants them, beside the real views of the engine.</summary>
internal sealed class StagedViews(IViews inner) : IViews
{
    private ImmutableDictionary<string, ImmutableSortedDictionary<string, object>> _staged =
        ImmutableDictionary<string, ImmutableSortedDictionary<string, object>>.Empty;

    /// <summary>The other areas are as they were in another world.</summary>
    public void TakeOver(StagedViews other) => _staged = other._staged;

    /// <summary>Puts a row.</summary>
    public void Put<TRow>(ViewSchema<TRow> view, string key, TRow row) where TRow : class =>
        _staged = _staged.SetItem(view.Name, RowsOf(view.Name).SetItem(key, row));

    /// <summary>Removes a row.</summary>
    public void Drop<TRow>(ViewSchema<TRow> view, string key) where TRow : class =>
        _staged = _staged.SetItem(view.Name, RowsOf(view.Name).Remove(key));

    public ValueTask<ViewPage<TRow>> QueryAsync<TRow>(ViewQuery<TRow> query, CancellationToken ct) where TRow : class =>
        QueryAsync(inner, query, ct);

    public async ValueTask<IViewSnapshot> SnapshotAsync(CancellationToken ct) => new Snapshot(this, await inner.SnapshotAsync(ct));

    private ImmutableSortedDictionary<string, object> RowsOf(string view) =>
        _staged.GetValueOrDefault(view) ?? ImmutableSortedDictionary.Create<string, object>(StringComparer.Ordinal);

    private ValueTask<ViewPage<TRow>> QueryAsync<TRow>(IViews real, ViewQuery<TRow> query, CancellationToken ct) where TRow : class
    {
        if (!_staged.TryGetValue(query.View.Name, out var rows))
        {
            return real.QueryAsync(query, ct);
        }

        var items = rows
            .Select(r => new ViewItem<TRow>(r.Key, new EntityAddress("staged", r.Key), 1, (TRow)r.Value))
            .Where(item => query.Where.All(test => Holds(query.View, item, test)))
            .ToImmutableArray();
        return ValueTask.FromResult(new ViewPage<TRow>(items, null));
    }

    private static bool Holds<TRow>(ViewSchema<TRow> view, ViewItem<TRow> item, ViewTest test) where TRow : class
    {
        var value = test.Column == "key" ? item.Key : view.Columns.First(c => c.Name == test.Column).Read(item.Row);
        return test.Kind == ViewTestKind.Equal ? Equals(value, test.Value) : !Equals(value, test.Value);
    }

    private sealed class Snapshot(StagedViews views, IViewSnapshot inner) : IViewSnapshot
    {
        public ValueTask<ViewPage<TRow>> QueryAsync<TRow>(ViewQuery<TRow> query, CancellationToken ct) where TRow : class =>
            views.QueryAsync(inner, query, ct);

        public ValueTask<IViewSnapshot> SnapshotAsync(CancellationToken ct) => ValueTask.FromResult<IViewSnapshot>(this);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
