using System.Text.Json.Nodes;

namespace Gantry.Node;

/// <summary>What the demo puts on its rack: twelve instances, two pools, three groups.</summary>
internal static class DemoContent
{
    /// <summary>The project that first start makes.</summary>
    public const string Project = "default";

    /// <summary>Instances by name.</summary>
    public static readonly string[] Instances =
        ["web-1", "web-2", "web-3", "web-4", "web-5", "web-6", "cache-1", "cache-2", "cache-3", "feed-1", "feed-2", "feed-3"];

    /// <summary>Pools with their ranges.</summary>
    public static readonly (string Name, string First, string Last)[] Pools =
    [
        ("mcast-asm", "239.1.1.1", "239.1.1.250"),
        ("mcast-ssm", "232.1.1.1", "232.1.1.250"),
    ];

    /// <summary>Groups by name, with members and sources; sources make a group source-specific.</summary>
    public static readonly (string Name, string[] Members, string[] Sources)[] Groups =
    [
        ("telemetry-a", ["web-1", "web-2", "web-5"], ["10.0.4.12", "10.0.4.13"]),
        ("telemetry-b", ["cache-1", "cache-2", "cache-3"], []),
        ("video-wall", ["feed-1", "feed-2", "web-6"], []),
    ];

    public static JsonObject Pool(string name) => new()
    {
        ["name"] = name,
        ["description"] = "multicast addresses of the demo",
        ["ip_version"] = "v4",
        ["pool_type"] = "multicast",
    };

    public static JsonObject Instance(string name) => new()
    {
        ["name"] = name,
        ["description"] = "an instance of the demo",
        ["hostname"] = name,
        ["ncpus"] = 2,
        ["memory"] = 2L << 30,
        ["start"] = true,
    };

    public static JsonObject Join(string[] sources) => new()
    {
        ["source_ips"] = new JsonArray([.. sources.Select(s => JsonValue.Create(s))]),
    };
}
