using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Contracts;

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
    ];

    private static bool IsFleetViewer(Caller caller) => caller.Fleet >= Rank.Viewer;
}
