using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Microsoft.Extensions.Logging;

namespace Gantry.Hosting;

/// <summary>
/// When a device is up again or reborn, its reconciler keys are looked at now and their back-off is forgotten (engine 7.1). A switch that is down
/// is looked at as well: its groups must not be called right until the period comes round. Called by adapters, which must not wait. Thread-safe.
/// </summary>
internal sealed class DeviceNudges(IReconcilers reconcilers, ILogger<DeviceNudges> log)
{
    public void OnSwitch(string key, DeviceChange change)
    {
        if (change is DeviceChange.Down)
        {
            reconcilers.Nudge(Reconcilers.Multicast, key);
            return;
        }

        log.DeviceChanged("switch", key, change);
        reconcilers.Nudge(Reconcilers.Multicast, key, forgetBackoff: true);
        reconcilers.Nudge(Reconcilers.InventoryCollection, RackOf(key), forgetBackoff: true);
    }

    public void OnSled(string key, DeviceChange change)
    {
        if (change is DeviceChange.Down)
        {
            return; // the period of the watcher is its word on a sled that is away
        }

        log.DeviceChanged("sled", key, change);
        reconcilers.Nudge(Reconcilers.InventoryCollection, null, forgetBackoff: true);
        reconcilers.Nudge(Reconcilers.TrustQuorum, null, forgetBackoff: true);
        reconcilers.Nudge(Reconcilers.InstanceWatcher, $"sled/{key}", forgetBackoff: true);
        reconcilers.Nudge(Reconcilers.AbandonedVmmReaper, null, forgetBackoff: true);
    }

    public void OnGateway(string key, DeviceChange change)
    {
        if (change is DeviceChange.Down)
        {
            return;
        }

        log.DeviceChanged("sp-gateway", key, change);
        reconcilers.Nudge(Reconcilers.InventoryCollection, null, forgetBackoff: true);
    }

    // A switch's key is <rack id>-<slot>.
    private static string RackOf(string key) => key[..key.LastIndexOf('-')];
}
