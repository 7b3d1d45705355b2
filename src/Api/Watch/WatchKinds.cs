using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Contracts;
using Gantry.Multicast;

namespace Gantry.Api;

/// <summary>Everything that can be watched: one line per kind.</summary>
internal static class WatchKinds
{
    public static readonly ImmutableArray<WatchKind> All =
    [
        new WatchKind<SledRow>(
            "sled", "sled", InventoryViews.Sleds, IsFleetViewer, (_, _) => true, r => r.Generation,
            r => JsonSerializer.SerializeToElement(HardwareMaps.Sled(r), HardwareJson.Default.SledAnswer)),
        new WatchKind<SwitchRow>(
            "switch", "switch", InventoryViews.Switches, IsFleetViewer, (_, _) => true, r => r.Generation,
            r => JsonSerializer.SerializeToElement(HardwareMaps.Switch(r), HardwareJson.Default.SwitchAnswer)),
        new WatchKind<InstanceRow>(
            "instance", "instance", InstanceViews.Instances, _ => true, (caller, r) => caller.On(r.Silo, r.Project) >= Rank.Viewer, r => r.Generation,
            r => JsonSerializer.SerializeToElement(InstanceEndpoints.AnswerOf(r), InstanceApiJson.Default.InstanceAnswer)),
        new GroupWatchKind(),
        new WatchKind<IpPoolRow>(
            "pool", "ip-pool", PoolViews.Pools, c => c.Fleet >= Rank.Admin, (_, _) => true, r => r.Generation,
            r => JsonSerializer.SerializeToElement(PoolMaps.Pool(r), PoolApiJson.Default.IpPoolAnswer)),
    ];

    private static bool IsFleetViewer(Caller caller) => caller.Fleet >= Rank.Viewer;
}
