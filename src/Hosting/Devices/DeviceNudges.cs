using System.Threading.Channels;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Microsoft.Extensions.Logging;

namespace Gantry.Hosting;

/// <summary>
/// When a device is up again or reborn, its reconciler keys are looked at now and their back-off is forgotten (engine 7.1). Called by
/// adapters, which must not wait: what needs a look-up goes through a bounded queue. Thread-safe.
/// </summary>
internal sealed class DeviceNudges(IReconcilers reconcilers, Lazy<IViews> views, ILogger<DeviceNudges> log)
{
    /// <summary>Sleds waiting for the look-up of their VMMs: all of the largest fleet. One more is dropped; the period makes up for it.</summary>
    public const int SledsMax = 256;

    private readonly Channel<string> _sleds = Channel.CreateBounded<string>(
        new BoundedChannelOptions(SledsMax) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void OnSwitch(string key, DeviceChange change)
    {
        log.DeviceChanged("switch", key, change);
        reconcilers.Nudge(Reconcilers.Multicast, key, forgetBackoff: true);
        reconcilers.Nudge(Reconcilers.InventoryCollection, RackOf(key), forgetBackoff: true);
    }

    public void OnSled(string key, DeviceChange change)
    {
        log.DeviceChanged("sled", key, change);
        reconcilers.Nudge(Reconcilers.InventoryCollection, null, forgetBackoff: true);
        reconcilers.Nudge(Reconcilers.TrustQuorum, null, forgetBackoff: true);
        _sleds.Writer.TryWrite(key);
    }

    public void OnGateway(string key, DeviceChange change)
    {
        log.DeviceChanged("sp-gateway", key, change);
        reconcilers.Nudge(Reconcilers.InventoryCollection, null, forgetBackoff: true);
    }

    /// <summary>Looks up the VMMs of sleds that came back, until stopped.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            await foreach (var sled in _sleds.Reader.ReadAllAsync(ct).ConfigureAwait(false))
            {
                await TryNudgeVmmsAsync(sled, ct).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The usual end.
        }
    }

    private async Task TryNudgeVmmsAsync(string sled, CancellationToken ct)
    {
        try
        {
            await NudgeVmmsAsync(sled, ct).ConfigureAwait(false);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            log.VmmLookupFailed(sled, e);
        }
    }

    private async Task NudgeVmmsAsync(string sled, CancellationToken ct)
    {
        var instances = new ViewQuery<InstanceRow>(InstanceViews.Instances).WhereEqual("sled", sled);
        await foreach (var item in views.Value.AllAsync(instances, ct).ConfigureAwait(false))
        {
            if (item.Row.ActiveVmm is { } vmm)
            {
                reconcilers.Nudge(Reconcilers.VmmPull, Addresses.Vmm(vmm).ToString(), forgetBackoff: true);
            }
        }
    }

    // A switch's key is <rack id>-<slot>.
    private static string RackOf(string key) => key[..key.LastIndexOf('-')];
}
