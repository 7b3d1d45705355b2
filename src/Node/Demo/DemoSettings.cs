using Gantry.Primitives;

namespace Gantry.Node;

/// <summary>The settings of a demo node, by dotted path.</summary>
internal static class DemoSettings
{
    /// <summary>The rack's /56.</summary>
    public const string Subnet = "fd00:1122:3344:100::/56";

    /// <summary>The administrator's token: the same for the same seed, so that a shell keeps working over restarts. Loopback only.</summary>
    public static string Token(int seed) =>
        $"gnt_demo{GuidForm.FromText($"demo prefix {seed}").ToString("N")[..8]}_{GuidForm.FromText($"demo secret {seed}"):N}";

    public static IEnumerable<KeyValuePair<string, string>> Of(DemoOptions options, DemoPorts ports, string folder, string token) =>
    [
        new("gantry.storage.path", folder),
        new("gantry.api.external.port", $"{ports.External}"),
        new("gantry.api.internal.port", $"{ports.Internal}"),
        new("gantry.api.admin.port", $"{ports.Admin}"),
        new("gantry.bootstrap.token", token),
        new("gantry.multicast.enabled", "true"),
        new("gantry.multicast.sled_programming", "true"),
        new("gantry.racks", Rack(options, ports)),
    ];

    /// <summary>Name of a node, counted from 0.</summary>
    public static string NodeName(int number) => $"node-{number + 1}";

    /// <summary>The settings of one of several nodes; its token comes by the environment.</summary>
    public static IEnumerable<KeyValuePair<string, string>> OfNode(DemoOptions options, DemoPorts ports, int number, string connection) =>
    [
        .. Of(options, ports.Node(number), "", "").Where(s => s.Key is not ("gantry.storage.path" or "gantry.bootstrap.token" or "gantry.racks")),
        new("gantry.racks", Rack(options, ports)),
        new("gantry.storage.kind", "postgres"),
        new("gantry.storage.connection", connection),
        new("gantry.cluster.enabled", "true"),
        new("gantry.cluster.node_id", NodeName(number)),
        new("gantry.cluster.link.port", $"{ports.Node(number).Link}"),
        new("gantry.cluster.public_url", $"http://127.0.0.1:{ports.Node(number).External}"),
        new("gantry.cluster.settle", "2 s"),
        new("gantry.cluster.drain_deadline", "1 s"),
        new("gantry.host.stop_budget", "2 s"),
    ];

    private static string Rack(DemoOptions options, DemoPorts ports) =>
        $$"""
        [{
          id = "{{DemoRack.RackId(options.Seed)}}", subnet = "{{Subnet}}"
          switches = [
            { slot = 0, address = "http://127.0.0.1:{{ports.Switch(0)}}" }
            { slot = 1, address = "http://127.0.0.1:{{ports.Switch(1)}}" }
          ]
          management_gateways = ["http://127.0.0.1:{{ports.Gateway}}"]
        }]
        """;
}
