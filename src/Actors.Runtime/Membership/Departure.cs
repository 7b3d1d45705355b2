using Gantry.Actors.Storage;

namespace Gantry.Actors.Runtime;

/// <summary>
/// How an incarnation takes leave (engine 5.8, 5.9): it gives its shards away, releases what is left, or, after an end by its own fault, fences
/// itself so that nobody needs to wait for the time-to-live.
/// </summary>
/// <param name="parts">What the incarnation works with.</param>
/// <param name="owned">The shards that it serves now.</param>
/// <param name="drain">Tells the kernel to give them away.</param>
internal sealed class Departure(NodeParts parts, Func<IReadOnlyDictionary<ShardId, long>> owned, Action drain)
{
    private static readonly TimeSpan LastWordPatience = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private Task? _draining;
    private volatile bool _isDraining;

    public bool IsDraining => _isDraining;

    /// <summary>Nothing is left to give away, or the incarnation is over.</summary>
    public void Drained() => _drained.TrySetResult();

    /// <summary>Gives everything away, at the longest until the patience is over. Asked again it waits for the same end.</summary>
    public Task DrainAsync(TimeSpan patience, bool isOver)
    {
        lock (_gate)
        {
            return isOver ? Task.CompletedTask : _draining ??= GiveAllAsync(patience);
        }
    }

    /// <summary>
    /// Beats get through and commits do not: the others cannot see it, so this node makes room itself (engine 5.9). True once, when it has to.
    /// </summary>
    /// <param name="beatAge">Time since the last beat that the store took.</param>
    public bool MustGiveWay(TimeSpan beatAge)
    {
        if (_isDraining
            || parts.Commits.FailingFor < 2 * parts.Options.TimeToLive
            || beatAge >= parts.Options.TimeToLive
            || !parts.Map.Members.Values.Any(m => m.Incarnation != parts.Me && m.State == MemberState.Up))
        {
            return false;
        }

        _isDraining = true;
        RuntimeLog.CommitsFail(parts.Log, parts.Commits.FailingFor.TotalSeconds);
        return true;
    }

    /// <summary>After a clean stop of the lanes: what was not given away is released, and the node leaves.</summary>
    public async Task LeaveAsync(bool lanesStopped)
    {
        try
        {
            using var late = new CancellationTokenSource(LastWordPatience, parts.Time);
            if (lanesStopped && owned().Count > 0)
            {
                await ReleaseAsync(late.Token).ConfigureAwait(false);
            }

            await parts.Store.EnterAsync(parts.Me, MemberState.Left, late.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreConnectionException or OperationCanceledException)
        {
            RuntimeLog.NotLeft(parts.Log, e.Message);
        }
    }

    /// <summary>After an end by our own fault. The fence comes first, so it is safe.</summary>
    public async Task GiveUpAsync(IStoreMaintenance? maintenance)
    {
        if (maintenance is null)
        {
            return;
        }

        try
        {
            using var late = new CancellationTokenSource(LastWordPatience, parts.Time);
            await maintenance.FenceAsync(parts.Me, late.Token).ConfigureAwait(false);
            await ReleaseAsync(late.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreConnectionException or OperationCanceledException)
        {
            RuntimeLog.NotLeft(parts.Log, e.Message);
        }
    }

    private async Task GiveAllAsync(TimeSpan patience)
    {
        _isDraining = true;
        try
        {
            using var late = new CancellationTokenSource(patience, parts.Time);
            await parts.Store.EnterAsync(parts.Me, MemberState.Draining, late.Token).ConfigureAwait(false);
            drain();

            RuntimeLog.Drains(parts.Log, parts.Map.Own().Count);
            await _drained.Task.WaitAsync(late.Token).ConfigureAwait(false);
            if (parts.Map.Own().Count == 0)
            {
                // Whoever sent a command here just now hears that it moved, and not that nobody is there.
                await Task.Delay(parts.Options.Scan, parts.Time, late.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is StoreConnectionException or OperationCanceledException)
        {
            RuntimeLog.DrainCutShort(parts.Log, parts.Map.Own().Count, e.Message);
        }
    }

    private ValueTask ReleaseAsync(CancellationToken ct) =>
        parts.Store.ReleaseAsync(parts.Me, [.. owned().Select(o => new ShardEpoch(o.Key, o.Value))], ct);
}
