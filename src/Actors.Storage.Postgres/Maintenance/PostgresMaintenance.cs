using System.Collections.Immutable;
using Npgsql;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>Maintenance of a PostgreSQL store, on pooled connections. Each change is one statement or one transaction.</summary>
internal sealed class PostgresMaintenance(Connections connections, Func<IReadOnlyDictionary<string, ViewTable>> tables) : IStoreMaintenance
{
    private const string MailColumns = "src_shard, src_pos, ord, dst_shard, entity, due_at, name, tag, ver, meta, loads, body";

    private const string ById = "WHERE src_shard = $1 AND src_pos = $2 AND ord = $3";

    private const string Listed =
        "WHERE (src_shard, src_pos, ord) > ($1, $2, $3) AND ($4 IS NULL OR entity = $4) ORDER BY src_shard, src_pos, ord LIMIT $5";

    private const string DirectorySql =
        "SELECT e.entity, e.shard, e.created_at, e.ended_at, coalesce((SELECT max(seq) FROM event v WHERE v.entity = e.entity), 0), "
        + "coalesce((SELECT seq FROM snapshot s WHERE s.entity = e.entity), 0) FROM entity e";

    // How many ended entities one look goes through, however few of them have anything left.
    private const int EndedLooks = 5_000;

    // Those that have nothing but their last event are noted and not looked at again.
    private const string EndedSql =
        "WITH due AS (SELECT entity, ended_at, (SELECT count(*) FROM (SELECT 1 FROM event v WHERE v.entity = d.entity LIMIT 2) two) AS kept "
        + "FROM entity d WHERE ended_at < $1 AND trimmed_end IS DISTINCT FROM ended_at ORDER BY ended_at LIMIT $3), "
        + "done AS (UPDATE entity t SET trimmed_end = due.ended_at FROM due WHERE due.kept < 2 AND t.entity = due.entity AND t.ended_at = due.ended_at) "
        + DirectorySql + " JOIN due ON due.entity = e.entity WHERE due.kept > 1 ORDER BY due.ended_at LIMIT $2";

    private const string ClaimSql = "SELECT space, value, entity, at FROM claim";

    public string Kind => "postgres";

    public async ValueTask FenceAsync(Incarnation incarnation, CancellationToken ct) =>
        _ = await RunAsync(new SqlCall("UPDATE lane SET fenced = true WHERE incarnation = $1").Uuid(incarnation.Value), ct);

    public async ValueTask<bool> IsTakenOverAsync(Incarnation me, CancellationToken ct) =>
        await AnyAsync(new SqlCall("SELECT 1 FROM lane WHERE NOT fenced AND incarnation <> $1 LIMIT 1").Uuid(me.Value), ct);

    public ValueTask<MailCount> CountMailAsync(CancellationToken ct) => OnConnectionAsync(
        async c =>
        {
            var byShard = await new SqlCall("SELECT dst_shard, count(*)::int FROM mail GROUP BY dst_shard")
                .ReadAsync(c, r => (Shard: new ShardId(r.GetInt32(0)), Count: r.GetInt32(1)), ct);
            var parked = await new SqlCall("SELECT count(*)::int FROM parked").ReadAsync(c, r => r.GetInt32(0), ct);
            return new MailCount(byShard.ToImmutableDictionary(r => r.Shard, r => r.Count), parked.Single());
        },
        ct);

    public async ValueTask<IReadOnlyList<MailRow>> ListMailAsync(EntityAddress? to, MailId? after, int max, CancellationToken ct) =>
        await AllAsync(Listing($"SELECT {MailColumns} FROM mail", to, after, max), Rows.ReadMail, ct);

    public async ValueTask<IReadOnlyList<ParkedMailRow>> ListParkedAsync(EntityAddress? to, MailId? after, int max, CancellationToken ct) =>
        await AllAsync(Listing($"SELECT {MailColumns}, parked_at, attempts, reason FROM parked", to, after, max), ReadParked, ct);

    public async ValueTask<MailRow?> FindMailAsync(MailId id, CancellationToken ct) =>
        (await AllAsync(At($"SELECT {MailColumns} FROM mail {ById}", id), Rows.ReadMail, ct)).SingleOrDefault();

    public async ValueTask<ParkedMailRow?> FindParkedAsync(MailId id, CancellationToken ct) =>
        (await AllAsync(At($"SELECT {MailColumns}, parked_at, attempts, reason FROM parked {ById}", id), ReadParked, ct)).SingleOrDefault();

    public ValueTask<ImmutableArray<MailRow>> RestoreParkedAsync(IReadOnlyList<MailId> ids, CancellationToken ct) => InTransactionAsync(
        async c =>
        {
            var back = ImmutableArray.CreateBuilder<MailRow>();
            foreach (var id in ids)
            {
                // A timer whose name was set again meanwhile stays: the newer one is what its owner wants.
                back.AddRange(await At(
                    $"INSERT INTO mail ({MailColumns}) SELECT src_shard, src_pos, ord, dst_shard, entity, due_at, name, tag, ver, meta, 0, body "
                    + $"FROM parked {ById} ON CONFLICT DO NOTHING RETURNING {MailColumns}", id).ReadAsync(c, Rows.ReadMail, ct));
                await At($"DELETE FROM parked {ById}", id).RunAsync(c, ct);
            }

            return back.ToImmutable();
        },
        ct);

    public async ValueTask<int> DropParkedAsync(IReadOnlyList<MailId> ids, CancellationToken ct) => await RunAsync(
        new SqlCall(
            "DELETE FROM parked p USING unnest($1, $2, $3) AS t(src_shard, src_pos, ord) "
            + "WHERE p.src_shard = t.src_shard AND p.src_pos = t.src_pos AND p.ord = t.ord")
            .Ints(ids, i => i.SourceShard).Longs(ids, i => i.SourcePosition).Ints(ids, i => i.Ordinal), ct);

    public async ValueTask AddSuspectAsync(SuspectRow suspect, CancellationToken ct) => _ = await RunAsync(
        new SqlCall("INSERT INTO suspect (entity, tag, node_id, at) VALUES ($1, $2, $3, $4)")
            .Text(suspect.Entity.ToString()).Text(suspect.Tag).Text(suspect.NodeId).Long(suspect.At.UtcTicks), ct);

    public async ValueTask<IReadOnlyList<SuspectRow>> ListSuspectsAsync(DateTimeOffset since, CancellationToken ct) => await AllAsync(
        new SqlCall("SELECT entity, tag, node_id, at FROM suspect WHERE at >= $1 ORDER BY at").Long(since.UtcTicks),
        r => new SuspectRow(EntityText.Parse(r.GetString(0)), r.GetString(1), r.GetString(2), Rows.Time(r, 3)), ct);

    public async ValueTask ForgetSuspectsAsync(EntityAddress entity, CancellationToken ct) =>
        _ = await RunAsync(new SqlCall("DELETE FROM suspect WHERE entity = $1").Text(entity.ToString()), ct);

    public async ValueTask<EntityDirectoryRow?> FindEntityAsync(EntityAddress entity, CancellationToken ct) =>
        (await AllAsync(new SqlCall($"{DirectorySql} WHERE e.entity = $1").Text(entity.ToString()), ReadDirectory, ct)).SingleOrDefault();

    public async ValueTask<IReadOnlyList<EntityDirectoryRow>> ListEntitiesAsync(
        string? kind, EntityAddress? after, int max, CancellationToken ct) => await AllAsync(
        new SqlCall($"{DirectorySql} WHERE ($1 IS NULL OR e.kind = $1) AND e.entity > $2 ORDER BY e.entity LIMIT $3")
            .Text(kind).Text(after?.ToString() ?? "").Int(max), ReadDirectory, ct);

    public async ValueTask<IReadOnlyList<EntityDirectoryRow>> ListEndedAsync(DateTimeOffset endedBefore, int max, CancellationToken ct) =>
        await AllAsync(
            new SqlCall(EndedSql).Long(endedBefore.UtcTicks).Int(max).Int(EndedLooks), ReadDirectory, ct);

    public async ValueTask<ClaimRow?> FindClaimAsync(string space, string value, CancellationToken ct) =>
        (await AllAsync(new SqlCall($"{ClaimSql} WHERE space = $1 AND value = $2").Text(space).Text(value), ReadClaim, ct)).SingleOrDefault();

    public async ValueTask<IReadOnlyList<ClaimRow>> ListClaimsAsync(
        string? space, EntityAddress? holder, ClaimValue? after, int max, CancellationToken ct) => await AllAsync(
        new SqlCall(
            $"{ClaimSql} WHERE ($1 IS NULL OR space = $1) AND ($2 IS NULL OR entity = $2) AND (space, value) > ($3, $4) "
            + "ORDER BY space, value LIMIT $5")
            .Text(space).Text(holder?.ToString()).Text(after?.Space ?? "").Text(after?.Value ?? "").Int(max), ReadClaim, ct);

    public async ValueTask<IReadOnlyList<ViewRow>> ListViewRowsAsync(ViewSchema view, string? afterKey, int max, CancellationToken ct) =>
        await AllAsync(
            new SqlCall(
                $"SELECT key, entity, rev, doc{string.Concat(view.Columns.Select(c => $", {ViewTable.Quoted(c.Name)}"))} FROM {tables()[view.Name].Name} WHERE key > $1 ORDER BY key LIMIT $2")
                .Text(afterKey ?? "").Int(max),
            r => new ViewRow(r.GetString(0), EntityText.Parse(r.GetString(1)), r.GetInt64(2), null, Rows.Blob(r, 3)) { Columns = ViewSql.ColumnsOf(view, r, 4) }, ct);

    public ValueTask<bool> ReplaceViewRowsAsync(
        EntityAddress entity, long revision, IReadOnlyList<ViewRowPlace> present, IReadOnlyList<ViewRowOp> rows, CancellationToken ct) =>
        OnConnectionAsync(c => ViewSwap.RunAsync(c, entity, revision, tables(), present, rows, ct), ct);

    public async ValueTask<IReadOnlyList<UnfoldedView>> UnfoldedViewsAsync(CancellationToken ct) =>
        await AllAsync(ViewMarks.All, r => new UnfoldedView(r.GetString(0), r.GetString(1)), ct);

    public async ValueTask NoteFoldedAsync(IReadOnlyList<UnfoldedView> views, CancellationToken ct) => _ = await RunAsync(ViewMarks.Remove(views), ct);

    public async ValueTask<int> TrimParkedAsync(DateTimeOffset before, int max, CancellationToken ct) => await RunAsync(
        new SqlCall("DELETE FROM parked WHERE ctid = ANY (ARRAY (SELECT ctid FROM parked WHERE parked_at < $1 LIMIT $2))")
            .Long(before.UtcTicks).Int(max), ct);

    // The floor with it: whoever reads by position must be able to tell a hole from a trimmed place.
    public async ValueTask<int> TrimHistoryAsync(EntityAddress entity, long upTo, int max, CancellationToken ct) => (await AllAsync(
        new SqlCall(
            "WITH gone AS (DELETE FROM event WHERE ctid = ANY (ARRAY (SELECT ctid FROM event WHERE entity = $1 AND seq <= $2 ORDER BY seq LIMIT $3)) "
            + "AND EXISTS (SELECT 1 FROM snapshot WHERE entity = $1 AND seq >= $2) RETURNING shard, pos), "
            + "raised AS (UPDATE shard s SET floor_pos = greatest(s.floor_pos, g.pos) FROM (SELECT shard, max(pos) AS pos FROM gone GROUP BY shard) g "
            + "WHERE s.shard = g.shard) SELECT count(*)::int FROM gone")
            .Text(entity.ToString()).Long(upTo).Int(max), r => r.GetInt32(0), ct)).Single();

    public async ValueTask<long> FloorAsync(ShardId shard, CancellationToken ct) =>
        (await AllAsync(new SqlCall("SELECT floor_pos FROM shard WHERE shard = $1").Int(shard.Value), r => r.GetInt64(0), ct)).Single();

    public async ValueTask<StoreStrain> StrainAsync(CancellationToken ct) => (await AllAsync(
        new SqlCall(
            "SELECT coalesce((SELECT n_dead_tup FROM pg_stat_user_tables WHERE relid = to_regclass('mail')), 0), "
            + "coalesce((SELECT extract(epoch FROM max(clock_timestamp() - xact_start)) FROM pg_stat_activity "
            + "WHERE datname = current_database() AND pid <> pg_backend_pid()), 0)::float8"),
        r => new StoreStrain(r.GetInt64(0), TimeSpan.FromSeconds(r.GetDouble(1))), ct)).Single();

    public async ValueTask<IReadOnlyList<EventRow>> NewestEventsAsync(int max, CancellationToken ct) =>
        await AllAsync(Rows.Newest(max), Rows.ReadEvent, ct);

    public ValueTask<ImmutableSortedDictionary<string, long>> CountRowsAsync(CancellationToken ct) => OnConnectionAsync(
        async c =>
        {
            string[] names = ["claim", "entity", "event", "mail", "parked", "receipt", "schema_step", "snapshot", "suspect"];
            var counts = ImmutableSortedDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
            foreach (var name in names.Concat(tables().Values.Select(t => t.Name)))
            {
                counts[name] = (await new SqlCall($"SELECT count(*) FROM {name}").ReadAsync(c, r => r.GetInt64(0), ct)).Single();
            }

            return counts.ToImmutable();
        },
        ct);

    // The server checks its own files; what can be wrong here is an index that lost rows, which a full count would not show.
    public ValueTask<IReadOnlyList<string>> CheckAsync(CancellationToken ct) => OnConnectionAsync<IReadOnlyList<string>>(
        async c => await new SqlCall(
            "SELECT format('index %s is not valid', c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            + "WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace")
            .ReadAsync(c, r => r.GetString(0), ct),
        ct);

    public ValueTask BackupAsync(string to, CancellationToken ct) => throw new StoreRefusedException(
        "A PostgreSQL store is copied by the server's own tools: run pg_dump, or take base backups with archived log.");

    private static SqlCall Listing(string select, EntityAddress? to, MailId? after, int max)
    {
        var id = after ?? new MailId(-1, 0, 0);
        return At($"{select} {Listed}", id).Text(to?.ToString()).Int(max);
    }

    private static SqlCall At(string sql, MailId id) => new SqlCall(sql).Int(id.SourceShard).Long(id.SourcePosition).Int(id.Ordinal);

    private static ParkedMailRow ReadParked(NpgsqlDataReader r) => new(Rows.ReadMail(r), Rows.Time(r, 12), r.GetInt32(13), r.GetString(14));

    private static ClaimRow ReadClaim(NpgsqlDataReader r) =>
        new(r.GetString(0), r.GetString(1), EntityText.Parse(r.GetString(2)), Rows.Time(r, 3));

    private static EntityDirectoryRow ReadDirectory(NpgsqlDataReader r) => new(
        EntityText.Parse(r.GetString(0)), new ShardId(r.GetInt32(1)), Rows.Time(r, 2), r.IsDBNull(3) ? null : Rows.Time(r, 3), r.GetInt64(4),
        r.GetInt64(5));

    private ValueTask<List<T>> AllAsync<T>(SqlCall call, Func<NpgsqlDataReader, T> read, CancellationToken ct) =>
        OnConnectionAsync(c => call.ReadAsync(c, read, ct), ct);

    private async ValueTask<bool> AnyAsync(SqlCall call, CancellationToken ct) => (await AllAsync(call, r => r.GetInt32(0), ct)).Count > 0;

    private ValueTask<int> RunAsync(SqlCall call, CancellationToken ct) => OnConnectionAsync(c => call.RunAsync(c, ct), ct);

    private ValueTask<T> InTransactionAsync<T>(Func<NpgsqlConnection, Task<T>> run, CancellationToken ct) => OnConnectionAsync(
        async c =>
        {
            await using var transaction = await c.BeginTransactionAsync(ct);
            var result = await run(c);
            await transaction.CommitAsync(ct);
            return result;
        },
        ct);

    private ValueTask<T> OnConnectionAsync<T>(Func<NpgsqlConnection, Task<T>> run, CancellationToken ct) =>
        connections.RunAsync(run, isAnswer: _ => false, ct);
}
