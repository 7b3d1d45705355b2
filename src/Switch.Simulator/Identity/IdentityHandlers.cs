using System.Text.Json.Nodes;

namespace Gantry.Switch.Simulator;

/// <summary>Who the switch is, how long it runs, and where its rear ports lead.</summary>
internal static class IdentityHandlers
{
    private const string DaemonVersion = "0.2.0";

    public static SimAnswer Identifiers(SimCall call) => call.Request.Now < call.State.IdentifiersFrom
        ? throw DaemonException.Busy()
        : new SimAnswer(200, new JsonObject
        {
            ["sidecar_id"] = call.State.SidecarId.ToString(),
            ["asic_backend"] = "tofino_asic",
            ["fab"] = null,
            ["lot"] = null,
            ["lotnum"] = null,
            ["wafer"] = null,
            ["wafer_loc"] = null,
            ["fuse"] = null,
            ["model"] = "913-0000006",
            ["revision"] = 3,
            ["serial"] = $"SIMSWITCH{call.State.Slot:00}",
            ["slot"] = call.State.Slot,
        });

    public static SimAnswer BuildInfo(SimCall call) => new(200, new JsonObject
    {
        ["version"] = DaemonVersion,
        ["git_sha"] = "0000000000000000000000000000000000000000",
        ["git_commit_timestamp"] = "2026-08-21T00:00:00Z",
        ["git_branch"] = "simulated",
        ["rustc_semver"] = "0.0.0",
        ["rustc_channel"] = "none",
        ["rustc_host_triple"] = "simulated",
        ["rustc_commit_sha"] = "0000000000000000000000000000000000000000",
        ["cargo_triple"] = "simulated",
        ["debug"] = false,
        ["opt_level"] = 3,
        ["sde_commit_sha"] = "0000000000000000000000000000000000000000",
    });

    public static SimAnswer Version(SimCall call) => new(200, DaemonVersion);

    public static SimAnswer Uptime(SimCall call) => new(200, Math.Max(0, (long)(call.Request.Now - call.State.Started).TotalSeconds));

    public static SimAnswer BackplaneMap(SimCall call) => new(200, new JsonObject(
        PortName.All.Where(p => p.Kind == PortKind.Rear).Select(p => KeyValuePair.Create(p.ToString(), (JsonNode?)Backplane(p)))));

    public static SimAnswer BackplaneLink(SimCall call)
    {
        if (call.Port(0) is { Kind: PortKind.Rear } port)
        {
            return new SimAnswer(200, Backplane(port));
        }

        if (call.State.Mode == SwitchMode.Strict)
        {
            throw DaemonException.Missing();
        }

        // K15: the real daemon does not survive the question.
        call.State = call.State.Restarted(call.Request.Now);
        return SimAnswer.Crash;
    }

    // Which cable leg leads to which cubby is wiring of the real chassis; here only the cubby is meaningful.
    private static JsonObject Backplane(PortName port) => new()
    {
        ["tofino_connector"] = port.Number,
        ["sidecar_leg"] = port.Number % 2 == 0 ? "A" : "C",
        ["sidecar_connector"] = port.Number / 4,
        ["backplane_leg"] = "ABCD"[port.Number % 4].ToString(),
        ["cubby"] = port.Number,
    };
}
