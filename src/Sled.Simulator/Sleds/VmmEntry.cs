namespace Gantry.Sled.Simulator;

/// <summary>A VMM with its timers and its bell. Guarded by its sled's lock; the sled disposes the bell after it stopped.</summary>
internal sealed class VmmEntry(Vmm vmm, IRingSender sender, RingContext rings, Action<RingResult> answered)
{
    public Vmm Vmm { get; set; } = vmm;

    public VmmRinger Ringer { get; } = new(vmm.Id, sender, rings, answered);

    /// <summary>Auto mode: runs what is queued.</summary>
    public ITimer? Auto { get; set; }

    /// <summary>Kills a VMM that does not stop.</summary>
    public ITimer? Grace { get; set; }

    public void StopTimers()
    {
        Auto?.Dispose();
        Auto = null;
        Grace?.Dispose();
        Grace = null;
    }
}
