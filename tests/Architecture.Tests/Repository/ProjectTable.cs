using System.Collections.Frozen;

namespace Gantry.Architecture.Tests;

/// <summary>
/// The project table: what each project of <c>src</c> may reference. A new arrow is a decision and is made here first.
/// </summary>
internal static class ProjectTable
{
    private static readonly string[] Areas = ["Tenancy", "Inventory", "Instances", "Multicast"];

    private static readonly string[] BelowHosting =
    [
        "Primitives", "Hocon", "Actors", "Contracts", "Actors.Kernel", "Actors.Storage", "Actors.Storage.Sqlite",
        "Actors.Runtime", "Devices", .. Areas, "Switch", "Sled",
    ];

    /// <summary>Direct references allowed, by project.</summary>
    public static readonly FrozenDictionary<string, string[]> Allowed = new Dictionary<string, string[]>
    {
        ["Primitives"] = [],
        ["Hocon"] = ["Primitives"],
        ["Actors"] = ["Primitives"],
        ["Contracts"] = ["Actors", "Primitives"],
        ["Actors.Kernel"] = ["Actors", "Primitives"],
        ["Actors.Storage"] = ["Actors", "Primitives"],
        ["Actors.Storage.Sqlite"] = ["Actors.Storage", "Actors", "Primitives"],
        ["Actors.Runtime"] = ["Actors.Kernel", "Actors.Storage", "Actors", "Primitives"],
        ["Devices"] = ["Primitives"],
        ["Tenancy"] = ["Actors", "Contracts", "Devices", "Primitives"],
        ["Inventory"] = ["Actors", "Contracts", "Devices", "Primitives"],
        ["Instances"] = ["Actors", "Contracts", "Devices", "Primitives"],
        ["Multicast"] = ["Actors", "Contracts", "Devices", "Primitives"],
        ["Switch"] = ["Devices", "Primitives"],
        ["Sled"] = ["Devices", "Primitives"],
        ["Switch.Simulator"] = ["Devices", "Primitives"],
        ["Sled.Simulator"] = ["Devices", "Primitives"],
        ["Hosting"] = BelowHosting,
        ["Api"] = [.. BelowHosting, "Hosting"],
        ["Client"] = ["Primitives"],
        ["Cli"] = ["Primitives", "Client"],
        ["Node"] = [.. BelowHosting, "Hosting", "Api", "Client", "Switch.Simulator", "Sled.Simulator"],
    }.ToFrozenDictionary();
}
