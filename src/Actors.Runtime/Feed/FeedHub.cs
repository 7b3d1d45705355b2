using System.Collections.Immutable;
using Gantry.Actors.Kernel;

namespace Gantry.Actors.Runtime;

/// <summary>Where each shard of this node stands, and a wake-up per commit for those who follow. Thread-safe.</summary>
internal sealed class FeedHub
{
    // pos = epoch × 2³⁹ + counter (engine 3.2): whatever former owners wrote is below our epoch's first position.
    private const int CounterBits = 39;

    private readonly Lock _gate = new();
    private long[] _last = [];
    private TaskCompletionSource _moved = New();

    public int ShardCount => _last.Length;

    public void Open(IEnumerable<ShardEpoch> shards, int shardCount)
    {
        var last = new long[shardCount];
        foreach (var shard in shards)
        {
            last[shard.Shard.Value] = shard.Epoch << CounterBits;
        }

        lock (_gate)
        {
            _last = last;
        }
    }

    public void Advance(ImmutableArray<EntityChange> changes)
    {
        TaskCompletionSource moved;
        lock (_gate)
        {
            foreach (var change in changes)
            {
                ref var last = ref _last[change.Shard.Value];
                last = Math.Max(last, change.LastPosition);
            }

            moved = _moved;
            _moved = New();
        }

        moved.TrySetResult();
    }

    /// <summary>Where every shard stands, and what ends at the next commit after that.</summary>
    public (long[] Last, Task Moved) Look()
    {
        lock (_gate)
        {
            return ([.. _last], _moved.Task);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
