using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Gantry.Actors.Runtime;

/// <summary>
/// Stands between the engine and those who listen to it, so that neither needs the other to be built: the engine is given this one
/// listener, and reconciler host and saga waiters subscribe when they start. Thread-safe.
/// </summary>
/// <param name="watchers">Those who hear every decision of a kind.</param>
public sealed class CommitListeners(IEnumerable<ICommitWatcher>? watchers = null) : ICommitListener
{
    private readonly FrozenDictionary<string, ImmutableArray<ICommitWatcher>> _watchers =
        (watchers ?? []).GroupBy(w => w.Kind, StringComparer.Ordinal).ToFrozenDictionary(w => w.Key, w => w.ToImmutableArray(), StringComparer.Ordinal);

    private ImmutableArray<ICommitListener> _listeners = [];

    /// <summary>Adds a listener until the result is disposed.</summary>
    public IDisposable Subscribe(ICommitListener listener)
    {
        ImmutableInterlocked.Update(ref _listeners, static (all, one) => all.Add(one), listener);
        return new Subscription(this, listener);
    }

    /// <inheritdoc/>
    public void Committed(IReadOnlyList<EntityAddress> entities)
    {
        foreach (var listener in _listeners)
        {
            listener.Committed(entities);
        }
    }

    /// <inheritdoc/>
    public void Committed(IReadOnlyList<EntityAddress> entities, IReadOnlyList<string?> traces)
    {
        foreach (var listener in _listeners)
        {
            listener.Committed(entities, traces);
        }
    }

    /// <inheritdoc/>
    public void Decided(LaneCommit commit)
    {
        if (_watchers.TryGetValue(commit.Entity.Kind, out var some))
        {
            foreach (var watcher in some)
            {
                watcher.Committed(commit);
            }
        }
    }

    /// <inheritdoc/>
    public void Nudged(string reconciler, string key)
    {
        foreach (var listener in _listeners)
        {
            listener.Nudged(reconciler, key);
        }
    }

    /// <inheritdoc/>
    public void Nudged(string reconciler, string key, string? trace)
    {
        foreach (var listener in _listeners)
        {
            listener.Nudged(reconciler, key, trace);
        }
    }

    /// <inheritdoc/>
    public void Rejoined()
    {
        foreach (var listener in _listeners)
        {
            listener.Rejoined();
        }
    }

    private sealed class Subscription(CommitListeners owner, ICommitListener listener) : IDisposable
    {
        public void Dispose() =>
            ImmutableInterlocked.Update(ref owner._listeners, static (all, one) => all.Remove(one), listener);
    }
}
