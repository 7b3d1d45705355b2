namespace Gantry.Actors.Storage.Postgres;

/// <summary>A batch as statements in the order of engine 3.3. The client decides every value, so a commit has no output.</summary>
internal static class BatchStatements
{
    private const string OpenSql =
        "SELECT open_batch($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,$26,$27,$28,$29,$30)";

    private const string TimerSql = "DELETE FROM mail m USING unnest($1, $2) AS t(entity, name) WHERE m.entity = t.entity AND m.name = t.name";

    private const string EventSql =
        "INSERT INTO event (entity, seq, shard, pos, epoch, tag, ver, at, cause, caller, trace, body) "
        + "SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

    private const string BornSql =
        "INSERT INTO entity (entity, kind, shard, created_at, ended_at) SELECT t.*, NULL::bigint FROM unnest($1, $2, $3, $4) AS t";

    private const string EndedSql = "UPDATE entity e SET ended_at = t.at FROM unnest($1, $2) AS t(entity, at) WHERE e.entity = t.entity";

    private const string MailSql =
        "INSERT INTO mail (src_shard, src_pos, ord, dst_shard, entity, due_at, name, tag, ver, meta, loads, body) "
        + "SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

    public static IEnumerable<SqlCall> Of(LaneTicket ticket, CommitBatch batch, IReadOnlyDictionary<string, ViewTable> tables)
    {
        yield return Open(ticket, batch);
        if (!batch.TimersReplaced.IsEmpty)
        {
            yield return new SqlCall(TimerSql).Texts(batch.TimersReplaced, t => t.Entity.ToString()).Texts(batch.TimersReplaced, t => t.Name);
        }

        if (!batch.Events.IsEmpty)
        {
            yield return Events(batch.Events);
        }

        if (!batch.EntitiesBorn.IsEmpty)
        {
            yield return new SqlCall(BornSql).Texts(batch.EntitiesBorn, e => e.Entity.ToString()).Texts(batch.EntitiesBorn, e => e.Entity.Kind)
                .Ints(batch.EntitiesBorn, e => e.Shard.Value).Longs(batch.EntitiesBorn, e => e.At.UtcTicks);
        }

        if (!batch.EntitiesEnded.IsEmpty)
        {
            yield return new SqlCall(EndedSql).Texts(batch.EntitiesEnded, e => e.Entity.ToString())
                .Longs(batch.EntitiesEnded, e => e.At.UtcTicks);
        }

        if (!batch.Mail.IsEmpty)
        {
            yield return Mail(batch.Mail);
        }

        foreach (var call in Views(batch, tables))
        {
            yield return call;
        }
    }

    /// <summary>A shard given to another node, as a batch of its own.</summary>
    public static SqlCall Transfer(LaneTicket ticket, ShardEpoch shard, Incarnation to, DateTimeOffset now) =>
        new SqlCall("SELECT give_shard($1, $2, $3, $4, $5, $6, $7, $8)")
            .Uuid(ticket.Incarnation.Value).Int(ticket.Lane).Int(ticket.Session).Long(ticket.BatchNumber).Int(shard.Shard.Value).Long(shard.Epoch)
            .Uuid(to.Value).Long(now.UtcTicks);

    private static SqlCall Open(LaneTicket ticket, CommitBatch batch)
    {
        // A parked message goes out of the mail table too, whether or not it is also named as consumed.
        var mail = batch.Parked.IsEmpty ? (IReadOnlyList<MailId>)batch.ConsumedMail : [.. batch.ConsumedMail.Union(batch.Parked.Select(p => p.Id))];
        var claims = Sorted(batch.Claims);
        return new SqlCall(OpenSql)
            .Uuid(ticket.Incarnation.Value).Int(ticket.Lane).Int(ticket.Session).Long(ticket.BatchNumber)
            .Ints(batch.Shards, s => s.Shard.Value).Longs(batch.Shards, s => s.Epoch)
            .Ints(mail, m => m.SourceShard).Longs(mail, m => m.SourcePosition).Ints(mail, m => m.Ordinal)
            .Ints(batch.Parked, p => p.Id.SourceShard).Longs(batch.Parked, p => p.Id.SourcePosition).Ints(batch.Parked, p => p.Id.Ordinal)
            .Longs(batch.Parked, p => p.At.UtcTicks).Ints(batch.Parked, p => p.Attempts).Texts(batch.Parked, p => p.Reason)
            .Texts(claims, c => c.Space).Texts(claims, c => c.Value).Texts(claims, c => c.Entity.ToString()).Longs(claims, c => c.At.UtcTicks)
            .Texts(batch.Releases, c => c.Space).Texts(batch.Releases, c => c.Value).Texts(batch.Releases, c => c.Entity.ToString())
            .Texts(batch.Receipts, r => r.Entity.ToString()).Texts(batch.Receipts, r => r.Key).Texts(batch.Receipts, r => r.Digest)
            .Longs(batch.Receipts, r => r.Sequence).Longs(batch.Receipts, r => r.At.UtcTicks).Texts(batch.Receipts, r => r.Tag)
            .Ints(batch.Receipts, r => r.Version).Blobs(batch.Receipts, r => r.Reply);
    }

    // One order for all lanes keeps them from waiting crosswise; the sort is stable, so the first of two equal claims wins.
    private static IReadOnlyList<ClaimRow> Sorted(IReadOnlyList<ClaimRow> claims) => claims.Count < 2
        ? claims
        : [.. claims.OrderBy(c => c.Space, StringComparer.Ordinal).ThenBy(c => c.Value, StringComparer.Ordinal)];

    private static SqlCall Events(IReadOnlyList<EventRow> rows) => new SqlCall(EventSql)
        .Texts(rows, e => e.Entity.ToString()).Longs(rows, e => e.Sequence).Ints(rows, e => e.Shard.Value).Longs(rows, e => e.Position)
        .Longs(rows, e => e.Epoch).Texts(rows, e => e.Tag).Ints(rows, e => e.Version).Longs(rows, e => e.At.UtcTicks)
        .Texts(rows, e => e.Cause).Texts(rows, e => e.Caller).Texts(rows, e => e.Trace).Blobs(rows, e => e.Body);

    private static SqlCall Mail(IReadOnlyList<MailRow> rows) => new SqlCall(MailSql)
        .Ints(rows, m => m.Id.SourceShard).Longs(rows, m => m.Id.SourcePosition).Ints(rows, m => m.Id.Ordinal).Ints(rows, m => m.ToShard.Value)
        .Texts(rows, m => m.To.ToString()).Longs(rows, m => m.DueAt.UtcTicks).Texts(rows, m => m.TimerName).Texts(rows, m => m.Tag)
        .Ints(rows, m => m.Version).Blobs(rows, m => m.Meta).Ints(rows, m => m.Loads).Blobs(rows, m => m.Body);

    private static IEnumerable<SqlCall> Views(CommitBatch batch, IReadOnlyDictionary<string, ViewTable> tables)
    {
        foreach (var view in batch.Views.GroupBy(v => v.View.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            if (!tables.TryGetValue(view.Key, out var table))
            {
                throw new UnknownViewException($"view {view.Key} was not declared when the store was opened");
            }

            var sorted = view.OrderBy(o => o.Key, StringComparer.Ordinal).ToLookup(o => o.IsDelete);
            if (sorted[false].Any())
            {
                yield return ViewWrites.Upsert(table, [.. sorted[false]]);
            }

            if (sorted[true].Any())
            {
                yield return ViewWrites.Delete(table, [.. sorted[true]]);
            }
        }
    }
}

/// <summary>A projection writes a view that nobody declared.</summary>
internal sealed class UnknownViewException(string message) : Exception(message);
