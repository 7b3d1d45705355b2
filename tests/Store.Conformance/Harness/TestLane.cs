using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Actors;
using Gantry.Actors.Storage;

namespace Gantry.Store.Conformance;

/// <summary>Plays a lane: knows its ticket and its shards, numbers positions, makes rows.</summary>
internal sealed class TestLane
{
    public const int ShardCount = 8;

    public static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<ShardId, long> _counters = [];

    private TestLane(IActorStore store, Incarnation me, int lane, ImmutableArray<ShardEpoch> shards)
    {
        Store = store;
        Me = me;
        Lane = lane;
        Shards = shards;
    }

    public IActorStore Store { get; }

    public Incarnation Me { get; }

    public int Lane { get; }

    public ImmutableArray<ShardEpoch> Shards { get; }

    public int Session { get; private set; }

    public long LastBatch { get; private set; }

    public LaneTicket Next => new(Me, Lane, Session, LastBatch + 1);

    public static async Task<TestLane> JoinAsync(IActorStore store, string node = "n1") => (await JoinAsync(store, node, 1))[0];

    public static async Task<TestLane[]> JoinAsync(IActorStore store, string node, int lanes)
    {
        var me = new Incarnation(Guid.NewGuid());
        var shards = await store.JoinAsync(me, node, lanes, CancellationToken.None);
        var all = Enumerable.Range(0, lanes).Select(l => new TestLane(store, me, l, shards)).ToArray();
        foreach (var lane in all)
        {
            await lane.ResolveAsync();
        }

        return all;
    }

    /// <summary>A lane of an incarnation that has joined already.</summary>
    public static async Task<TestLane> OfAsync(IActorStore store, Incarnation me, ImmutableArray<ShardEpoch> shards)
    {
        var lane = new TestLane(store, me, 0, shards);
        await lane.ResolveAsync();
        return lane;
    }

    /// <summary>Gives a shard away as the next batch.</summary>
    public async Task<CommitResult> TransferAsync(IMembershipStore members, ShardEpoch shard, Incarnation to)
    {
        var result = await members.TransferAsync(Next, shard, to, CancellationToken.None);
        LastBatch += result is CommitResult.Committed ? 1 : 0;
        return result;
    }

    public async Task<LaneProbe> ResolveAsync()
    {
        var probe = await Store.ResolveAsync(Me, Lane, CancellationToken.None);
        (Session, LastBatch) = (probe.Session, probe.LastBatch);
        return probe;
    }

    /// <summary>Commits as the next batch; the number moves on when it was committed.</summary>
    public async Task<CommitResult> CommitAsync(CommitBatch batch)
    {
        var result = await Store.CommitAsync(Next, batch, CancellationToken.None);
        LastBatch += result is CommitResult.Committed ? 1 : 0;
        return result;
    }

    public ShardEpoch ShardOf(EntityAddress entity) => Shards.Single(s => s.Shard == ShardId.Of(entity, ShardCount));

    public static EntityAddress Thing(string key) => new("thing", key);

    public CommitBatch Empty(params EntityAddress[] touched) => new() { Shards = [.. touched.Select(ShardOf).Distinct()] };

    /// <summary>A batch with one event of an entity.</summary>
    public CommitBatch WithEvent(EntityAddress entity, long sequence)
    {
        var row = Event(entity, sequence);
        return Empty(entity) with
        {
            Events = [row],
            EntitiesBorn = sequence == 1 ? [new EntityRow(entity, row.Shard, row.At)] : [],
        };
    }

    public EventRow Event(EntityAddress entity, long sequence)
    {
        var shard = ShardOf(entity);
        return new EventRow(
            entity, sequence, shard.Shard, NextPosition(shard), shard.Epoch, "thing.changed", 1, Noon.AddTicks(sequence), "key:1", "user:u",
            sequence % 2 == 0 ? null : "00-trace", [.. BitConverter.GetBytes(sequence)]);
    }

    public MailRow Mail(EntityAddress from, EntityAddress to, DateTimeOffset? due = null, string? timer = null)
    {
        var shard = ShardOf(from);
        return new MailRow(
            new MailId(shard.Shard.Value, NextPosition(shard), 0), ShardId.Of(to, ShardCount), to, due ?? DateTimeOffset.MinValue, timer,
            "thing.poke", 1, [1, 2], 0, [3, 4, 5]);
    }

    public static ReceiptRow Receipt(EntityAddress entity, string key, DateTimeOffset? at = null) =>
        new(entity, key, "digest", 7, at ?? Noon, "done", 1, [0x7B, 0x7D]);

    public static ClaimRow Claim(EntityAddress entity, string value, string space = "name") => new(space, value, entity, Noon);

    public ViewRowOp Upsert(EntityAddress entity, string key, long revision, ThingRow row, ViewSchema? view = null)
    {
        var schema = view ?? ThingViews.Things;
        return new ViewRowOp(
            schema, key, entity, ShardId.Of(entity, ShardCount), revision, [.. schema.Columns.Select(c => c.Read(row))],
            JsonSerializer.SerializeToUtf8Bytes(row, ThingJson.Default.ThingRow));
    }

    public ViewRowOp Delete(EntityAddress entity, string key, long revision, ViewSchema? view = null) =>
        new(view ?? ThingViews.Things, key, entity, ShardId.Of(entity, ShardCount), revision, null, null);

    private long NextPosition(ShardEpoch shard)
    {
        var counter = _counters[shard.Shard] = _counters.GetValueOrDefault(shard.Shard) + 1;
        return (shard.Epoch << 39) + counter;
    }
}
