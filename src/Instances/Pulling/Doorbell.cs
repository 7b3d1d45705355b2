using System.Collections.Concurrent;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>
/// Takes the rings of sleds (vmm 3.5): nothing but "look again". It never calls a sled and waits for none; what it remembers is volatile, and
/// the watcher makes up for what is lost. Thread-safe.
/// </summary>
public sealed class Doorbell(
    IViews views, Lazy<IReconcilers> reconcilers, DoorbellMetrics metrics, InstanceTimeline timeline, TimeProvider time)
{
    // One entry per VMM that rang here. The pull may run at another node, and then nobody takes them: a full book is thrown away.
    private readonly ConcurrentDictionary<VmmId, long> _rung = new();
    private readonly RingRate _rate = new(time);
    private readonly ConcurrentDictionary<VmmId, bool> _owed = new();
    private int _lastRang; // hash of the VMM that rang last

    /// <summary>
    /// Owes the VMM a pull that starts after this call. False: there is no such VMM on record (any more); when it is remembered where it was,
    /// the guest that may have survived there is going to be ended.
    /// </summary>
    public async ValueTask<bool> RingAsync(VmmId vmm, CancellationToken ct)
    {
        var row = (await views.GetAsync(InstanceViews.Vmms, vmm.ToString(), ct).ConfigureAwait(false))?.Row;
        var grave = row is null ? (await views.GetAsync(InstanceViews.VmmGraves, vmm.ToString(), ct).ConfigureAwait(false))?.Row : null;
        metrics.Rang(row is not null ? "accepted" : grave is not null ? "deleted" : "unknown");
        if ((row?.Instance ?? grave?.Instance) is not { } instance)
        {
            return false;
        }

        timeline.Note(instance, vmm, "ring", row is null ? "for a VMM that is gone" : "the sled rang");
        if (_rung.Count >= InstanceTimeline.InstancesMax)
        {
            _rung.Clear();
        }

        // One VMM that rings without end is no storm: its rings come to one look. Many that ring again and again are one.
        var isFirst = IsFirst(vmm);
        var isAnother = Interlocked.Exchange(ref _lastRang, vmm.GetHashCode()) != vmm.GetHashCode();
        if (isFirst || isAnother)
        {
            _rate.Count();
        }

        if (!isFirst)
        {
            metrics.Coalesced();
        }

        reconcilers.Value.Nudge(Reconcilers.VmmPull, Addresses.Vmm(vmm).ToString());
        return row is not null;
    }

    // A ring that nobody took for so long was paid by another node, which has the VMM's shard.
    private bool IsFirst(VmmId vmm)
    {
        var now = time.GetTimestamp();
        return _rung.TryAdd(vmm, now)
            || (_rung.TryGetValue(vmm, out var since) && time.GetElapsedTime(since) > InstancesLimits.RingKept && _rung.TryUpdate(vmm, now, since));
    }

    /// <summary>Whether it rang since the last call for the VMM; from here on a ring is a new one.</summary>
    internal bool TakeRings(VmmId vmm) => _rung.TryRemove(vmm, out _);

    /// <summary>
    /// Whether the pull that a VMM is owed may wait: in a storm of rings most are about what the next look shows anyway, so looks are put off
    /// until it is over, each for a bounded time.
    /// </summary>
    internal bool MayWait(VmmId vmm) =>
        _rate.IsStorm && _rung.TryGetValue(vmm, out var since) && time.GetElapsedTime(since) < InstancesLimits.StormPatience;

    /// <summary>A ring came while the VMM was being registered: the pull is owed once that is answered.</summary>
    internal void Owe(VmmId vmm)
    {
        // Paid or forgotten where the VMM is registered, which may be another node.
        if (_owed.Count >= InstanceTimeline.InstancesMax)
        {
            _owed.Clear();
        }

        _owed[vmm] = true;
    }

    /// <summary>The registration was answered: pays what is owed.</summary>
    internal void Pay(VmmId vmm)
    {
        if (_owed.TryRemove(vmm, out _))
        {
            _rung[vmm] = time.GetTimestamp();
            reconcilers.Value.Nudge(Reconcilers.VmmPull, Addresses.Vmm(vmm).ToString());
        }
    }

    /// <summary>The VMM will never be registered: nothing is owed.</summary>
    internal void Forget(VmmId vmm) => _owed.TryRemove(vmm, out _);
}
