using System.Collections.Frozen;
using System.Collections.Immutable;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>
/// The parent of all reconcilers of a node: one supervised worker each, nudged by commits, by devices that came back and by the clock
/// (engine 7). Nudges before the start are dropped, because the start lists every key anyway. Thread-safe.
/// </summary>
public sealed class ReconcilerHost : IReconcilers, ICommitListener, IAsyncDisposable
{
    private readonly CommitListeners _commits;
    private readonly TimeProvider _time;
    private readonly IRandomSource _random;
    private readonly ILogger<ReconcilerHost> _log;
    private readonly ReconcilerMetrics _metrics;
    private FrozenDictionary<string, ReconcilerWorker> _workers = FrozenDictionary<string, ReconcilerWorker>.Empty;
    private FrozenDictionary<string, ImmutableArray<(ReconcilerWorker Worker, NudgeRule Rule)>> _rules =
        FrozenDictionary<string, ImmutableArray<(ReconcilerWorker, NudgeRule)>>.Empty;

    private IDisposable? _subscription;
    private IDisposable? _scopeChanges;
    private IDisposable? _otherNodes;
    private int _isDisposed;

    /// <summary>Makes a host without reconcilers: they come with <see cref="Start(IEnumerable{IReconciler}, IShardScope, Func{bool}?)"/>, for most of them need the engine first.</summary>
    public ReconcilerHost(CommitListeners commits, TimeProvider time, IRandomSource random, ILogger<ReconcilerHost> log)
    {
        _commits = commits;
        _time = time;
        _random = random;
        _log = log;
        _metrics = new ReconcilerMetrics(() => _workers.Values);
    }

    /// <summary>Starts every reconciler over shards that never change. Called once.</summary>
    /// <exception cref="InvalidOperationException">Two reconcilers share a name, or the host runs already.</exception>
    public void Start(IEnumerable<IReconciler> reconcilers, ShardSet shards) => Start(reconcilers, new FixedScope(shards));

    /// <summary>Starts every reconciler over the shards of this node, as they come and go. Called once.</summary>
    /// <param name="reconcilers">All of them.</param>
    /// <param name="scope">What this node works on.</param>
    /// <param name="isBusy">The node has more to do than it can: resync is the first thing to wait (engine 9). Null for never.</param>
    /// <exception cref="InvalidOperationException">Two reconcilers share a name, or the host runs already.</exception>
    public void Start(IEnumerable<IReconciler> reconcilers, IShardScope scope, Func<bool>? isBusy = null)
    {
        if (_subscription is not null)
        {
            throw new InvalidOperationException("the reconcilers run already");
        }

        var all = reconcilers.ToList();
        if (all.GroupBy(r => r.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new InvalidOperationException($"two reconcilers are named {twice.Key}");
        }

        _workers = all.ToFrozenDictionary(
            r => r.Name, r => new ReconcilerWorker(r, scope, isBusy ?? (() => false), _time, _random, _metrics, _log));
        _rules = _workers.Values
            .SelectMany(w => w.Reconciler.Nudges.Select(rule => (Worker: w, Rule: rule)))
            .GroupBy(x => x.Rule.Kind)
            .ToFrozenDictionary(g => g.Key, g => g.ToImmutableArray());
        _subscription = _commits.Subscribe(this);
        foreach (var worker in _workers.Values)
        {
            worker.Start();
        }

        _scopeChanges = scope.OnChange(() =>
        {
            foreach (var worker in _workers.Values)
            {
                worker.ScopeChanged();
            }
        });
        _otherNodes = scope.OnNudge(nudge =>
        {
            if (_workers.TryGetValue(nudge.Reconciler, out var worker))
            {
                worker.Take(nudge);
            }
        });
    }

    /// <summary>Cancels turns on their way, waits for them at the longest until <paramref name="ct"/>, and forgets the queues.</summary>
    public async Task StopAsync(CancellationToken ct)
    {
        _subscription?.Dispose();
        _scopeChanges?.Dispose();
        _otherNodes?.Dispose();
        await Task.WhenAll(_workers.Values.Select(w => w.StopAsync(ct))).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Nudge(string reconciler, string? key, bool forgetBackoff = false)
    {
        if (_workers.TryGetValue(reconciler, out var worker))
        {
            worker.NudgeOwner(key, forgetBackoff, trace: null);
        }
        else if (_subscription is not null)
        {
            _log.NudgeWithoutReconciler(reconciler);
        }
    }

    /// <summary>The reconcilers of this node by name.</summary>
    public ImmutableArray<ReconcilerCard> List() =>
        [.. _workers.Values.OrderBy(w => w.Reconciler.Name, StringComparer.Ordinal).Select(w => w.Card())];

    /// <summary>The keys of one reconciler on this node, in order; empty when there is none of that name.</summary>
    public ImmutableArray<ReconcilerKeyStatus> Keys(string reconciler) =>
        _workers.TryGetValue(reconciler, out var worker) ? worker.Status() : [];

    /// <summary>Starts no more turns of it on this node, or goes on. False when there is none of that name.</summary>
    public bool Pause(string reconciler, bool isPaused, string caller)
    {
        if (!_workers.TryGetValue(reconciler, out var worker))
        {
            return false;
        }

        worker.Pause(isPaused ? $"{caller} at {_time.GetUtcNow():u}" : null);
        _log.Paused(reconciler, isPaused, caller);
        return true;
    }

    /// <inheritdoc/>
    public ImmutableArray<ReconcilerKeyStatus> Status() => [.. _workers.Values.SelectMany(w => w.Status())];

    /// <summary>How every reconciler stands, in order of names.</summary>
    public ImmutableArray<ReconcilerStanding> Standing() =>
        [.. _workers.Values.OrderBy(w => w.Reconciler.Name, StringComparer.Ordinal).Select(w => w.Standing())];

    /// <inheritdoc/>
    void ICommitListener.Committed(IReadOnlyList<EntityAddress> entities)
    {
        foreach (var entity in entities)
        {
            Changed(entity, trace: null);
        }
    }

    /// <inheritdoc/>
    void ICommitListener.Committed(IReadOnlyList<EntityAddress> entities, IReadOnlyList<string?> traces)
    {
        for (var i = 0; i < entities.Count; i++)
        {
            Changed(entities[i], traces[i]);
        }
    }

    /// <inheritdoc/>
    void ICommitListener.Nudged(string reconciler, string key) => Nudge(reconciler, key);

    /// <inheritdoc/>
    void ICommitListener.Nudged(string reconciler, string key, string? trace)
    {
        if (_workers.TryGetValue(reconciler, out var worker))
        {
            worker.NudgeOwner(key, forgetBackoff: false, trace);
        }
        else
        {
            Nudge(reconciler, key);
        }
    }

    /// <inheritdoc/>
    void ICommitListener.Rejoined()
    {
        foreach (var worker in _workers.Values)
        {
            worker.Nudge(null, forgetBackoff: true);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A container that hands the host out under two types disposes it twice.
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
        {
            return;
        }

        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        foreach (var worker in _workers.Values)
        {
            worker.Dispose();
        }

        _metrics.Dispose();
    }

    private void Changed(EntityAddress entity, string? trace)
    {
        if (_rules.TryGetValue(entity.Kind, out var rules))
        {
            foreach (var (worker, rule) in rules)
            {
                Apply(worker, rule, entity, trace);
            }
        }
    }

    // A rule is area code on the lane's thread: whatever it does, the lane goes on, and the resync makes up for it.
    private void Apply(ReconcilerWorker worker, NudgeRule rule, EntityAddress entity, string? trace)
    {
        ImmutableArray<string>? keys;
        try
        {
            keys = rule.KeysOf(entity);
        }
        catch (Exception e)
        {
            _log.NudgeRuleThrew(worker.Reconciler.Name, entity, e);
            return;
        }

        if (keys is null)
        {
            worker.NudgeOwner(null, forgetBackoff: false, trace: null);
            return;
        }

        foreach (var key in keys.Value)
        {
            worker.NudgeOwner(key, forgetBackoff: false, trace);
        }
    }
}

/// <summary>How one reconciler stands.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Keys">Keys known.</param>
/// <param name="Failing">Keys whose last turn failed.</param>
/// <param name="WorstKey">The key with the most failures in a row; null when none fails.</param>
/// <param name="WorstError">Its last error.</param>
/// <param name="IsListed">Its keys have been listed since the start.</param>
public sealed record ReconcilerStanding(string Name, int Keys, int Failing, string? WorstKey, string? WorstError, bool IsListed);
