using Gantry.Primitives;

namespace Gantry.Actors.Kernel;

/// <summary>
/// Hashes of recent command keys. Only a hint that saves a failed commit: a hit reads the receipt, whose row is the truth (engine 2.4).
/// </summary>
internal sealed class ReceiptCache
{
    private readonly HashSet<ulong> _known = [];
    private readonly Queue<ulong> _order = new();

    public bool MayKnow(EntityAddress entity, CommandKey key) => _known.Count > 0 && _known.Contains(Hash(entity, key));

    public void Add(EntityAddress entity, CommandKey key)
    {
        var hash = Hash(entity, key);
        if (!_known.Add(hash))
        {
            return;
        }

        _order.Enqueue(hash);
        if (_order.Count > LaneLimits.RecentKeysMax)
        {
            _known.Remove(_order.Dequeue());
        }
    }

    private static ulong Hash(EntityAddress entity, CommandKey key) =>
        (StableHash.Of(entity.Key) * 31) ^ StableHash.Of(entity.Kind) ^ (StableHash.Of(key.Value) * 0x9E3779B97F4A7C15UL);
}
