using System.Collections.Immutable;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Runtime;

/// <summary>Where each shard of this node stands, and a wake-up per commit for those who follow. Thread-safe.</summary>
internal sealed class FeedHub
{
    // pos = epoch × 2³⁹ + counter (engine 3.2): whatever former owners wrote is below our epoch's first position.
    private const int CounterBits = 39;

    private readonly Lock _gate = new();
    private long[] _last = [];
    private bool[] _isOwn = [];
    private long? _lookedAt;
    private TaskCompletionSource _moved = New();

    public int ShardCount => _last.Length;

    /// <summary>Every shard is written by lanes of this node.</summary>
    public bool IsWhole
    {
        get
        {
            lock (_gate)
            {
                return Array.TrueForAll(_isOwn, o => o);
            }
        }
    }

    public void Open(IEnumerable<ShardEpoch> shards, int shardCount)
    {
        var last = new long[shardCount];
        foreach (var shard in shards)
        {
            last[shard.Shard.Value] = shard.Epoch << CounterBits;
        }

        lock (_gate)
        {
            // What was known of shards that are elsewhere now stays true.
            for (var i = 0; i < _last.Length && i < last.Length; i++)
            {
                last[i] = Math.Max(last[i], _last[i]);
            }

            _last = last;
            _isOwn = new bool[shardCount];
            foreach (var shard in shards)
            {
                _isOwn[shard.Shard.Value] = true;
            }
        }
    }

    /// <summary>Our lanes write the shard from here on.</summary>
    public void Own(ShardEpoch shard)
    {
        lock (_gate)
        {
            ref var last = ref _last[shard.Shard.Value];
            last = Math.Max(last, shard.Epoch << CounterBits);
            _isOwn[shard.Shard.Value] = true;
        }
    }

    /// <summary>Another node writes it from here on: where it stands has to be asked for.</summary>
    public void Disown(ShardId shard)
    {
        lock (_gate)
        {
            _isOwn[shard.Value] = false;
        }
    }

    /// <summary>Asks the store where the shards of other nodes stand, unless somebody did a moment ago.</summary>
    public async Task RefreshAsync(IActorStore store, TimeProvider time, TimeSpan notBefore, CancellationToken ct)
    {
        lock (_gate)
        {
            if (Array.TrueForAll(_isOwn, o => o) || (_lookedAt is { } at && time.GetElapsedTime(at) < notBefore))
            {
                return;
            }

            _lookedAt = time.GetTimestamp();
        }

        var heads = await store.HeadsAsync(ct).ConfigureAwait(false);
        TaskCompletionSource? moved = null;
        lock (_gate)
        {
            for (var i = 0; i < heads.Length && i < _last.Length; i++)
            {
                if (!_isOwn[i] && heads[i] > _last[i])
                {
                    _last[i] = heads[i];
                    moved = _moved;
                }
            }

            if (moved is not null)
            {
                _moved = New();
            }
        }

        moved?.TrySetResult();
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
