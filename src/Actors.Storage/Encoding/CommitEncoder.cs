using System.Text.Json;

namespace Gantry.Actors.Storage;

/// <summary>Writes one decided command into the rows of its batch.</summary>
internal sealed class CommitEncoder(EngineModel model, BatchRows rows, LaneCommit commit)
{
    private int _bytes;

    public void Encode()
    {
        rows.Touch(commit.Shard, commit.Epoch);
        EncodeConsumed();
        EncodeEvents();
        EncodeMail();
        EncodeClaims();
        EncodeReceipt();
        if (_bytes > StorageLimits.DecisionBytesMax)
        {
            throw new EncodeException(
                $"one decision of {commit.Entity} has {_bytes} bytes, the bound is {StorageLimits.DecisionBytesMax}", isTooLarge: true);
        }

        rows.Bytes += _bytes;
    }

    private void EncodeConsumed()
    {
        if (commit.Consumed is not { } consumed)
        {
            return;
        }

        rows.Consumed.Add(consumed);
        if (commit.Parked is { } parked)
        {
            rows.Parked.Add(new ParkedRow(consumed, commit.At, parked.Attempts, Cut(parked.Reason)));
        }
    }

    private void EncodeEvents()
    {
        if (commit.Events.IsEmpty)
        {
            return;
        }

        var runner = model.Kinds[commit.Entity.Kind].Runner;
        var caller = commit.Caller.ToString();
        var state = commit.Before;
        for (var i = 0; i < commit.Events.Length; i++)
        {
            var body = Body(commit.Events[i]);
            var revision = commit.Revision + i + 1;
            rows.Events.Add(new EventRow(
                commit.Entity, revision, commit.Shard, commit.Position + i, commit.Epoch, body.Tag, body.Version,
                commit.At, commit.Cause, caller, commit.Trace, body.Body));
            var after = runner.Apply(state, commit.Events[i]);
            foreach (var op in Project(runner, commit.Entity, commit.Shard, revision, state, commit.Events[i], after))
            {
                _bytes += op.Document?.Length ?? 0;
                rows.View(op);
            }

            state = after;
        }

        if (commit.Revision == 0)
        {
            rows.Born.Add(new EntityRow(commit.Entity, commit.Shard, commit.At));
        }

        if (runner.IsEnded(state) && !runner.IsEnded(commit.Before))
        {
            rows.Ended.Add(new EntityRow(commit.Entity, commit.Shard, commit.At));
        }
    }

    /// <summary>The rows that one event of an entity writes.</summary>
    public static IEnumerable<ViewRowOp> Project(
        IKindRunner runner, EntityAddress entity, ShardId shard, long revision, object before, object fact, object after)
    {
        foreach (var op in runner.Project(entity, before, fact, after))
        {
            TextCheck.Check($"key of view {op.View.Name}", op.Key, StorageLimits.KeyCharsMax);
            var row = (op as ViewOp.Upsert)?.Row;
            yield return new ViewRowOp(
                op.View, op.Key, entity, shard, revision, row is null ? null : Columns(op.View, row), Document(op.View, row));
        }
    }

    private static object?[] Columns(ViewSchema view, object row)
    {
        var values = new object?[view.Columns.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = view.Columns[i].Read(row);
            TextCheck.Check($"{view.Name}.{view.Columns[i].Name}", values[i] as string, StorageLimits.ColumnCharsMax);
        }

        return values;
    }

    private static byte[]? Document(ViewSchema view, object? row) =>
        row is null ? null : JsonSerializer.SerializeToUtf8Bytes(row, view.RowType);

    private void EncodeMail()
    {
        foreach (var name in commit.TimersReplaced)
        {
            TextCheck.Check("timer name", name, StorageLimits.NameCharsMax);
            rows.ReplaceTimer(new TimerKey(commit.Entity, name));
        }

        foreach (var mail in commit.Mail)
        {
            var body = Body(mail.Command);
            var meta = JsonSerializer.SerializeToUtf8Bytes(mail.Meta, EngineJson.Default.MailMeta);
            mail.Bytes = body.Body.Length + meta.Length; // the lane takes it in hand when the commit is through
            var row = new MailRow(
                mail.Id, mail.ToShard, mail.To, mail.DueAt ?? DateTimeOffset.MinValue, mail.TimerName, body.Tag, body.Version,
                meta, 0, body.Body);
            if (mail.TimerName is { } timer)
            {
                rows.SetTimer(new TimerKey(mail.To, timer), row);
            }
            else
            {
                rows.Mail.Add(row);
            }
        }
    }

    private void EncodeClaims()
    {
        foreach (var claim in commit.Claims)
        {
            rows.Claim(Row(claim));
        }

        foreach (var release in commit.Releases)
        {
            rows.Releases.Add(Row(release));
        }
    }

    private ClaimRow Row(ClaimValue claim)
    {
        TextCheck.Check("claim space", claim.Space, StorageLimits.NameCharsMax);
        TextCheck.Check($"claim in {claim.Space}", claim.Value, StorageLimits.KeyCharsMax);
        return new ClaimRow(claim.Space, claim.Value, commit.Entity, commit.At);
    }

    private void EncodeReceipt()
    {
        if (commit.Receipt is { } receipt)
        {
            var body = Body(receipt.Reply);
            rows.Receipts.Add(new ReceiptRow(
                commit.Entity, receipt.Key.Value, receipt.Digest, commit.Revision + commit.Events.Length, commit.At,
                body.Tag, body.Version, body.Body));
        }
    }

    private WireBody Body(object value)
    {
        var body = model.Wire.Encode(value);
        if (body.Body.Length > StorageLimits.BodyBytesMax)
        {
            throw new EncodeException(
                $"{body.Tag} of {commit.Entity} has {body.Body.Length} bytes, the bound is {StorageLimits.BodyBytesMax}", isTooLarge: true);
        }

        _bytes += body.Body.Length;
        return body;
    }

    private static string Cut(string reason)
    {
        var clean = reason.Replace('\0', ' ');
        return clean.Length <= StorageLimits.KeyCharsMax ? clean : clean[..StorageLimits.KeyCharsMax];
    }
}
