using System.Collections.Immutable;
using Gantry.Actors.Storage;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>The store for operators: claims, journal, and views compared with and rebuilt from the events.</summary>
internal sealed class StoreAdmin(IActorStore store, EngineModel model, ILogger log) : IStoreAdmin
{
    private const int Page = 1_000;

    private readonly WholeImages _images = new(store, new RowDecoder(model), log);
    private readonly ViewFolding _views = new(model);

    public StoreCard Card => new()
    {
        Kind = Maintenance.Kind,
        ClusterId = store.Identity.ClusterId,
        Shards = store.Identity.ShardCount,
        RestoreCount = store.Identity.RestoreCount,
    };

    public async ValueTask<StoreCard> ShowAsync(CancellationToken ct) => Card with { Rows = await Maintenance.CountRowsAsync(ct).ConfigureAwait(false) };

    public async ValueTask<ClaimLine?> ClaimAsync(string space, string value, CancellationToken ct) =>
        await Maintenance.FindClaimAsync(space, value, ct).ConfigureAwait(false) is { } row
            ? new ClaimLine(row.Space, row.Value, row.Entity, row.At)
            : null;

    public async ValueTask<ImmutableArray<ClaimLine>> ClaimsAsync(string? space, ClaimValue? after, int max, CancellationToken ct) =>
        [.. (await Maintenance.ListClaimsAsync(space, null, after, Math.Clamp(max, 1, Page), ct).ConfigureAwait(false))
            .Select(r => new ClaimLine(r.Space, r.Value, r.Entity, r.At))];

    public async ValueTask<ImmutableArray<JournalLine>> TailAsync(int max, CancellationToken ct)
    {
        var wanted = Math.Clamp(max, 1, Page);
        var newest = await Maintenance.NewestEventsAsync(wanted, ct).ConfigureAwait(false);
        return [.. newest.OrderBy(e => e.At).ThenBy(e => e.Position).Select(e => new JournalLine(e.Entity, EntityAdmin.LineOf(e)))];
    }

    public async ValueTask<CheckReport> VerifyAsync(CancellationToken ct)
    {
        var findings = new Findings();
        await foreach (var entity in EntitiesAsync(ct).ConfigureAwait(false))
        {
            findings.Entities++;
            try
            {
                _images.Decoder.Fold(await _images.ReadAsync(entity.Entity, ct).ConfigureAwait(false));
                var events = await HistoryAsync(entity.Entity, ct).ConfigureAwait(false);
                findings.Rows += events.Count;
                Verify(entity, events, findings);
                await VerifyBeginAsync(entity, events, findings, ct).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not (OperationCanceledException or StoreConnectionException))
            {
                findings.Add($"{entity.Entity}: {e.GetType().Name}: {e.Message}");
            }
        }

        return findings.ToReport();
    }

    public async ValueTask<CheckReport> CheckViewsAsync(string? view, CancellationToken ct)
    {
        var views = ViewsOf(view);
        var findings = new Findings();
        var present = await PresentAsync(views, findings, (v, r) => (View: v, Row: r), ct).ConfigureAwait(false);
        await foreach (var entity in EntitiesAsync(ct).ConfigureAwait(false))
        {
            findings.Entities++;
            var rows = present.Remove(entity.Entity, out var own) ? own : [];
            if (await WhyDifferentAsync(entity.Entity, views, rows, ct).ConfigureAwait(false) is { Count: > 0 }
                && await WhyDifferentAsync(entity.Entity, views, await OwnRowsAsync(entity.Entity, views, ct).ConfigureAwait(false), ct)
                    .ConfigureAwait(false) is { Count: > 0 } still)
            {
                // Looked at twice: it may have decided something between the rows and its events.
                still.ForEach(findings.Add);
            }
        }

        foreach (var (entity, rows) in present)
        {
            findings.Add($"{entity} has no events, but {rows.Count} rows, as {rows[0].View.Name} {rows[0].Row.Key}");
        }

        return findings.ToReport();
    }

    public async ValueTask<CheckReport> RebuildViewsAsync(string? view, AdminOrder order, CancellationToken ct)
    {
        var views = ViewsOf(view);
        return order.IsDryRun ? await CheckViewsAsync(view, ct).ConfigureAwait(false) : await RebuildAsync(views, order, ct).ConfigureAwait(false);
    }

    /// <summary>Folds these views anew while the nodes go on.</summary>
    public async ValueTask<CheckReport> RebuildAsync(ImmutableArray<ViewSchema> views, AdminOrder order, CancellationToken ct)
    {
        // Rows first: whose they are is then in the directory, unless they are nobody's. What an entity writes after that follows from its events.
        var findings = new Findings();
        var present = await PresentAsync(views, findings, (v, r) => new ViewRowPlace(v.Name, r.Key), ct).ConfigureAwait(false);
        await foreach (var entity in EntitiesAsync(ct).ConfigureAwait(false))
        {
            findings.Entities++;
            try
            {
                var places = present.Remove(entity.Entity, out var own) ? own : [];
                findings.Changed += await RebuildAsync(entity.Entity, views, places, ct).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not (OperationCanceledException or StoreConnectionException))
            {
                findings.Add($"{entity.Entity}: {e.GetType().Name}: {e.Message}");
            }
        }

        foreach (var (entity, places) in present)
        {
            // Refused when it has begun meanwhile: then its rows are its own.
            if (await Maintenance.ReplaceViewRowsAsync(entity, 0, places, [], ct).ConfigureAwait(false))
            {
                findings.Changed += places.Count;
            }
        }

        RuntimeLog.ViewsRebuilt(log, string.Join(", ", views.Select(v => v.Name)), findings.Changed, order.Caller.ToString());
        return findings.ToReport();
    }

    public async ValueTask<CheckReport> CheckAsync(CancellationToken ct)
    {
        var findings = new Findings();
        foreach (var line in await Maintenance.CheckAsync(ct).ConfigureAwait(false))
        {
            findings.Add(line);
        }

        return findings.ToReport();
    }

    public async ValueTask<AdminAnswer> BackupAsync(string file, AdminOrder order, CancellationToken ct)
    {
        if (order.IsDryRun)
        {
            return AdminAnswer.WouldDo($"a whole copy of the store is written to {file} on the node's own disk");
        }

        try
        {
            await Maintenance.BackupAsync(file, ct).ConfigureAwait(false);
            return AdminAnswer.Done($"a whole copy is in {file}");
        }
        catch (StoreRefusedException e)
        {
            return AdminAnswer.Refused(Refusal.Conflict("BackupRefused", e.Message, "name another file"));
        }
    }

    private IStoreMaintenance Maintenance => EntityAdmin.MaintenanceOf(store);

    private static void Verify(EntityDirectoryRow entity, List<EventRow> events, Findings findings)
    {
        for (var i = 1; i < events.Count; i++)
        {
            if (events[i].Sequence != events[i - 1].Sequence + 1)
            {
                findings.Add($"{entity.Entity} lacks event {events[i - 1].Sequence + 1}");
            }

            if (events[i].Epoch < events[i - 1].Epoch || events[i].Position <= events[i - 1].Position)
            {
                findings.Add($"{entity.Entity}: event {events[i].Sequence} stands at {events[i].Position}, before the one before it");
            }
        }
    }

    // What is missing at the beginning was trimmed, and whoever trims says up to where (engine 3.5).
    private async Task VerifyBeginAsync(EntityDirectoryRow entity, List<EventRow> events, Findings findings, CancellationToken ct)
    {
        if (events.Count == 0)
        {
            findings.Add($"{entity.Entity} has no events at all");
        }
        else if (events[0].Sequence > 1 && await Maintenance.FloorAsync(events[0].Shard, ct).ConfigureAwait(false) == 0)
        {
            findings.Add($"{entity.Entity} lacks its events before {events[0].Sequence}, and nothing was ever trimmed in shard {events[0].Shard}");
        }
    }

    private ImmutableArray<ViewSchema> ViewsOf(string? view)
    {
        var views = model.Views.Where(v => view is null || v.Name == view).ToImmutableArray();
        return views.IsEmpty
            ? throw new ArgumentException($"there is no view named {view}; there are {string.Join(", ", model.Views.Select(v => v.Name).Order(StringComparer.Ordinal))}", nameof(view))
            : views;
    }

    // The entity may decide meanwhile: then its rows are folded again.
    private async Task<int> RebuildAsync(
        EntityAddress entity, ImmutableArray<ViewSchema> views, List<ViewRowPlace> present, CancellationToken ct)
    {
        while (true)
        {
            var events = await HistoryAsync(entity, ct).ConfigureAwait(false);
            if (_views.Fold(entity, events) is not { } folded)
            {
                return 0;
            }

            var rows = folded.Rows.Where(r => views.Contains(r.View)).ToList();
            if (await Maintenance.ReplaceViewRowsAsync(entity, folded.Revision, present, rows, ct).ConfigureAwait(false))
            {
                return rows.Count;
            }
        }
    }

    private async Task<List<string>> WhyDifferentAsync(
        EntityAddress entity, ImmutableArray<ViewSchema> views, List<(ViewSchema View, ViewRow Row)> rows, CancellationToken ct)
    {
        var why = new List<string>();
        try
        {
            if (_views.Fold(entity, await HistoryAsync(entity, ct).ConfigureAwait(false)) is not { } folded)
            {
                return why;
            }

            var left = rows.ToDictionary(r => (r.View.Name, r.Row.Key), r => r.Row);
            foreach (var op in folded.Rows.Where(r => views.Contains(r.View)))
            {
                if (!left.Remove((op.View.Name, op.Key), out var row))
                {
                    why.Add($"{op.View.Name} {op.Key} of {entity} is missing");
                }
                else if (row.Damage is { } damage)
                {
                    why.Add(damage);
                }
                else if (row.Revision != op.Revision || !row.Document.AsSpan().SequenceEqual(op.Document))
                {
                    why.Add($"{op.View.Name} {op.Key} of {entity} differs: revision {row.Revision}, by the events {op.Revision}");
                }
                else if (WrongColumn(op, row) is { } column)
                {
                    why.Add($"{op.View.Name} {op.Key} of {entity} is found under another {column} than its document has");
                }
            }

            why.AddRange(left.Keys.Select(k => $"{k.Name} {k.Key} of {entity} should not be there"));
        }
        catch (Exception e) when (e is not (OperationCanceledException or StoreConnectionException))
        {
            why.Add($"{entity}: {e.GetType().Name}: {e.Message}");
        }

        return why;
    }

    // What is filtered and sorted by stands beside the document: a row may be whole and still not be found.
    private static string? WrongColumn(ViewRowOp op, ViewRow row)
    {
        for (var i = 0; i < op.View.Columns.Length; i++)
        {
            if (row.Columns is { } present && !Equals(present[i], op.Columns![i])) // what is not deleted has columns
            {
                return op.View.Columns[i].Name;
            }
        }

        return null;
    }

    private async Task<Dictionary<EntityAddress, List<T>>> PresentAsync<T>(
        ImmutableArray<ViewSchema> views, Findings findings, Func<ViewSchema, ViewRow, T> keep, CancellationToken ct)
    {
        var present = new Dictionary<EntityAddress, List<T>>();
        foreach (var view in views)
        {
            string? after = null;
            while (true)
            {
                var page = await Maintenance.ListViewRowsAsync(view, after, Page, ct).ConfigureAwait(false);
                foreach (var row in page)
                {
                    findings.Rows++;
                    if (!present.TryGetValue(row.Entity, out var rows))
                    {
                        present.Add(row.Entity, rows = []);
                    }

                    rows.Add(keep(view, row));
                }

                if (page.Count < Page)
                {
                    break;
                }

                after = page[^1].Key;
            }
        }

        return present;
    }

    private async Task<List<(ViewSchema, ViewRow)>> OwnRowsAsync(EntityAddress entity, ImmutableArray<ViewSchema> views, CancellationToken ct)
    {
        var own = new List<(ViewSchema, ViewRow)>();
        foreach (var view in views)
        {
            var query = new ViewRowQuery(
                view, [new ViewTest("entity", ViewTestKind.Equal, entity.ToString())], null, Descending: false, null, Page) { WithColumns = true };
            own.AddRange((await store.QueryAsync(query, ct).ConfigureAwait(false)).Rows.Select(r => (view, r)));
        }

        return own;
    }

    private async IAsyncEnumerable<EntityDirectoryRow> EntitiesAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        EntityAddress? after = null;
        while (true)
        {
            var page = await Maintenance.ListEntitiesAsync(null, after, Page, ct).ConfigureAwait(false);
            foreach (var entity in page)
            {
                yield return entity;
            }

            if (page.Count < Page)
            {
                yield break;
            }

            after = page[^1].Entity;
        }
    }

    private async Task<List<EventRow>> HistoryAsync(EntityAddress entity, CancellationToken ct)
    {
        var events = new List<EventRow>();
        int before;
        do
        {
            before = events.Count;
            await foreach (var row in store.HistoryAsync(entity, before == 0 ? 0 : events[^1].Sequence, Page, ct).ConfigureAwait(false))
            {
                events.Add(row);
            }
        }
        while (events.Count - before == Page);

        return events;
    }

    private sealed class Findings
    {
        private readonly ImmutableArray<string>.Builder _lines = ImmutableArray.CreateBuilder<string>();
        private long _count;

        public long Entities { get; set; }

        public long Rows { get; set; }

        public long Changed { get; set; }

        public void Add(string line)
        {
            _count++;
            if (_lines.Count < CheckReport.FindingsMax)
            {
                _lines.Add(line);
            }
        }

        public CheckReport ToReport() => new(Entities, Rows, Changed, _lines.ToImmutable(), _count);
    }
}
