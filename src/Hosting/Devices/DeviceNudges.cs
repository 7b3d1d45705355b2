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
        }

        OnReturn("switch", key, change, (Reconcilers.Multicast, key), (Reconcilers.InventoryCollection, RackOf(key)));
    }

    public void OnSled(string key, DeviceChange change) => OnReturn(
        "sled",
        key,
        change,
        (Reconcilers.InventoryCollection, null),
        (Reconcilers.TrustQuorum, null),
        (Reconcilers.InstanceWatcher, $"sled/{key}"),
        (Reconcilers.AbandonedVmmReaper, null));

    public void OnGateway(string key, DeviceChange change) =>
        OnReturn("sp-gateway", key, change, (Reconcilers.InventoryCollection, null));

    // Of one that went away nothing can be learned: who looks at it in its period says so then.
    private void OnReturn(string kind, string key, DeviceChange change, params ReadOnlySpan<(string Reconciler, string? Key)> looks)
    {
        if (change is DeviceChange.Down)
        {
            return;
        }

        log.DeviceChanged(kind, key, change);
        foreach (var (reconciler, what) in looks)
        {
            reconcilers.Nudge(reconciler, what, forgetBackoff: true);
        }
    }

    // A switch's key is <rack id>-<slot>.
    private static string RackOf(string key) => key[..key.LastIndexOf('-')];
}
