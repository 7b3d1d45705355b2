using System.Collections.Immutable;
using System.Diagnostics;
using Gantry.Actors;
using Gantry.Actors.Storage;

namespace Gantry.Bench;

/// <summary>The store without an engine: batches of counters, encoded and committed one after the other on one lane.</summary>
internal static class StoreLoop
{
    /// <summary>Writes a number of commands, round the entities, and ends.</summary>
    public static async Task WriteAsync(IActorStore store, EngineModel model, int entities, int commands, int batchSize, CancellationToken ct)
    {
        var me = new Incarnation(Guid.NewGuid());
        var epochs = (await store.JoinAsync(me, "bench", 1, ct)).ToDictionary(s => s.Shard, s => s.Epoch);
        var session = (await store.ResolveAsync(me, 0, ct)).Session;
        var maker = new BatchMaker(epochs, entities, new BatchEncoder(model));
        for (long batch = 1; batch * batchSize <= commands; batch++)
        {
            if (await store.CommitAsync(new LaneTicket(me, 0, session, batch), maker.Next(batch, batchSize), ct) is not CommitResult.Committed)
            {
                throw new InvalidOperationException("a batch of the preparation was not committed");
            }
        }
    }

    public static async Task<double> RunAsync(
        IActorStore store, EngineModel model, int entities, int batchSize, TimeSpan duration, CancellationToken ct)
    {
        var me = new Incarnation(Guid.NewGuid());
        var epochs = (await store.JoinAsync(me, "bench", 1, ct)).ToDictionary(s => s.Shard, s => s.Epoch);
        var session = (await store.ResolveAsync(me, 0, ct)).Session;
        var maker = new BatchMaker(epochs, entities, new BatchEncoder(model));
        var from = Stopwatch.GetTimestamp();
        long batches = 0;
        do
        {
            var batch = maker.Next(batches + 1, batchSize);
            if (await store.CommitAsync(new LaneTicket(me, 0, session, ++batches), batch, ct) is not CommitResult.Committed)
            {
                throw new InvalidOperationException("the store loop's batch was not committed");
            }
        }
        while (Stopwatch.GetElapsedTime(from) < duration);

        return batches * batchSize / Stopwatch.GetElapsedTime(from).TotalSeconds;
    }

    private sealed class BatchMaker(Dictionary<ShardId, long> epochs, int entities, BatchEncoder encoder)
    {
        private readonly long[] _revisions = new long[entities];
        private readonly Dictionary<ShardId, long> _counters = [];
        private long _number;

        public CommitBatch Next(long batch, int size)
        {
            var commits = ImmutableArray.CreateBuilder<LaneCommit>(size);
            for (var i = 0; i < size; i++)
            {
                commits.Add(Commit());
            }

            return encoder.Encode(new LaneBatch { Number = batch, Commits = commits.MoveToImmutable() }).Rows
                ?? throw new InvalidOperationException("the store loop's batch cannot be encoded");
        }

        private LaneCommit Commit()
        {
            var number = _number++;
            var index = (int)(number * 7_919 % entities);
            var entity = Counter.Address(index);
            var shard = ShardId.Of(entity, ShardId.DefaultCount);
            var counter = _counters[shard] = _counters.GetValueOrDefault(shard) + 1;
            var revision = _revisions[index]++;
            return new LaneCommit
            {
                Entity = entity,
                Shard = shard,
                Epoch = epochs[shard],
                Revision = revision,
                Position = (epochs[shard] << 39) + counter,
                At = TimeProvider.System.GetUtcNow(),
                Cause = $"bench:{number:x32}",
                Caller = Principal.Engine,
                Before = new CounterState(revision),
                Events = [new CounterAdded(1, revision + 1)],
                Receipt = new Receipt(new CommandKey($"bench:{number:x32}"), null, new CounterReply(revision + 1)),
            };
        }
    }
}
