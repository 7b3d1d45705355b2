using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>Mail for operators.</summary>
internal sealed class MailAdmin(IActorStore store, EngineModel model, LaneRouter router, OwnerRelay relay, ILogger log) : IMailAdmin
{
    private const string Restored = "mail.restored";

    private readonly RowDecoder _decoder = new(model);

    public async ValueTask<ImmutableArray<MailLine>> ListAsync(MailQuestion question, CancellationToken ct)
    {
        var maintenance = EntityAdmin.MaintenanceOf(store);
        var max = Math.Clamp(question.Limit, 1, MailQuestion.LimitMax);
        return question.IsParked
            ? [.. (await maintenance.ListParkedAsync(question.To, question.After, max, ct).ConfigureAwait(false)).Select(LineOf)]
            : [.. (await maintenance.ListMailAsync(question.To, question.After, max, ct).ConfigureAwait(false)).Select(LineOf)];
    }

    public async ValueTask<MailLine?> ShowAsync(MailId id, CancellationToken ct)
    {
        var maintenance = EntityAdmin.MaintenanceOf(store);
        if (await maintenance.FindParkedAsync(id, ct).ConfigureAwait(false) is { } parked)
        {
            return LineOf(parked) with { Body = Encoding.UTF8.GetString(parked.Mail.Body) };
        }

        return await maintenance.FindMailAsync(id, ct).ConfigureAwait(false) is { } row
            ? LineOf(row) with { Body = Encoding.UTF8.GetString(row.Body) }
            : null;
    }

    public async ValueTask<AdminAnswer> RetryAsync(ImmutableArray<MailId> ids, AdminOrder order, CancellationToken ct)
    {
        if (order.IsDryRun)
        {
            return AdminAnswer.WouldDo(await DescribeAsync(ids, "comes back", ct).ConfigureAwait(false));
        }

        var back = await EntityAdmin.MaintenanceOf(store).RestoreParkedAsync(ids, ct).ConfigureAwait(false);
        Tell(router, back);
        await TellOthersAsync(back, ct).ConfigureAwait(false);
        RuntimeLog.MailSettledBy(log, back.Length, "put back", order.Caller.ToString());
        return AdminAnswer.Done([.. back.Select(m => $"{m.Id} to {m.To} came back")]);
    }

    public async ValueTask<AdminAnswer> DropAsync(ImmutableArray<MailId> ids, AdminOrder order, CancellationToken ct)
    {
        var effects = await DescribeAsync(ids, "is deleted", ct).ConfigureAwait(false);
        if (order.IsDryRun)
        {
            return AdminAnswer.WouldDo(effects);
        }

        var count = await EntityAdmin.MaintenanceOf(store).DropParkedAsync(ids, ct).ConfigureAwait(false);
        RuntimeLog.MailSettledBy(log, count, "deleted", order.Caller.ToString());
        return AdminAnswer.Done(effects);
    }

    /// <summary>Tells the lanes that rows are back under their old ids.</summary>
    internal static void Tell(LaneRouter router, ImmutableArray<MailRow> back)
    {
        foreach (var shard in back.GroupBy(m => m.ToShard))
        {
            router.LaneOf(shard.Key)?.Inbox.Complete(new LaneEvent.MailRestored(shard.Key, [.. shard.Select(m => m.Id)]));
        }
    }

    /// <summary>Hears from other nodes that rows of our shards are back.</summary>
    public void Listen() => relay.On(Restored, RuntimeJson.Default.RestoredMail, RuntimeJson.Default.String, (back, _) =>
    {
        var shard = new ShardId(back.Shard);
        router.LaneOf(shard)?.Inbox.Complete(new LaneEvent.MailRestored(shard, [.. back.Mail]));
        return ValueTask.FromResult<string?>("");
    });

    // Its owner remembers what was consumed, and would take a message that came back for one of those.
    private async ValueTask TellOthersAsync(ImmutableArray<MailRow> back, CancellationToken ct)
    {
        foreach (var shard in back.GroupBy(m => m.ToShard).Where(s => relay.IsElsewhere(s.Key)))
        {
            var json = RuntimeJson.Default;
            await relay.AskAsync(
                shard.Key, Restored, new RestoredMail(shard.Key.Value, [.. shard.Select(m => m.Id)]), json.RestoredMail, json.String, ct).ConfigureAwait(false);
        }
    }

    private async Task<ImmutableArray<string>> DescribeAsync(ImmutableArray<MailId> ids, string what, CancellationToken ct)
    {
        var lines = ImmutableArray.CreateBuilder<string>();
        foreach (var id in ids)
        {
            var parked = await EntityAdmin.MaintenanceOf(store).FindParkedAsync(id, ct).ConfigureAwait(false);
            lines.Add(parked is null ? $"{id} is not among the dead letters" : $"{id} {parked.Mail.Tag} to {parked.Mail.To} {what}");
        }

        return lines.ToImmutable();
    }

    private MailLine LineOf(ParkedMailRow row) => LineOf(row.Mail) with
    {
        ParkedAt = row.At,
        Attempts = row.Attempts,
        Reason = row.Reason,
    };

    private MailLine LineOf(MailRow row) => new()
    {
        Id = row.Id,
        To = row.To,
        From = SenderOf(row),
        Tag = row.Tag,
        Timer = row.TimerName,
        DueAt = row.DueAt == DateTimeOffset.MinValue ? null : row.DueAt,
        Loads = row.Loads,
    };

    private EntityAddress? SenderOf(MailRow row)
    {
        try
        {
            return _decoder.Meta(row).From;
        }
        catch (Exception e) when (e is WireException or JsonException)
        {
            return null;
        }
    }
}
