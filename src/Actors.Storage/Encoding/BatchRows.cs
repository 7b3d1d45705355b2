using System.Collections.Immutable;

namespace Gantry.Actors.Storage;

/// <summary>Rows of a batch while it is encoded; folds what several commits do to one thing into the last.</summary>
internal sealed class BatchRows
{
    private readonly HashSet<ShardEpoch> _shards = [];
    private readonly Dictionary<(string Space, string Value, EntityAddress Entity), ClaimRow> _claims = [];
    private readonly Dictionary<(string View, string Key), ViewRowOp> _views = [];
    private readonly Dictionary<TimerKey, MailRow> _timers = [];
    private readonly HashSet<TimerKey> _timersReplaced = [];

    public int Bytes { get; set; }

    public ImmutableArray<MailId>.Builder Consumed { get; } = ImmutableArray.CreateBuilder<MailId>();

    public ImmutableArray<ClaimRow>.Builder Releases { get; } = ImmutableArray.CreateBuilder<ClaimRow>();

    public ImmutableArray<ReceiptRow>.Builder Receipts { get; } = ImmutableArray.CreateBuilder<ReceiptRow>();

    public ImmutableArray<EventRow>.Builder Events { get; } = ImmutableArray.CreateBuilder<EventRow>();

    public ImmutableArray<EntityRow>.Builder Born { get; } = ImmutableArray.CreateBuilder<EntityRow>();

    public ImmutableArray<EntityRow>.Builder Ended { get; } = ImmutableArray.CreateBuilder<EntityRow>();

    public ImmutableArray<MailRow>.Builder Mail { get; } = ImmutableArray.CreateBuilder<MailRow>();

    public ImmutableArray<ParkedRow>.Builder Parked { get; } = ImmutableArray.CreateBuilder<ParkedRow>();

    public void Touch(ShardId shard, long epoch) => _shards.Add(new ShardEpoch(shard, epoch));

    public void Claim(ClaimRow claim) => _claims[(claim.Space, claim.Value, claim.Entity)] = claim;

    public void View(ViewRowOp op) => _views[(op.View.Name, op.Key)] = op;

    public void ReplaceTimer(TimerKey timer)
    {
        _timersReplaced.Add(timer);
        _timers.Remove(timer);
    }

    public void SetTimer(TimerKey timer, MailRow row) => _timers[timer] = row;

    public CommitBatch ToBatch()
    {
        Mail.AddRange(_timers.Values);
        return new CommitBatch
        {
            Shards = [.. _shards],
            ConsumedMail = Consumed.DrainToImmutable(),
            Claims = [.. _claims.Values],
            Releases = Releases.DrainToImmutable(),
            Receipts = Receipts.DrainToImmutable(),
            TimersReplaced = [.. _timersReplaced],
            Events = Events.DrainToImmutable(),
            EntitiesBorn = Born.DrainToImmutable(),
            EntitiesEnded = Ended.DrainToImmutable(),
            Mail = Mail.DrainToImmutable(),
            Parked = Parked.DrainToImmutable(),
            Views = [.. _views.Values],
        };
    }
}
