using System.Collections.Frozen;

namespace Gantry.Architecture.Tests;

/// <summary>
/// The project table: what each project of <c>src</c> may reference. A new arrow is a decision and is made here first.
/// </summary>
internal static class ProjectTable
{
    private static readonly string[] Areas = ["Tenancy", "Inventory", "Instances", "Multicast", "TrustQuorum"];

    private static readonly string[] BelowHosting =
    [
        "Primitives", "Hocon", "Actors", "Contracts", "Actors.Kernel", "Actors.Storage", "Actors.Storage.Sqlite",
        "Actors.Storage.Postgres", "Actors.Runtime", "Actors.Cluster", "TrustQuorum.Protocol", "Devices", .. Areas, "Switch", "Sled",
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
        ["Actors.Storage.Postgres"] = ["Actors.Storage", "Actors", "Primitives"],
        ["Actors.Simulation"] = ["Actors.Kernel", "Actors.Storage", "Actors", "Primitives"],
        ["Actors.Runtime"] = ["Actors.Kernel", "Actors.Storage", "Actors", "Primitives"],
        ["Actors.Cluster"] = ["Actors.Runtime", "Actors.Kernel", "Actors.Storage", "Actors", "Primitives"],
        ["TrustQuorum.Protocol"] = ["Primitives"],
        ["Devices"] = ["TrustQuorum.Protocol", "Primitives"],
        ["Tenancy"] = ["Actors", "Contracts", "Devices", "Primitives"],
        ["Inventory"] = ["Actors", "Contracts", "Devices", "Primitives"],
        ["Instances"] = ["Actors", "Contracts", "Devices", "Primitives"],
        ["Multicast"] = ["Actors", "Contracts", "Devices", "Primitives"],
        ["TrustQuorum"] = ["Actors", "Contracts", "Devices", "TrustQuorum.Protocol", "Primitives"],
        ["Switch"] = ["Devices", "Primitives"],
        ["Sled"] = ["Devices", "TrustQuorum.Protocol", "Primitives"],
        ["Switch.Simulator"] = ["Devices", "Primitives"],
        ["Sled.Simulator"] = ["Devices", "TrustQuorum.Protocol", "Primitives"],
        ["Hosting"] = BelowHosting,
        ["Api"] = [.. BelowHosting, "Hosting"],
        ["Admin"] = [.. BelowHosting, "Hosting"],
        ["Client"] = ["Primitives"],
        ["Cli"] = ["Primitives", "Client"],
        ["Node"] = [.. BelowHosting, "Hosting", "Api", "Admin", "Actors.Simulation", "Client", "Switch.Simulator", "Sled.Simulator"],
    }.ToFrozenDictionary();
}
