using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Gantry.Actors.Runtime;

/// <summary>Isolated entities of this node, kept by what the lanes say. Thread-safe.</summary>
internal sealed class QuarantineBook
{
    private readonly ConcurrentDictionary<EntityAddress, QuarantinedEntity> _entities = new();

    public int Count => _entities.Count;

    public void Add(EntityAddress entity, string why, DateTimeOffset now) => _entities[entity] = new QuarantinedEntity(entity, why, now);

    public void Remove(EntityAddress entity) => _entities.TryRemove(entity, out _);

    /// <summary>Entities of a shard that left.</summary>
    public void Drop(Func<EntityAddress, bool> isGone)
    {
        foreach (var entity in _entities.Keys.Where(isGone))
        {
            _entities.TryRemove(entity, out _);
        }
    }

    public void Clear() => _entities.Clear();

    public ImmutableArray<QuarantinedEntity> All() => [.. _entities.Values.OrderBy(e => e.Entity.ToString(), StringComparer.Ordinal)];
}
