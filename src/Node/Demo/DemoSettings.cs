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
        new("gantry.racks", Rack(options, ports)),
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
