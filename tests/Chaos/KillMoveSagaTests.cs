using System.Net;
using System.Text.Json.Nodes;
using Xunit;
using static Gantry.Chaos.SagaKills;

namespace Gantry.Chaos;

/// <summary><see cref="SagaKills"/> of what moves instances, changes their memberships, or empties a sled.</summary>
[Trait("spec", "engine/8.2")]
[Trait("spec", "vmm/I8")]
public sealed class KillMoveSagaTests
{
    [Fact]
    public async Task A_migration_survives_a_kill_at_every_persisted_step()
    {
        var to = Guid.Empty;
        await OnceAsync(
            "saga.instance-migrate", 7,
            async rack =>
            {
                await KillPointTests.HoldsAsync(rack, async () =>
                {
                    // Asked again as long as it is where it was: a try that came to nothing was unwound.
                    await rack.Api.TryAsync(HttpMethod.Post, $"/v1/instances/{Name}/migrate?project=default", new JsonObject { ["dst_sled_id"] = to });
                    return await StateAsync(rack) == "running" && await SledAsync(rack) == to;
                });
            },
            async rack =>
            {
                await KillPointTests.HoldsAsync(rack, async () => await StateAsync(rack) == "running" && (await VmmsAsync(rack)).Count == 1);
                var from = await SledAsync(rack);
                to = rack.Sleds.Sleds.First(s => s.Id != from).Id;
            });
    }

    [Fact]
    public async Task A_replacement_of_memberships_survives_a_kill_at_every_persisted_step()
    {
        var round = 0;
        await OnceAsync(
            "saga.instance-memberships", 1,
            async rack =>
            {
                var address = $"239.2.0.{round}";
                await KillPointTests.UntilAsync(
                    rack, () => rack.Api.TryAsync(HttpMethod.Put, $"/v1/instances/{Name}?project=default", Update(address)), HttpStatusCode.OK);
                await KillPointTests.HoldsAsync(rack, async () => (await rack.MembershipsAsync(Name)).SequenceEqual([address]));
            },
            async rack =>
            {
                if (++round == 1)
                {
                    await rack.CreatePoolAsync("mcast-asm", "239.2.0.1", "239.2.0.250");
                }
            });
    }

    [Fact]
    public async Task A_drain_survives_a_kill_at_every_persisted_step()
    {
        var from = Guid.Empty;
        await OnceAsync(
            "saga.sled-drain", 2,
            rack => SledWorkAsync(rack, from, "drain", async () => await StateAsync(rack) == "running" && await SledAsync(rack) != from),
            async rack =>
            {
                await KillPointTests.HoldsAsync(rack, async () => await StateAsync(rack) == "running" && (await VmmsAsync(rack)).Count == 1);
                foreach (var sled in rack.Sleds.Sleds)
                {
                    await rack.Api.TryAsync(
                        HttpMethod.Put, $"/v1/system/hardware/sleds/{sled.Id}/provision-policy", new JsonObject { ["state"] = "provisionable" });
                }

                from = await SledAsync(rack);
            });
    }

    [Fact]
    public async Task A_removal_survives_a_kill_at_every_persisted_step()
    {
        var gone = new Queue<Guid>();
        await OnceAsync(
            "saga.sled-remove", 5,
            rack => SledWorkAsync(rack, gone.Peek(), "remove", async () =>
                (string?)(await rack.Api.DoAsync(HttpMethod.Get, $"/v1/system/hardware/sleds/{gone.Peek()}"))!["policy"]!["kind"] == "expunged"),
            async rack =>
            {
                if (gone.Count == 0)
                {
                    JsonObject[] members = [.. Enumerable.Range(90, 3).Select(n => new JsonObject { ["part_number"] = "sim-gimlet", ["serial_number"] = $"SLED{n}" })];
                    await rack.Lockstep.DoAsync(HttpMethod.Put, $"/racks/{rack.Id}/initialization-complete", new JsonObject
                    {
                        ["rack_subnet"] = "fd00:1122:3344:100::/56",
                        ["initial_trust_quorum_configuration"] = new JsonObject
                        {
                            ["members"] = new JsonArray([.. members.Select(m => m.DeepClone())]), ["coordinator"] = members[0],
                        },
                    });
                }
                else
                {
                    gone.Dequeue();
                }

                var here = await SledAsync(rack);
                var kept = (await rack.Api.ListAsync("/v1/system/hardware/sleds")).Select(s => Guid.Parse((string)s["id"]!)).ToList();
                gone.Enqueue(kept.First(s => s != here)); // an empty one: migrations have their own test
            },
            sleds: 12);
    }
}
