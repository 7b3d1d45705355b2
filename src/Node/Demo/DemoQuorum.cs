using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Inventory;
using Gantry.Primitives;
using Gantry.Sled.Simulator;

namespace Gantry.Node;

/// <summary>Sets the rack's quorum up as the setup sled does, hands it over, and waits until every member unlocked its disks.</summary>
internal static class DemoQuorum
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    public static async Task FormAsync(
        DemoApi api, IEntities entities, DemoScreen screen, DemoRack rack, Guid id, TimeProvider time, CancellationToken ct)
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
            await HandOverAsync(entities, id, new RackCreated(formed, coordinator), ct).ConfigureAwait(false);
            while (await api.FindAsync($"{path}/membership", ct).ConfigureAwait(false) is null)
            {
                await Task.Delay(Look, time, ct).ConfigureAwait(false);
            }
        }

        // A kept folder may hold a rack that grew or shrank since.
        await UnlockedAsync(await MembersAsync(api, path, rack, ct).ConfigureAwait(false), time, ct).ConfigureAwait(false);
        var progress = await api.GetAsync($"{path}/membership/progress", ct).ConfigureAwait(false);
        screen.Tick(
            "quorum", $"epoch {progress["epoch"]} {progress["state"]}, K={progress["threshold"]} Z={progress["commit_crash_tolerance"]}, all unlocked");
    }

    // Rack setup hands over on the admin listener, which is not an operator's; the demo's setup sled is in this process.
    private static async Task HandOverAsync(IEntities entities, Guid rack, RackCreated quorum, CancellationToken ct)
    {
        var outcome = await entities.AskAsync(
            Addresses.Rack(RackId.From(rack)),
            new FoundRack(DemoSettings.Subnet, quorum),
            new AskOptions
            {
                Key = CommandKey.Fresh(SystemRandomSource.Instance),
                Deadline = TimeSpan.FromSeconds(10),
                Caller = new Principal(PrincipalKind.Host, "rack setup"),
            },
            ct).ConfigureAwait(false);
        if (outcome is not Outcome<Done>.Accepted)
        {
            throw new DemoFailedException($"the quorum was not taken over: {outcome}");
        }
    }

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
