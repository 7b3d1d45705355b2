using System.Collections.Concurrent;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>
/// The pull that a ring is owed; key <c>vmm/&lt;id&gt;</c> (vmm 3.5). It has no period: the watcher does not need it, and it does not need the
/// watcher. The queue of the reconciler coalesces: rings during a pull make exactly one more.
/// </summary>
internal sealed class VmmPull(
    IViews views, SledAccess sleds, VmmPuller puller, PullGate gate, Doorbell doorbell, TimeProvider time, IRandomSource random) : IReconciler
{
    private const string KeyStart = "vmm/";

    // Retries under way: how many, and when the next is due. At most one entry per VMM whose sled gives no clear answer.
    private readonly ConcurrentDictionary<VmmId, Retry> _retries = new();

    public string Name => Reconcilers.VmmPull;

    public ReconcilerOptions Options { get; } = new()
    {
        Period = TimeSpan.Zero,

        // A sled's adapter runs 16 calls and keeps the rest: a slow sled must not use up the places of the others.
        Concurrency = 1_024,
        BackoffFirst = TimeSpan.FromMilliseconds(250),
        BackoffMax = TimeSpan.FromSeconds(4),
        TurnTimeout = TimeSpan.FromSeconds(150),
    };

    /// <summary>Nothing by itself: only rings make work.</summary>
    public IAsyncEnumerable<string> ListAsync(ShardSet shards, CancellationToken ct) => AsyncEnumerable.Empty<string>();

    public async ValueTask<Reconciled> ReconcileAsync(string key, ReconcileTurn turn, CancellationToken ct)
    {
        if (!key.StartsWith(KeyStart, StringComparison.Ordinal) || !Guid.TryParse(key.AsSpan(KeyStart.Length), out var id))
        {
            return Reconciled.Done;
        }

        var vmm = VmmId.From(id);
        if (doorbell.MayWait(vmm))
        {
            return Reconciled.After(InstancesLimits.StormSlice);
        }

        // A sled rings at any node of the control plane; a turn that is no retry of ours is worth as much as a ring that was heard here.
        var isRung = doorbell.TakeRings(vmm) || !_retries.TryGetValue(vmm, out var retry) || time.GetUtcNow() < retry.Due;
        if (isRung)
        {
            _retries.TryRemove(vmm, out _);
        }

        var found = await FindAsync(vmm, ct).ConfigureAwait(false);
        if (found.IsRegistering)
        {
            // Whoever registers it may be another node and then does not know what is owed here.
            return Reconciled.After(InstancesLimits.RegisterLook);
        }

        if (found.Row is not { } row)
        {
            _retries.TryRemove(vmm, out _);
            await FenceGraveAsync(vmm, isRung, ct).ConfigureAwait(false);
            return Reconciled.Done;
        }

        if (await sleds.FindAsync(row.Sled, ct).ConfigureAwait(false) is not { } sled || row.State == VmmWords.Destroyed)
        {
            return Reconciled.Done;
        }

        if (row.State == VmmWords.SagaUnwound || (row.State == VmmWords.Failed && row.FailureReason != FailureReasons.FromSledAgent))
        {
            await FenceAsync(vmm, sled, isRung, ct).ConfigureAwait(false);
            return Reconciled.Done;
        }

        var end = await gate.AnewAsync(vmm, () => puller.PullAsync(row, sled, Name, ct), ct).ConfigureAwait(false);
        return end.Incomplete is null ? Conclude(vmm) : Again(vmm);
    }

    // A VMM that is still being registered is unknown to its sled, and that would read as lost: the pull waits for the answer.
    private async ValueTask<(VmmRow? Row, bool IsRegistering)> FindAsync(VmmId vmm, CancellationToken ct)
    {
        var row = await ReadAsync(vmm, ct).ConfigureAwait(false);
        if (row is not { State: VmmWords.Creating })
        {
            return (row, false);
        }

        doorbell.Owe(vmm);
        row = await ReadAsync(vmm, ct).ConfigureAwait(false);
        if (row is { State: VmmWords.Creating })
        {
            return (null, true);
        }

        doorbell.Forget(vmm);
        return (row, false);
    }

    private async ValueTask<VmmRow?> ReadAsync(VmmId vmm, CancellationToken ct) =>
        (await views.GetAsync(InstanceViews.Vmms, vmm.ToString(), ct).ConfigureAwait(false))?.Row;

    // A ring for a VMM that we gave up means that a guest may have survived a wrong verdict.
    private async ValueTask FenceAsync(VmmId vmm, SledRow sled, bool isRung, CancellationToken ct)
    {
        if (isRung && sled.Policy != SledAccess.Expunged)
        {
            await puller.FenceAsync(vmm, sled, ct).ConfigureAwait(false);
        }
    }

    private async ValueTask FenceGraveAsync(VmmId vmm, bool isRung, CancellationToken ct)
    {
        if (isRung
            && (await views.GetAsync(InstanceViews.VmmGraves, vmm.ToString(), ct).ConfigureAwait(false))?.Row is { } grave
            && await sleds.FindAsync(grave.Sled, ct).ConfigureAwait(false) is { } sled)
        {
            await FenceAsync(vmm, sled, isRung, ct).ConfigureAwait(false);
        }
    }

    private Reconciled Conclude(VmmId vmm)
    {
        _retries.TryRemove(vmm, out _);
        return Reconciled.Done;
    }

    private Reconciled Again(VmmId vmm)
    {
        var made = _retries.TryGetValue(vmm, out var known) ? known.Made : 0;
        if (made >= InstancesLimits.PullRetries.Length)
        {
            return Conclude(vmm);
        }

        var chance = 1 + (InstancesLimits.PullRetryJitter * ((2 * random.NextDouble()) - 1));
        var pause = InstancesLimits.PullRetries[made] * chance;
        _retries[vmm] = new Retry(made + 1, time.GetUtcNow() + pause);
        return Reconciled.After(pause);
    }

    private readonly record struct Retry(int Made, DateTimeOffset Due);
}
