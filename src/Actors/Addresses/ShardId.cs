using Gantry.Primitives;

namespace Gantry.Actors;

/// <summary>One of a fixed number of shards; each has one owner node at a time.</summary>
public readonly record struct ShardId(int Value)
{
    /// <summary>Shards of a store when nothing else was asked for at its creation.</summary>
    public const int DefaultCount = 128;

    /// <summary>The shard that an address belongs to. Pinned by golden vectors: it is on disk.</summary>
    public static ShardId Of(EntityAddress address, int shardCount) =>
        new((int)(StableHash.Of(address.ToString()) % (ulong)shardCount));

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>The shards that a piece of work is limited to.</summary>
public sealed class ShardSet(IEnumerable<ShardId> shards, int shardCount)
{
    private readonly HashSet<ShardId> _shards = [.. shards];

    /// <summary>Shards in the store.</summary>
    public int ShardCount { get; } = shardCount;

    /// <summary>Every shard of a store: what one node alone owns.</summary>
    public static ShardSet All(int shardCount) => new(Enumerable.Range(0, shardCount).Select(i => new ShardId(i)), shardCount);

    /// <summary>Whether the entity's shard is in the set.</summary>
    public bool Contains(EntityAddress address) => _shards.Contains(ShardId.Of(address, ShardCount));
}
