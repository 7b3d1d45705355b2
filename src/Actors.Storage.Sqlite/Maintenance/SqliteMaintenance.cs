using System.Collections.Immutable;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>Maintenance of a SQLite store: reads on pooled connections, changes as jobs of the writer.</summary>
internal sealed class SqliteMaintenance(
    string file, Func<WriterThread> writer, Func<ReadPool> readers, Func<IReadOnlyDictionary<string, ViewTable>> tables) : IStoreMaintenance
{
    private const string AfterId = "(src_shard, src_pos, ord) > (?, ?, ?)";

    public string Kind => "sqlite";

    public async ValueTask FenceAsync(Incarnation incarnation, CancellationToken ct) => _ = await WriteAsync(
        c => c.Prepare("UPDATE lane SET fenced = 1 WHERE incarnation = ?").Bind(1, incarnation.ToString()).Run(), ct).ConfigureAwait(false);

    public ValueTask<bool> IsTakenOverAsync(Incarnation me, CancellationToken ct) => ReadAsync(
        c => Any(c.Prepare("SELECT 1 FROM lane WHERE fenced = 0 AND incarnation <> ? LIMIT 1").Bind(1, me.ToString())), ct);

    public ValueTask<MailCount> CountMailAsync(CancellationToken ct) => ReadAsync(
        c => new MailCount(
            All(c.Prepare("SELECT dst_shard, count(*) FROM mail GROUP BY dst_shard"), s => (Shard: new ShardId(s.Int(0)), Count: s.Int(1)))
                .ToImmutableDictionary(r => r.Shard, r => r.Count),
            (int)c.Number("SELECT count(*) FROM parked")),
        ct);

    public ValueTask<IReadOnlyList<MailRow>> ListMailAsync(EntityAddress? to, MailId? after, int max, CancellationToken ct) =>
        ReadAsync<IReadOnlyList<MailRow>>(
            c => All(Listing(c, $"SELECT {MailRows.Columns} FROM mail", to, after, max), MailRows.Read), ct);

    public ValueTask<IReadOnlyList<ParkedMailRow>> ListParkedAsync(EntityAddress? to, MailId? after, int max, CancellationToken ct) =>
        ReadAsync<IReadOnlyList<ParkedMailRow>>(
            c => All(Listing(c, $"SELECT {MailRows.ParkedColumns} FROM parked", to, after, max), MailRows.ReadParked), ct);

    public ValueTask<MailRow?> FindMailAsync(MailId id, CancellationToken ct) => ReadAsync(
        c => All(ById(c, $"SELECT {MailRows.Columns} FROM mail", id), MailRows.Read).FirstOrDefault(), ct);

    public ValueTask<ParkedMailRow?> FindParkedAsync(MailId id, CancellationToken ct) => ReadAsync(
        c => All(ById(c, $"SELECT {MailRows.ParkedColumns} FROM parked", id), MailRows.ReadParked).FirstOrDefault(), ct);

    public async ValueTask<ImmutableArray<MailRow>> RestoreParkedAsync(IReadOnlyList<MailId> ids, CancellationToken ct) =>
        await WriteAsync(c => Restore(c, ids), ct).ConfigureAwait(false);

    public async ValueTask<int> DropParkedAsync(IReadOnlyList<MailId> ids, CancellationToken ct) =>
        await WriteAsync(c => ids.Sum(id => ById(c, "DELETE FROM parked", id).Run()), ct).ConfigureAwait(false);

    public async ValueTask AddSuspectAsync(SuspectRow suspect, CancellationToken ct) => _ = await WriteAsync(
        c => c.Prepare("INSERT INTO suspect (entity, tag, node_id, at) VALUES (?, ?, ?, ?)")
            .Bind(1, suspect.Entity).Bind(2, suspect.Tag).Bind(3, suspect.NodeId).Bind(4, suspect.At).Run(),
        ct).ConfigureAwait(false);

    public ValueTask<IReadOnlyList<SuspectRow>> ListSuspectsAsync(DateTimeOffset since, CancellationToken ct) =>
        ReadAsync<IReadOnlyList<SuspectRow>>(
            c => All(
                c.Prepare("SELECT entity, tag, node_id, at FROM suspect WHERE at >= ? ORDER BY at").Bind(1, since),
                s => new SuspectRow(s.Address(0), s.Text(1) ?? "", s.Text(2) ?? "", s.Time(3))),
            ct);

    public async ValueTask ForgetSuspectsAsync(EntityAddress entity, CancellationToken ct) => _ = await WriteAsync(
        c => c.Prepare("DELETE FROM suspect WHERE entity = ?").Bind(1, entity).Run(), ct).ConfigureAwait(false);

    public ValueTask<EntityDirectoryRow?> FindEntityAsync(EntityAddress entity, CancellationToken ct) => ReadAsync(
        c => All(c.Prepare($"{DirectorySql} WHERE e.entity = ?").Bind(1, entity), Directory).FirstOrDefault(), ct);

    public ValueTask<IReadOnlyList<EntityDirectoryRow>> ListEntitiesAsync(string? kind, EntityAddress? after, int max, CancellationToken ct) =>
        ReadAsync<IReadOnlyList<EntityDirectoryRow>>(
            c => All(
                c.Prepare($"{DirectorySql} WHERE (?1 IS NULL OR e.kind = ?1) AND e.entity > ?2 ORDER BY e.entity LIMIT ?3")
                    .Bind(1, kind).Bind(2, after?.ToString() ?? "").Bind(3, max),
                Directory),
            ct);

    public ValueTask<IReadOnlyList<EntityDirectoryRow>> ListEndedAsync(DateTimeOffset endedBefore, int max, CancellationToken ct) =>
        ReadAsync<IReadOnlyList<EntityDirectoryRow>>(
            c => All(
                c.Prepare(
                    $"{DirectorySql} WHERE e.ended_at < ? AND sum = {SummedTable.Of("entity").Sum} "
                    + "AND (SELECT count(*) FROM event v WHERE v.entity = e.entity) > 1 LIMIT ?")
                    .Bind(1, endedBefore).Bind(2, max),
                Directory),
            ct);

    public ValueTask<ClaimRow?> FindClaimAsync(string space, string value, CancellationToken ct) => ReadAsync(
        c => All(
            c.Prepare("SELECT space, value, entity, at FROM claim WHERE space = ? AND value = ?").Bind(1, space).Bind(2, value), Claim)
            .FirstOrDefault(),
        ct);

    public ValueTask<IReadOnlyList<ClaimRow>> ListClaimsAsync(
        string? space, EntityAddress? holder, ClaimValue? after, int max, CancellationToken ct) => ReadAsync<IReadOnlyList<ClaimRow>>(
        c => All(
            c.Prepare(
                "SELECT space, value, entity, at FROM claim WHERE (?1 IS NULL OR space = ?1) AND (?2 IS NULL OR entity = ?2) "
                + "AND (space, value) > (?3, ?4) ORDER BY space, value LIMIT ?5")
                .Bind(1, space).Bind(2, holder?.ToString()).Bind(3, after?.Space ?? "").Bind(4, after?.Value ?? "").Bind(5, max),
            Claim),
        ct);

    public ValueTask<IReadOnlyList<ViewRow>> ListViewRowsAsync(ViewSchema view, string? afterKey, int max, CancellationToken ct) =>
        ReadAsync<IReadOnlyList<ViewRow>>(
            c => All(
                c.Prepare($"SELECT {tables()[view.Name].Columns}, sum FROM {tables()[view.Name].Name} WHERE key > ? ORDER BY key LIMIT ?")
                    .Bind(1, afterKey ?? "").Bind(2, max),
                s => tables()[view.Name].Read(s, hasOrder: false, withColumns: true)),
            ct);

    public async ValueTask<bool> ReplaceViewRowsAsync(
        EntityAddress entity, long revision, IReadOnlyList<ViewRowPlace> present, IReadOnlyList<ViewRowOp> rows, CancellationToken ct) =>
        await WriteAsync(c => Replace(c, entity, revision, present, rows), ct).ConfigureAwait(false);

    public async ValueTask<int> TrimParkedAsync(DateTimeOffset before, int max, CancellationToken ct) => await WriteAsync(
        c => c.Prepare(
            "DELETE FROM parked WHERE (src_shard, src_pos, ord) IN (SELECT src_shard, src_pos, ord FROM parked WHERE parked_at < ? LIMIT ?)")
            .Bind(1, before).Bind(2, max).Run(),
        ct).ConfigureAwait(false);

    public async ValueTask<int> TrimHistoryAsync(EntityAddress entity, long upTo, int max, CancellationToken ct) => await WriteAsync(
        c => Any(c.Prepare("SELECT 1 FROM snapshot WHERE entity = ? AND seq >= ?").Bind(1, entity).Bind(2, upTo)) ? TrimHistory(c, entity, upTo, max) : 0,
        ct).ConfigureAwait(false);

    public ValueTask<long> FloorAsync(ShardId shard, CancellationToken ct) =>
        ReadAsync(c => c.Number($"SELECT floor_pos FROM shard WHERE shard = {shard.Value}"), ct);

    // The row id rises with every insert, so the newest are at its end.
    public ValueTask<IReadOnlyList<EventRow>> NewestEventsAsync(int max, CancellationToken ct) =>
        ReadAsync<IReadOnlyList<EventRow>>(c => EventRows.Newest(c, max), ct);

    public ValueTask<ImmutableSortedDictionary<string, long>> CountRowsAsync(CancellationToken ct) => ReadAsync(
        c =>
        {
            string[] names = ["claim", "entity", "event", "mail", "parked", "receipt", "schema_step", "snapshot", "suspect"];
            return names.Concat(tables().Values.Select(t => t.Name))
                .ToImmutableSortedDictionary(n => n, n => c.Number($"SELECT count(*) FROM {n}"), StringComparer.Ordinal);
        },
        ct);

    public ValueTask<IReadOnlyList<string>> CheckAsync(CancellationToken ct) => ReadAsync<IReadOnlyList<string>>(
        c => [.. StoreDamage.Find(c, tables().Values.Select(t => t.Summed))], ct);

    // A connection of its own: the copy is one long read, which holds up neither the writer nor the pool.
    public async ValueTask BackupAsync(string to, CancellationToken ct)
    {
        var target = Path.GetFullPath(to);
        if (File.Exists(target))
        {
            throw new StoreRefusedException($"{target} exists: name a file that does not, a backup never overwrites");
        }

        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            using var connection = Connection.Open(file);
            connection.Prepare("VACUUM INTO ?").Bind(1, target).Run();
        }
        catch (SqliteFailure e)
        {
            throw new StoreRefusedException($"{file} cannot be copied to {target}: {e.Message}. {WayOut(e, Path.GetDirectoryName(target)!)}"); // a file is in a folder
        }
    }

    private static string WayOut(SqliteFailure failure, string folder) =>
        System.IO.Directory.Exists(folder) ? DiskTrouble.WayOut(failure, folder) : $"Make the folder {folder} first.";

    private const string DirectorySql =
        "SELECT e.entity, e.shard, e.created_at, e.ended_at, coalesce((SELECT max(seq) FROM event v WHERE v.entity = e.entity), 0), "
        + "coalesce((SELECT seq FROM snapshot s WHERE s.entity = e.entity), 0) FROM entity e";

    private static ImmutableArray<MailRow> Restore(Connection connection, IReadOnlyList<MailId> ids)
    {
        var back = ImmutableArray.CreateBuilder<MailRow>();
        foreach (var id in ids)
        {
            if (All(ById(connection, $"SELECT {MailRows.ParkedColumns} FROM parked", id), MailRows.ReadParked).FirstOrDefault() is not { } parked
                || parked.Mail.Damage is not null)
            {
                continue;
            }

            // A timer whose name was set again meanwhile is replaced: the newer one stays.
            var insert = connection.Prepare(
                $"INSERT OR IGNORE INTO mail ({MailRows.Columns}) SELECT {SummedTable.MailColumns}, sum - loads - {SummedTable.ParkedSum}, 0 "
                + "FROM parked WHERE src_shard = ? AND src_pos = ? AND ord = ?");
            if (insert.Bind(1, id.SourceShard).Bind(2, id.SourcePosition).Bind(3, id.Ordinal).Run() == 1)
            {
                back.Add(parked.Mail with { Loads = 0 });
            }

            ById(connection, "DELETE FROM parked", id).Run();
        }

        return back.ToImmutable();
    }

    private bool Replace(
        Connection connection, EntityAddress entity, long revision, IReadOnlyList<ViewRowPlace> present, IReadOnlyList<ViewRowOp> rows)
    {
        var find = connection.Prepare("SELECT coalesce(max(seq), 0) FROM event WHERE entity = ?").Bind(1, entity);
        var now = find.Step() ? find.Long(0) : 0;
        find.Reset();
        if (now != revision)
        {
            return false;
        }

        foreach (var view in present.Concat(rows.Select(r => new ViewRowPlace(r.View.Name, r.Key))).Distinct().GroupBy(p => p.View))
        {
            // By their keys: there is no index on whose they are. A damaged row may name anybody, and would stand in the way.
            var table = tables()[view.Key];
            var gone = connection.Prepare($"DELETE FROM {table.Name} WHERE key = ? AND (entity = ? OR sum IS NOT {table.Summed.Sum})");
            foreach (var place in view)
            {
                gone.Bind(1, place.Key).Bind(2, entity).Run();
            }
        }

        var rowWriter = new ViewRows(connection, tables());
        if (rowWriter.Write([.. rows]) is { } clash)
        {
            throw new StoreRefusedException($"the rows of {entity} cannot be written: {clash.Why}");
        }

        return true;
    }

    private static Statement Listing(Connection connection, string select, EntityAddress? to, MailId? after, int max)
    {
        var id = after ?? new MailId(-1, 0, 0);
        return connection.Prepare($"{select} WHERE {AfterId} AND (?4 IS NULL OR entity = ?4) ORDER BY src_shard, src_pos, ord LIMIT ?5")
            .Bind(1, id.SourceShard).Bind(2, id.SourcePosition).Bind(3, id.Ordinal).Bind(4, to?.ToString()).Bind(5, max);
    }

    private static Statement ById(Connection connection, string what, MailId id) =>
        connection.Prepare($"{what} WHERE src_shard = ? AND src_pos = ? AND ord = ?")
            .Bind(1, id.SourceShard).Bind(2, id.SourcePosition).Bind(3, id.Ordinal);

    private static ClaimRow Claim(Statement s) => new(s.Text(0) ?? "", s.Text(1) ?? "", s.Address(2), s.Time(3));

    private static EntityDirectoryRow Directory(Statement s) => new(
        s.Address(0), new ShardId(s.Int(1)), s.Time(2), s.IsNull(3) ? null : s.Time(3), s.Long(4), s.Long(5));

    // The floor first: whoever reads by position must be able to tell a hole from a trimmed place.
    private static int TrimHistory(Connection c, EntityAddress entity, long upTo, int max)
    {
        const string Old = "SELECT rowid FROM event WHERE entity = ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3";
        SummedTable.Of("shard").Change(c, () => c.Prepare(
            "UPDATE shard SET floor_pos = max(floor_pos, (SELECT max(pos) FROM event WHERE rowid IN (" + Old + "))) "
            + "WHERE shard = (SELECT shard FROM event WHERE rowid IN (" + Old + ") LIMIT 1)").Bind(1, entity).Bind(2, upTo).Bind(3, max).Run());
        return c.Prepare("DELETE FROM event WHERE rowid IN (" + Old + ")").Bind(1, entity).Bind(2, upTo).Bind(3, max).Run();
    }

    private static bool Any(Statement find)
    {
        var found = find.Step();
        find.Reset();
        return found;
    }

    private static List<T> All<T>(Statement find, Func<Statement, T> read)
    {
        var rows = new List<T>();
        while (find.Step())
        {
            rows.Add(read(find));
        }

        find.Reset();
        return rows;
    }

    private ValueTask<T> ReadAsync<T>(Func<Connection, T> read, CancellationToken ct) =>
        readers().ReadAsync(read, static (connection, run) => run(connection), ct);

    private Task<T> WriteAsync<T>(Func<Connection, T> write, CancellationToken ct) =>
        writer().RunAsync(w => Transactions.Run(w.Connection, () => write(w.Connection)), ct);
}
