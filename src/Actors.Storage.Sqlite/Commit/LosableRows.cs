using System.Collections.Immutable;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>
/// Steps c to e of the commit: what another batch can have taken first. All of the batch is tried before the answer, so that one
/// rollback names every loser.
/// </summary>
internal sealed class LosableRows(Connection connection)
{
    private const string MailKey = "src_shard = ? AND src_pos = ? AND ord = ?";

    private readonly Statement _park = connection.Prepare(
        $"INSERT INTO parked ({MailRows.Columns}, parked_at, attempts, reason) "
        + $"SELECT {SummedTable.MailColumns}, sum + {RowSumFunction.Name}(?4, ?5, ?6), loads, ?4, ?5, ?6 FROM mail "
        + "WHERE src_shard = ?1 AND src_pos = ?2 AND ord = ?3");

    private readonly Statement _consume = connection.Prepare($"DELETE FROM mail WHERE {MailKey}");

    private readonly Statement _claim = connection.Prepare(
        "INSERT INTO claim (space, value, entity, at, sum) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");

    private readonly Statement _holder = connection.Prepare("SELECT space, value, entity, at, sum FROM claim WHERE space = ? AND value = ?");

    private readonly Statement _release = connection.Prepare("DELETE FROM claim WHERE space = ? AND value = ? AND entity = ?");

    private readonly Statement _receipt = connection.Prepare(
        "INSERT INTO receipt (entity, key, digest, seq, at, tag, ver, reply, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");

    private readonly Statement _known = connection.Prepare(ReceiptRows.FindSql);

    /// <summary>Null when nothing lost; else all losers, and the transaction must be rolled back.</summary>
    public CommitResult.Losers? Write(CommitBatch batch)
    {
        var gone = TakeMail(batch);
        var taken = Claim(batch);
        var known = Receipts(batch);
        return gone is null && taken is null && known is null
            ? null
            : new CommitResult.Losers([.. gone ?? []], [.. taken ?? []], [.. known ?? []]);
    }

    private List<MailId>? TakeMail(CommitBatch batch)
    {
        List<MailId>? gone = null;
        HashSet<MailId>? parked = null;
        foreach (var row in batch.Parked)
        {
            Bind(_park, row.Id).Bind(4, row.At).Bind(5, row.Attempts).Bind(6, row.Reason).Run();
            if (Bind(_consume, row.Id).Run() == 0)
            {
                (gone ??= []).Add(row.Id);
            }

            (parked ??= []).Add(row.Id);
        }

        foreach (var id in batch.ConsumedMail)
        {
            // A parked message is named as consumed, too.
            if (parked?.Contains(id) != true && Bind(_consume, id).Run() == 0)
            {
                (gone ??= []).Add(id);
            }
        }

        return gone;
    }

    private List<ClaimConflict>? Claim(CommitBatch batch)
    {
        List<ClaimConflict>? taken = null;
        foreach (var row in Sorted(batch.Claims))
        {
            if (_claim.Bind(1, row.Space).Bind(2, row.Value).Bind(3, row.Entity).Bind(4, row.At).BindSum(5).Run() == 1)
            {
                continue;
            }

            var holder = HolderOf(row);
            if (holder != row.Entity)
            {
                (taken ??= []).Add(new ClaimConflict(row.Space, row.Value, row.Entity, holder));
            }
        }

        foreach (var row in batch.Releases)
        {
            _release.Bind(1, row.Space).Bind(2, row.Value).Bind(3, row.Entity).Run();
        }

        return taken;
    }

    private EntityAddress? HolderOf(ClaimRow row)
    {
        _holder.Bind(1, row.Space).Bind(2, row.Value);
        try
        {
            if (!_holder.Step())
            {
                return null;
            }

            return _holder.IsWhole(4)
                ? _holder.Address(2)
                : throw new SqliteFailure(SQLitePCL.raw.SQLITE_CORRUPT, $"the row of claim {row.Space} {row.Value} {SummedTable.Damaged}");
        }
        finally
        {
            _holder.Reset();
        }
    }

    // One order for all lanes, as the port says; the sort is stable, so the first of two equal claims in a batch wins.
    private static IEnumerable<ClaimRow> Sorted(ImmutableArray<ClaimRow> claims) => claims.Length < 2
        ? claims
        : claims.OrderBy(c => c.Space, StringComparer.Ordinal).ThenBy(c => c.Value, StringComparer.Ordinal);

    private List<ReceiptRow>? Receipts(CommitBatch batch)
    {
        List<ReceiptRow>? known = null;
        foreach (var row in batch.Receipts)
        {
            var inserted = _receipt.Bind(1, row.Entity).Bind(2, row.Key).Bind(3, row.Digest).Bind(4, row.Sequence).Bind(5, row.At)
                .Bind(6, row.Tag).Bind(7, row.Version).Bind(8, row.Reply).BindSum(9).Run();
            if (inserted == 0 && ReceiptRows.Find(_known, row.Entity, row.Key) is { } remembered)
            {
                (known ??= []).Add(remembered);
            }
        }

        return known;
    }

    private static Statement Bind(Statement statement, MailId id) =>
        statement.Bind(1, id.SourceShard).Bind(2, id.SourcePosition).Bind(3, id.Ordinal);
}
