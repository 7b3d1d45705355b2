using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Gantry.Primitives;
using Gantry.Sled.Simulator;

namespace Gantry.Node;

/// <summary>Sets the rack's quorum up as the setup sled does, hands it over, and waits until every member unlocked its disks.</summary>
internal static class DemoQuorum
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    public static async Task FormAsync(DemoApi api, DemoScreen screen, DemoRack rack, Guid id, TimeProvider time, CancellationToken ct)
    {
        var path = $"/v1/system/hardware/racks/{id}";
        var members = rack.Sleds.Sleds[..^1];
        if (members.Length < 3)
        {
            return; // too few sleds for a quorum
        }

        if (await api.FindAsync($"{path}/membership", ct).ConfigureAwait(false) is null)
        {
            var (formed, coordinator) = await RackSetup.FormAsync(members, id, time, ct).ConfigureAwait(false);
            await api.EnsureAsync(HttpMethod.Put, $"{path}/initialization-complete", Handover(formed, coordinator), ct).ConfigureAwait(false);
        }

        await UnlockedAsync(members, time, ct).ConfigureAwait(false);
        var progress = await api.GetAsync($"{path}/membership/progress", ct).ConfigureAwait(false);
        screen.Tick(
            "quorum", $"epoch {progress["epoch"]} {progress["state"]}, K={progress["threshold"]} Z={progress["commit_crash_tolerance"]}, all unlocked");
    }

    private static JsonObject Handover(ImmutableArray<BaseboardId> members, BaseboardId coordinator) => new()
    {
        ["rack_subnet"] = "fd00:1122:3344:100::/56",
        ["initial_trust_quorum_configuration"] = new JsonObject
        {
            ["members"] = new JsonArray([.. members.Select(m => (JsonNode)Sled(m))]),
            ["coordinator"] = Sled(coordinator),
        },
    };

    private static JsonObject Sled(BaseboardId id) => new() { ["part_number"] = id.PartNumber, ["serial_number"] = id.SerialNumber };

    private static async Task UnlockedAsync(ImmutableArray<RunningSled> members, TimeProvider time, CancellationToken ct)
    {
        var start = time.GetTimestamp();
        while (members.FirstOrDefault(m => m.Quorum?.UnlockedEpoch is null) is { } locked)
        {
            if (time.GetElapsedTime(start) > Patience)
            {
                throw new DemoFailedException($"sled {locked.Serial} has not unlocked its disks after {Patience.TotalSeconds:0} s");
            }

            await Task.Delay(Look, time, ct).ConfigureAwait(false);
        }
    }
}
