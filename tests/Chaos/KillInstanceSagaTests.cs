using System.Net;
using System.Text.Json.Nodes;
using Gantry.Sled.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Chaos;

/// <summary>
/// kill -9 after every commit of every saga of instances and sleds (vmm 4.3 to 4.8, ops 5), counted: whoever asked asks again, and in the end it is
/// as it would have been, with one guest at most at any time. Creation is in <see cref="KillPointTests"/>.
/// </summary>
[Trait("spec", "engine/8.2")]
[Trait("spec", "vmm/I8")]
public sealed class KillInstanceSagaTests
{
    private const string Name = "vm-0";

    [Fact]
    public async Task A_start_survives_a_kill_at_every_persisted_step() =>
        await OnceAsync("saga.instance-start", 8, rack => ToAsync(rack, "start", "running"), rack => ToAsync(rack, "stop", "stopped"));

    [Fact]
    public async Task A_stop_survives_a_kill_at_every_persisted_step() =>
        await OnceAsync("saga.instance-transition", 2, rack => ToAsync(rack, "stop", "stopped"), rack => ToAsync(rack, "start", "running"));

    [Fact]
    public async Task A_reboot_survives_a_kill_at_every_persisted_step() =>
        await OnceAsync("saga.instance-transition", 2, rack => ToAsync(rack, "reboot", "running"), _ => Task.CompletedTask);

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
    public async Task An_automatic_restart_survives_a_kill_at_every_persisted_step() =>
        await OnceAsync(
            "saga.instance-start", 8,
            rack => KillPointTests.HoldsAsync(rack, async () => await StateAsync(rack) == "running" && Guests(rack).Count == 1),
            async rack =>
            {
                // A fresh instance each time: the cooldown of the last restart is five minutes.
                await ToAsync(rack, "stop", "stopped");
                await KillPointTests.UntilAsync(
                    rack, () => rack.Api.TryAsync(HttpMethod.Delete, $"/v1/instances/{Name}?project=default"), HttpStatusCode.NoContent, HttpStatusCode.NotFound);
                await rack.CreateRunningInstancesAsync(1);
            },
            rack => Guests(rack).ForEach(g => g.Sled.Model.Change(g.Vmm.Id, (vmm, now) => VmmAnswer.Is(VmmMachine.End(vmm, VmmStates.Failed, now)))));

    [Fact]
    public async Task A_deletion_survives_a_kill_at_every_persisted_step() =>
        await OnceAsync(
            "instance", 1,
            async rack =>
            {
                await KillPointTests.UntilAsync(
                    rack, () => rack.Api.TryAsync(HttpMethod.Delete, $"/v1/instances/{Name}?project=default"), HttpStatusCode.NoContent, HttpStatusCode.NotFound);
                await KillPointTests.UntilAsync(
                    rack, () => rack.Api.TryAsync(HttpMethod.Get, $"/v1/instances/{Name}?project=default"), HttpStatusCode.NotFound);
            },
            async rack =>
            {
                if ((await rack.Api.ListAsync("/v1/instances?project=default")).Count == 0)
                {
                    await rack.CreateRunningInstancesAsync(1);
                }

                await ToAsync(rack, "stop", "stopped");
            });

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

    // Steps are counted by the saga's own commits: one at its start, one at each step, one at its end.
    private static async Task OnceAsync(
        string kind, int stepsMin, Func<RackUnderTest, Task> operation, Func<RackUnderTest, Task> prepare, Action<RackUnderTest>? cause = null, int sleds = 2)
    {
        await using var rack = await RackUnderTest.StartAsync(sleds);
        await rack.CreateRunningInstancesAsync(1);
        await rack.BecomeMortalAsync();
        using var over = new CancellationTokenSource();
        var twice = WatchAsync(rack, over.Token);

        var steps = await KillPointTests.KillAtEveryStepAsync(
            rack, kind,
            async _ =>
            {
                cause?.Invoke(rack);
                await operation(rack);
            },
            _ => prepare(rack));

        await over.CancelAsync();
        (await twice).ShouldBeNull();
        steps.ShouldBeGreaterThanOrEqualTo(stepsMin);
    }

    // The whole time: two guests of one instance never execute, on whatever sleds.
    private static async Task<string?> WatchAsync(RackUnderTest rack, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var running = Guests(rack).Where(g => g.Vmm.State is "running" or "rebooting" && g.Vmm.MigrationIn is null or { State: "completed" }
                && g.Vmm.MigrationOut is null).GroupBy(g => g.Vmm.InstanceId).FirstOrDefault(g => g.Count() > 1);
            if (running is not null)
            {
                return string.Join('\n', running.Select(g => $"{g.Sled.Serial}: {g.Vmm}"));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, CancellationToken.None);
        }

        return null;
    }

    private static List<(RunningSled Sled, Vmm Vmm)> Guests(RackUnderTest rack) =>
        [.. rack.Sleds.Sleds.SelectMany(s => s.Model.List().Where(v => !v.IsTerminal).Select(v => (s, v)))];

    private static async Task ToAsync(RackUnderTest rack, string verb, string state)
    {
        await KillPointTests.UntilAsync(
            rack, () => rack.Api.TryAsync(HttpMethod.Post, $"/v1/instances/{Name}/{verb}?project=default"), HttpStatusCode.Accepted);
        await KillPointTests.HoldsAsync(rack, async () => await StateAsync(rack) == state && Guests(rack).Count == (state == "stopped" ? 0 : 1));
    }

    private static Task SledWorkAsync(RackUnderTest rack, Guid sled, string verb, Func<Task<bool>> isDone) => KillPointTests.HoldsAsync(rack, async () =>
    {
        if (await isDone())
        {
            return true;
        }

        var path = $"/v1/system/hardware/sleds/{sled}";
        var generation = (long)(await rack.Api.DoAsync(HttpMethod.Get, path))!["generation"]!;
        await rack.Api.TryAsync(HttpMethod.Post, $"{path}/{verb}", ifMatch: $"\"g{generation}\"");
        return await isDone();
    });

    private static async Task<string?> StateAsync(RackUnderTest rack) =>
        (string?)(await rack.Api.DoAsync(HttpMethod.Get, $"/v1/instances/{Name}?project=default"))!["run_state"];

    private static Task<List<JsonNode>> VmmsAsync(RackUnderTest rack) => rack.Api.ListAsync("/v1/system/vmms");

    private static async Task<Guid> SledAsync(RackUnderTest rack)
    {
        foreach (var sled in rack.Sleds.Sleds)
        {
            if ((await rack.Api.ListAsync($"/v1/system/hardware/sleds/{sled.Id}/instances")).Count > 0)
            {
                return sled.Id;
            }
        }

        return Guid.Empty;
    }

    private static JsonObject Update(string group) => new()
    {
        ["ncpus"] = 1, ["memory"] = 1L << 30, ["auto_restart_policy"] = null, ["boot_disk"] = null, ["cpu_platform"] = null,
        ["enable_jumbo_frames"] = false, ["multicast_groups"] = new JsonArray(new JsonObject { ["group"] = group }),
    };
}
