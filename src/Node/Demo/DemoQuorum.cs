using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Gantry.Contracts;
using Gantry.Primitives;
using Gantry.Sled.Simulator;

namespace Gantry.Node;

/// <summary>Sets the rack's quorum up as the setup sled does, hands it over, and waits until every member unlocked its disks.</summary>
internal static class DemoQuorum
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    public static async Task FormAsync(
        DemoApi api, DemoApi admin, DemoScreen screen, DemoRack rack, Guid id, TimeProvider time, CancellationToken ct)
    {
        var path = $"/v1/system/hardware/racks/{id}";
        var members = rack.Sleds.Sleds[..^1];
        if (members.Length < 3)
        {
            return; // too few sleds for a quorum
        }

        var present = await api.FindAsync($"{path}/membership", ct).ConfigureAwait(false);
        if (present is null && rack.IsLrtq)
        {
            screen.Tick("quorum", "older scheme: gantry quorum upgrade-lrtq");
            return;
        }

        if (present is null)
        {
            var (formed, coordinator) = await RackSetup.FormAsync(members, id, time, ct).ConfigureAwait(false);
            await HandOverAsync(admin, id, new RackCreated(formed, coordinator), ct).ConfigureAwait(false);
            var start = time.GetTimestamp();
            while (await api.FindAsync($"{path}/membership", ct).ConfigureAwait(false) is null)
            {
                if (time.GetElapsedTime(start) > Patience)
                {
                    throw new DemoFailedException($"the quorum that was handed over is not recorded after {Patience.TotalSeconds:0} s");
                }

                await Task.Delay(Look, time, ct).ConfigureAwait(false);
            }
        }

        // A kept folder may hold a rack that grew or shrank since.
        await UnlockedAsync(await MembersAsync(api, path, rack, ct).ConfigureAwait(false), time, ct).ConfigureAwait(false);
        var progress = await api.GetAsync($"{path}/membership/progress", ct).ConfigureAwait(false);
        screen.Tick(
            "quorum", $"epoch {progress["epoch"]} {progress["state"]}, K={progress["threshold"]} Z={progress["commit_crash_tolerance"]}, all unlocked");
    }

    // Rack setup hands over on the admin listener (vmm 1.9).
    private static Task HandOverAsync(DemoApi admin, Guid rack, RackCreated quorum, CancellationToken ct) => admin.EnsureAsync(
        HttpMethod.Put,
        $"/racks/{rack}/initialization-complete",
        new JsonObject
        {
            ["rack_subnet"] = DemoSettings.Subnet,
            ["initial_trust_quorum_configuration"] = new JsonObject
            {
                ["members"] = new JsonArray([.. quorum.Members.Select(Board)]),
                ["coordinator"] = Board(quorum.Coordinator),
            },
        },
        ct);

    private static JsonObject Board(BaseboardId id) => new() { ["part_number"] = id.PartNumber, ["serial_number"] = id.SerialNumber };

    private static async Task<ImmutableArray<RunningSled>> MembersAsync(DemoApi api, string path, DemoRack rack, CancellationToken ct)
    {
        var membership = await api.GetAsync($"{path}/membership", ct).ConfigureAwait(false);
        var serials = membership["members"]!.AsArray().Select(m => (string?)m!["serial_number"]).ToHashSet(); // a membership has members
        return [.. rack.Sleds.Sleds.Where(s => serials.Contains(s.Serial))];
    }

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
