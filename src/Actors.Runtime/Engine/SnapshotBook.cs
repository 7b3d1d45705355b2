namespace Gantry.Actors.Runtime;

/// <summary>
/// Entities of this node whose last snapshots could not be written (engine 3.5). Bounded: past <see cref="EntitiesMax"/> the metric still counts,
/// the names do not grow. Thread-safe.
/// </summary>
internal sealed class SnapshotBook
{
    /// <summary>Failures in a row that are an alarm.</summary>
    public const int AlarmAfter = 2;

    private const int EntitiesMax = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<EntityAddress, (int Failures, long Revision, string Why, DateTimeOffset Since)> _failing = [];
    private int _alarms;

    /// <summary>Entities with two failures in a row or more.</summary>
    public int Alarms => Volatile.Read(ref _alarms);

    /// <summary>True when this failure makes it an alarm; one that is sure to come again does so alone.</summary>
    public bool Failed(EntityAddress entity, long revision, string why, DateTimeOffset now, bool isSure = false)
    {
        lock (_gate)
        {
            if (!_failing.TryGetValue(entity, out var known))
            {
                known = (0, revision, why, now);
                if (_failing.Count >= EntitiesMax)
                {
                    return false;
                }
            }

            var failures = known.Failures + (isSure ? AlarmAfter : 1);
            _failing[entity] = (failures, Math.Max(known.Revision, revision), why, known.Since);
            if (known.Failures >= AlarmAfter || failures < AlarmAfter)
            {
                return false;
            }

            _alarms++;
            return true;
        }
    }

    /// <summary>Ends the trouble, unless a later one has failed already: snapshots of one entity are written side by side.</summary>
    public void Written(EntityAddress entity, long revision)
    {
        lock (_gate)
        {
            if (_failing.TryGetValue(entity, out var known) && revision >= known.Revision)
            {
                Remove(entity);
            }
        }
    }

    /// <summary>Entities of a shard that left: its next owner counts anew.</summary>
    public void Drop(Func<EntityAddress, bool> isGone)
    {
        lock (_gate)
        {
            foreach (var entity in _failing.Keys.Where(isGone).ToList())
            {
                Remove(entity);
            }
        }
    }

    public void Clear() => Drop(_ => true);

    /// <summary>What is wrong with the snapshots of an entity; null for nothing, or for one failure alone.</summary>
    public string? TroubleOf(EntityAddress entity)
    {
        lock (_gate)
        {
            return _failing.TryGetValue(entity, out var known) && known.Failures >= AlarmAfter
                ? $"{known.Failures} snapshots in a row were not written, the first at {known.Since:u}: {known.Why}"
                : null;
        }
    }

    private void Remove(EntityAddress entity)
    {
        if (_failing.Remove(entity, out var known) && known.Failures >= AlarmAfter)
        {
            _alarms--;
        }
    }
}
