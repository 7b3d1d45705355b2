using System.Collections.Immutable;

namespace Gantry.Actors.Storage;

/// <summary>Maintenance of a memory store.</summary>
internal sealed class MemoryMaintenance(MemoryStore store) : IStoreMaintenance
{
    public string Kind => "memory";

    public ValueTask FenceAsync(Incarnation incarnation, CancellationToken ct) => Done(tables => tables with
    {
        Lanes = tables.Lanes.ToImmutableDictionary(
            l => l.Key, l => l.Key.Item1 == incarnation ? l.Value with { Fenced = true } : l.Value),
    });

    public ValueTask<bool> IsTakenOverAsync(Incarnation me, CancellationToken ct) =>
        ValueTask.FromResult(store.Tables.Lanes.Any(l => l.Key.Item1 != me && !l.Value.Fenced));

    public ValueTask<MailCount> CountMailAsync(CancellationToken ct)
    {
        var tables = store.Tables;
        return ValueTask.FromResult(new MailCount(
            tables.Mail.Values.GroupBy(m => m.ToShard).ToImmutableDictionary(g => g.Key, g => g.Count()), tables.Parked.Count));
    }

    public ValueTask<IReadOnlyList<MailRow>> ListMailAsync(EntityAddress? to, MailId? after, int max, CancellationToken ct) => List(
        store.Tables.Mail.Values.Where(m => to is null || m.To == to).Where(m => IsAfter(m.Id, after)).OrderBy(m => Order(m.Id)), max);

    public ValueTask<IReadOnlyList<ParkedMailRow>> ListParkedAsync(EntityAddress? to, MailId? after, int max, CancellationToken ct) => List(
        store.Tables.Parked.Values.Where(p => to is null || p.Mail.To == to).Where(p => IsAfter(p.Mail.Id, after))
            .OrderBy(p => Order(p.Mail.Id)).Select(Row),
        max);

    public ValueTask<MailRow?> FindMailAsync(MailId id, CancellationToken ct) =>
        ValueTask.FromResult(store.Tables.Mail.GetValueOrDefault(id));

    public ValueTask<ParkedMailRow?> FindParkedAsync(MailId id, CancellationToken ct) =>
        ValueTask.FromResult(store.Tables.Parked.TryGetValue(id, out var parked) ? Row(parked) : null);

    public ValueTask<ImmutableArray<MailRow>> RestoreParkedAsync(IReadOnlyList<MailId> ids, CancellationToken ct) =>
        ValueTask.FromResult(store.Change(tables =>
        {
            var back = ImmutableArray.CreateBuilder<MailRow>();
            foreach (var id in ids)
            {
                if (!tables.Parked.TryGetValue(id, out var parked))
                {
                    continue;
                }

                var row = parked.Mail with { Loads = 0 };
                tables = tables with { Parked = tables.Parked.Remove(id) };
                if (row.TimerName is { } name)
                {
                    if (tables.Timers.ContainsKey(new TimerKey(row.To, name)))
                    {
                        continue;
                    }

                    tables = tables with { Timers = tables.Timers.Add(new TimerKey(row.To, name), id) };
                }

                tables = tables with { Mail = tables.Mail.Add(id, row), MailByDue = tables.MailByDue.Add(MailPlace.Of(row), row) };
                back.Add(row);
            }

            return (back.ToImmutable(), tables);
        }));

    public ValueTask<int> DropParkedAsync(IReadOnlyList<MailId> ids, CancellationToken ct) => ValueTask.FromResult(store.Change(tables =>
    {
        var after = tables.Parked.RemoveRange(ids);
        return (tables.Parked.Count - after.Count, tables with { Parked = after });
    }));

    public ValueTask AddSuspectAsync(SuspectRow suspect, CancellationToken ct) =>
        Done(tables => tables with { Suspects = tables.Suspects.Add(suspect) });

    public ValueTask<IReadOnlyList<SuspectRow>> ListSuspectsAsync(DateTimeOffset since, CancellationToken ct) =>
        List(store.Tables.Suspects.Where(s => s.At >= since), int.MaxValue);

    public ValueTask ForgetSuspectsAsync(EntityAddress entity, CancellationToken ct) =>
        Done(tables => tables with { Suspects = tables.Suspects.RemoveAll(s => s.Entity == entity) });

    public ValueTask<EntityDirectoryRow?> FindEntityAsync(EntityAddress entity, CancellationToken ct) =>
        ValueTask.FromResult(store.Tables.Entities.TryGetValue(entity, out var state) ? Row(store.Tables, entity, state) : null);

    public ValueTask<IReadOnlyList<EntityDirectoryRow>> ListEntitiesAsync(string? kind, EntityAddress? after, int max, CancellationToken ct)
    {
        var tables = store.Tables;
        return List(
            tables.Entities
                .Where(e => kind is null || e.Key.Kind == kind)
                .Where(e => after is not { } place || Utf8Order.Instance.Compare(e.Key.ToString(), place.ToString()) > 0)
                .OrderBy(e => e.Key.ToString(), Utf8Order.Instance)
                .Select(e => Row(tables, e.Key, e.Value)),
            max);
    }

    public ValueTask<IReadOnlyList<EntityDirectoryRow>> ListEndedAsync(DateTimeOffset endedBefore, int max, CancellationToken ct)
    {
        var tables = store.Tables;
        return List(
            tables.Entities.Where(e => e.Value.EndedAt < endedBefore && tables.Events.GetValueOrDefault(e.Key, []).Count > 1)
                .Select(e => Row(tables, e.Key, e.Value)),
            max);
    }

    public ValueTask<ClaimRow?> FindClaimAsync(string space, string value, CancellationToken ct) =>
        ValueTask.FromResult(store.Tables.Claims.GetValueOrDefault((space, value)));

    public ValueTask<IReadOnlyList<ClaimRow>> ListClaimsAsync(
        string? space, EntityAddress? holder, ClaimValue? after, int max, CancellationToken ct) => List(
        store.Tables.Claims.Values
            .Where(c => (space is null || c.Space == space) && (holder is null || c.Entity == holder))
            .Where(c => after is not { } place || Compare(c, place) > 0)
            .OrderBy(c => c.Space, Utf8Order.Instance).ThenBy(c => c.Value, Utf8Order.Instance),
        max);

    public ValueTask<IReadOnlyList<ViewRow>> ListViewRowsAsync(ViewSchema view, string? afterKey, int max, CancellationToken ct) => List(
        store.Tables.Views.GetValueOrDefault(view.Name, ImmutableSortedDictionary<string, ViewCell>.Empty)
            .Where(r => afterKey is null || Utf8Order.Instance.Compare(r.Key, afterKey) > 0)
            .Select(r => new ViewRow(r.Key, r.Value.Entity, r.Value.Revision, null, r.Value.Document) { Columns = [.. r.Value.Columns] }),
        max);

    public ValueTask<bool> ReplaceViewRowsAsync(
        EntityAddress entity, long revision, IReadOnlyList<ViewRowPlace> places, IReadOnlyList<ViewRowOp> rows, CancellationToken ct) =>
        ValueTask.FromResult(store.Change(tables =>
        {
            var events = tables.Events.GetValueOrDefault(entity, []);
            if (!events.IsEmpty && events[^1].Sequence != revision)
            {
                return (false, tables);
            }

            var all = tables.Views;
            foreach (var view in places.Concat(rows.Select(r => new ViewRowPlace(r.View.Name, r.Key))).GroupBy(p => p.View))
            {
                var present = all.GetValueOrDefault(view.Key, ImmutableSortedDictionary.Create<string, ViewCell>(Utf8Order.Instance));
                present = present.RemoveRange(view.Select(p => p.Key).Where(k => present.TryGetValue(k, out var cell) && cell.Entity == entity));
                foreach (var row in rows.Where(r => r.View.Name == view.Key && !r.IsDelete))
                {
                    present = present.SetItem(row.Key, new ViewCell(entity, row.Revision, row.Columns!, row.Document!));
                }

                all = all.SetItem(view.Key, present);
            }

            return (true, tables with { Views = all });
        }));

    public ValueTask<int> TrimParkedAsync(DateTimeOffset before, int max, CancellationToken ct) => ValueTask.FromResult(store.Change(tables =>
    {
        var old = tables.Parked.Where(p => p.Value.Why.At < before).Take(max).Select(p => p.Key).ToList();
        return (old.Count, tables with { Parked = tables.Parked.RemoveRange(old) });
    }));

    public ValueTask<long> FloorAsync(ShardId shard, CancellationToken ct) => ValueTask.FromResult(store.Tables.Floors.GetValueOrDefault(shard));

    public ValueTask<int> TrimHistoryAsync(EntityAddress entity, long upTo, int max, CancellationToken ct) =>
        ValueTask.FromResult(store.Change(tables =>
        {
            var events = tables.Events.GetValueOrDefault(entity, []);
            if ((tables.Snapshots.GetValueOrDefault(entity)?.Sequence ?? 0) < upTo)
            {
                return (0, tables);
            }

            var old = events.Where(e => e.Sequence <= upTo).Take(max).ToHashSet();
            return (old.Count, tables with
            {
                Events = tables.Events.SetItem(entity, events.RemoveAll(old.Contains)),
                Floors = tables.Floors.SetItems(old.GroupBy(e => e.Shard).Select(g => KeyValuePair.Create(
                    g.Key, Math.Max(tables.Floors.GetValueOrDefault(g.Key), g.Max(e => e.Position))))),
                Journal = tables.Journal.ToImmutableDictionary(j => j.Key, j => j.Value.RemoveAll(old.Contains)),
            });
        }));

    public ValueTask<IReadOnlyList<EventRow>> NewestEventsAsync(int max, CancellationToken ct) =>
        List(store.Tables.Journal.Values.SelectMany(j => j).OrderByDescending(e => e.At).ThenByDescending(e => e.Position), max);

    public ValueTask<ImmutableSortedDictionary<string, long>> CountRowsAsync(CancellationToken ct)
    {
        var tables = store.Tables;
        var rows = ImmutableSortedDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        rows["claim"] = tables.Claims.Count;
        rows["entity"] = tables.Entities.Count;
        rows["event"] = tables.Events.Values.Sum(e => (long)e.Count);
        rows["mail"] = tables.Mail.Count;
        rows["parked"] = tables.Parked.Count;
        rows["receipt"] = tables.Receipts.Count;
        rows["snapshot"] = tables.Snapshots.Count;
        rows["schema_step"] = 1;
        rows["suspect"] = tables.Suspects.Count;
        foreach (var (name, view) in tables.Views)
        {
            rows[$"view_{name}"] = view.Count;
        }

        return ValueTask.FromResult(rows.ToImmutable());
    }

    public ValueTask<IReadOnlyList<string>> CheckAsync(CancellationToken ct) => ValueTask.FromResult<IReadOnlyList<string>>([]);

    public ValueTask BackupAsync(string to, CancellationToken ct) =>
        throw new StoreRefusedException("a memory store has no copies: set gantry.storage.kind = sqlite for data that is worth keeping");

    private static ParkedMailRow Row((MailRow Mail, ParkedRow Why) parked) =>
        new(parked.Mail, parked.Why.At, parked.Why.Attempts, parked.Why.Reason);

    private static EntityDirectoryRow Row(MemoryTables tables, EntityAddress entity, EntityState state)
    {
        var events = tables.Events.GetValueOrDefault(entity, []);
        return new EntityDirectoryRow(
            entity, state.Shard, state.CreatedAt, state.EndedAt, events.IsEmpty ? 0 : events[^1].Sequence,
            tables.Snapshots.GetValueOrDefault(entity)?.Sequence ?? 0);
    }

    private static (int, long, int) Order(MailId id) => (id.SourceShard, id.SourcePosition, id.Ordinal);

    private static bool IsAfter(MailId id, MailId? after) => after is not { } place || Order(id).CompareTo(Order(place)) > 0;

    private static int Compare(ClaimRow row, ClaimValue place)
    {
        var bySpace = Utf8Order.Instance.Compare(row.Space, place.Space);
        return bySpace != 0 ? bySpace : Utf8Order.Instance.Compare(row.Value, place.Value);
    }

    private static ValueTask<IReadOnlyList<T>> List<T>(IEnumerable<T> rows, int max) =>
        ValueTask.FromResult<IReadOnlyList<T>>([.. rows.Take(max)]);

    private ValueTask Done(Func<MemoryTables, MemoryTables> change)
    {
        store.Change(tables => (true, change(tables)));
        return ValueTask.CompletedTask;
    }
}
