using System.Collections.Immutable;
using System.Text;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>Entities for operators: what is stored comes from the store, what is in memory from the lane.</summary>
internal sealed class EntityAdmin : IEntityAdmin
{
    private const string AskSight = "entity.sight";
    private const string AskRelease = "entity.release";
    private const string AskReload = "entity.reload";
    private const string AskIsolated = "entity.isolated";

    private const int EventsMax = 1_000;
    private const int RestorePage = 500;

    private static readonly TimeSpan LanePatience = TimeSpan.FromSeconds(5);

    private readonly IActorStore _store;
    private readonly EngineModel _model;
    private readonly LaneRouter _router;
    private readonly QuarantineBook _quarantine;
    private readonly SnapshotBook _snapshots;
    private readonly SuspectBook _suspects;
    private readonly OwnerRelay _relay;
    private readonly ILogger _log;
    private readonly RowDecoder _decoder;
    private readonly WholeImages _images;

    public EntityAdmin(
        IActorStore store, EngineModel model, LaneRouter router, QuarantineBook quarantine, SnapshotBook snapshots, SuspectBook suspects, OwnerRelay relay, ILogger log)
    {
        (_store, _model, _router, _quarantine, _snapshots, _suspects, _relay, _log) = (store, model, router, quarantine, snapshots, suspects, relay, log);
        _decoder = new RowDecoder(model);
        _images = new WholeImages(store, _decoder, log);
        var json = RuntimeJson.Default;
        relay.On(AskSight, json.EntityAddress, json.EntitySight, async (e, ct) => await SightHereAsync(reply => new LaneEvent.Inspect(e, reply), e, ct).ConfigureAwait(false));
        relay.On(AskRelease, json.RelayedOrder, json.AdminAnswer, async (o, ct) => await ReleaseHereAsync(o.Entity, o.Order, ct).ConfigureAwait(false));
        relay.On(AskReload, json.RelayedOrder, json.AdminAnswer, async (o, ct) => await ReloadHereAsync(o.Entity, o.Order, ct).ConfigureAwait(false));
        relay.On(AskIsolated, json.String, json.IsolatedEntities, (_, _) => ValueTask.FromResult<IsolatedEntities?>(new IsolatedEntities([.. quarantine.All()])));
    }

    public async ValueTask<EntityCard?> ShowAsync(EntityAddress entity, CancellationToken ct)
    {
        var maintenance = MaintenanceOf(_store);
        var row = await maintenance.FindEntityAsync(entity, ct).ConfigureAwait(false);
        var shard = ShardId.Of(entity, _store.Identity.ShardCount);
        var sight = _relay.IsElsewhere(shard)
            ? await _relay.AskAsync(shard, AskSight, entity, RuntimeJson.Default.EntityAddress, RuntimeJson.Default.EntitySight, ct).ConfigureAwait(false)
            : await SightHereAsync(reply => new LaneEvent.Inspect(entity, reply), entity, ct).ConfigureAwait(false);
        var isolated = sight?.Phase == "quarantined" || _quarantine.All().Any(q => q.Entity == entity);
        if (row is null && !isolated)
        {
            return null;
        }

        var parked = await maintenance.ListParkedAsync(entity, null, EventsMax, ct).ConfigureAwait(false);
        var claims = await maintenance.ListClaimsAsync(null, entity, null, EventsMax, ct).ConfigureAwait(false);
        return new EntityCard
        {
            Entity = entity,
            Shard = shard.Value,
            Revision = row?.LastSequence ?? 0,
            SnapshotAt = row?.SnapshotAt ?? 0,
            CreatedAt = row?.CreatedAt,
            EndedAt = row?.EndedAt,
            Phase = sight?.Phase ?? "stored",
            Commands = sight?.Commands ?? 0,
            Mail = sight?.Mail ?? 0,
            Faults = sight?.Faults ?? 0,
            Restarts = sight?.Restarts ?? 0,
            Why = sight?.Why,
            SnapshotTrouble = sight?.SnapshotTrouble,
            Parked = parked.Count,
            Claims = [.. claims.Select(c => $"{c.Space} {c.Value}")],
        };
    }

    public async ValueTask<ImmutableArray<EntityEventLine>> EventsAsync(EntityAddress entity, long after, int max, CancellationToken ct)
    {
        var lines = ImmutableArray.CreateBuilder<EntityEventLine>();
        await foreach (var row in _store.HistoryAsync(entity, after, Math.Clamp(max, 1, EventsMax), ct).ConfigureAwait(false))
        {
            lines.Add(LineOf(row));
        }

        return lines.ToImmutable();
    }

    public async ValueTask<EntityStateText?> StateAsync(EntityAddress entity, CancellationToken ct)
    {
        var image = await _images.ReadAsync(entity, ct).ConfigureAwait(false);
        if (image.Snapshot is null && image.Events.Count == 0)
        {
            return null;
        }

        var folded = _decoder.Fold(image);
        var body = _model.Wire.Encode(folded.State);
        return new EntityStateText(folded.Revision, body.Tag, Encoding.UTF8.GetString(body.Body));
    }

    public ImmutableArray<QuarantinedEntity> Quarantined() => _quarantine.All();

    public async ValueTask<ImmutableArray<SuspectEntity>> SuspectsAsync(DateTimeOffset since, CancellationToken ct) =>
        [.. (await MaintenanceOf(_store).ListSuspectsAsync(since, ct).ConfigureAwait(false))
            .Select(s => new SuspectEntity(s.Entity, s.Tag, s.NodeId, s.At))];

    public async ValueTask<ImmutableArray<QuarantinedEntity>> QuarantinedAsync(CancellationToken ct)
    {
        var others = await _relay.AskAllAsync(AskIsolated, "", RuntimeJson.Default.String, RuntimeJson.Default.IsolatedEntities, ct).ConfigureAwait(false);
        return [.. _quarantine.All().Concat(others.SelectMany(o => o.Entities)).OrderBy(e => e.Entity.ToString(), StringComparer.Ordinal)];
    }

    public ValueTask<AdminAnswer> ReleaseAsync(EntityAddress entity, AdminOrder order, CancellationToken ct) =>
        AtOwnerAsync(AskRelease, ReleaseHereAsync, entity, order, ct);

    public ValueTask<AdminAnswer> ReloadAsync(EntityAddress entity, AdminOrder order, CancellationToken ct) =>
        AtOwnerAsync(AskReload, ReloadHereAsync, entity, order, ct);

    private async ValueTask<AdminAnswer> ReleaseHereAsync(EntityAddress entity, AdminOrder order, CancellationToken ct)
    {
        if (!_quarantine.All().Any(q => q.Entity == entity))
        {
            return AdminAnswer.Refused(Refusal.Conflict(
                "EntityNotQuarantined", $"{entity} is not quarantined on this node", "list those that are with: gantry entity quarantined"));
        }

        var maintenance = MaintenanceOf(_store);
        var mail = await QuarantinedMailAsync(maintenance, entity, ct).ConfigureAwait(false);
        if (order.IsDryRun)
        {
            return AdminAnswer.WouldDo($"{entity} is loaded anew and decides again", $"{mail.Count} parked messages come back in their order");
        }

        await _suspects.ForgetAsync(entity, ct).ConfigureAwait(false);
        // The lane hears of them when it decides again: told of one page before, it would park it anew while the next comes back.
        var rows = await RestoreAsync(maintenance, mail, ct).ConfigureAwait(false);
        var sight = await SightHereAsync(reply => new LaneEvent.Release(entity, reply), entity, ct).ConfigureAwait(false);
        MailAdmin.Tell(_router, rows);
        if (sight is null)
        {
            return AdminAnswer.Refused(Refusal.Conflict("LaneUnavailable", $"the lane of {entity} does not answer", "try again"));
        }

        // What was parked between the two.
        var later = await RestoreAsync(maintenance, await QuarantinedMailAsync(maintenance, entity, ct).ConfigureAwait(false), ct).ConfigureAwait(false);
        MailAdmin.Tell(_router, later);
        var back = rows.Length + later.Length;
        RuntimeLog.ReleasedBy(_log, entity.ToString(), order.Caller.ToString(), back);
        return AdminAnswer.Done($"{entity} is loaded anew and decides again", $"{back} parked messages came back");
    }

    private async ValueTask<AdminAnswer> ReloadHereAsync(EntityAddress entity, AdminOrder order, CancellationToken ct)
    {
        if (_quarantine.All().Any(q => q.Entity == entity))
        {
            return AdminAnswer.Refused(Refusal.Conflict(
                "EntityQuarantined", $"{entity} is quarantined", $"release it with: gantry entity release {entity}"));
        }

        if (order.IsDryRun)
        {
            return AdminAnswer.WouldDo($"{entity} leaves memory and is read from its events, snapshot left aside");
        }

        var sight = await SightHereAsync(reply => new LaneEvent.Reload(entity, reply), entity, ct).ConfigureAwait(false);
        RuntimeLog.ReloadedBy(_log, entity.ToString(), order.Caller.ToString());
        return sight is null
            ? AdminAnswer.Refused(Refusal.Conflict("LaneUnavailable", $"the lane of {entity} does not answer", "try again"))
            : AdminAnswer.Done(sight.Phase == "stored" ? $"{entity} was not in memory" : $"{entity} is loaded anew");
    }

    internal static IStoreMaintenance MaintenanceOf(IActorStore _store) => _store.Maintenance
        ?? throw new NotSupportedException($"{_store.GetType().Name} has no maintenance port");

    internal static EntityEventLine LineOf(EventRow row) => new(
        row.Sequence, row.Position, row.Tag, row.Version, row.At, row.Caller, row.Cause, row.Trace,
        row.Damage ?? Encoding.UTF8.GetString(row.Body));

    private static async Task<List<MailId>> QuarantinedMailAsync(IStoreMaintenance maintenance, EntityAddress entity, CancellationToken ct)
    {
        var ids = new List<MailId>();
        MailId? after = null;
        while (true)
        {
            var page = await maintenance.ListParkedAsync(entity, after, RestorePage, ct).ConfigureAwait(false);
            ids.AddRange(page.Where(p => p.Reason.StartsWith(LaneLimits.QuarantinedPrefix, StringComparison.Ordinal)).Select(p => p.Mail.Id));
            if (page.Count < RestorePage)
            {
                return ids;
            }

            after = page[^1].Mail.Id;
        }
    }

    private static async Task<ImmutableArray<MailRow>> RestoreAsync(IStoreMaintenance maintenance, List<MailId> ids, CancellationToken ct)
    {
        var back = ImmutableArray.CreateBuilder<MailRow>();
        foreach (var some in ids.Chunk(RestorePage))
        {
            back.AddRange(await maintenance.RestoreParkedAsync(some, ct).ConfigureAwait(false));
        }

        return back.ToImmutable();
    }

    private async ValueTask<AdminAnswer> AtOwnerAsync(
        string what, Func<EntityAddress, AdminOrder, CancellationToken, ValueTask<AdminAnswer>> here, EntityAddress entity, AdminOrder order, CancellationToken ct)
    {
        var shard = ShardId.Of(entity, _store.Identity.ShardCount);
        if (!_relay.IsElsewhere(shard))
        {
            return await here(entity, order, ct).ConfigureAwait(false);
        }

        var json = RuntimeJson.Default;
        return await _relay.AskAsync(shard, what, new RelayedOrder(entity, order), json.RelayedOrder, json.AdminAnswer, ct).ConfigureAwait(false)
            ?? AdminAnswer.Refused(Refusal.Conflict(
                "OwnerNotReached", $"the node that owns shard {shard} of {entity} did not answer", "ask that node itself: gantry shard map"));
    }

    private async Task<EntitySight?> SightHereAsync(Func<object, LaneEvent> ask, EntityAddress entity, CancellationToken ct)
    {
        if (_router.LaneOf(ShardId.Of(entity, _store.Identity.ShardCount)) is not { } lane)
        {
            return null;
        }

        var reply = new TaskCompletionSource<EntitySight>(TaskCreationOptions.RunContinuationsAsynchronously);
        lane.Inbox.Complete(ask(reply));
        try
        {
            var sight = await reply.Task.WaitAsync(LanePatience, TimeProvider.System, ct).ConfigureAwait(false);
            return sight with { SnapshotTrouble = _snapshots.TroubleOf(entity) };
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}
