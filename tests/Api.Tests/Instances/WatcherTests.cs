using System.Net;
using System.Text.Json;
using Gantry.Instances;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests.Instances;

/// <summary>Watcher and failure: scenarios 23 to 33 of vmm-sled-rack 9.</summary>
public sealed class WatcherTests
{
    [Fact]
    [Trait("spec", "vmm/23")]
    [Trait("spec", "vmm/I13")]
    public async Task A_sled_that_is_proved_off_fails_its_VMMs()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync(policy: "never");
        var vmm = await rack.VmmAsync(id);
        await rack.SetAsync(rack.SerialOf(vmm), new { Power = "A2" });

        await rack.PassAsync(TimeSpan.FromSeconds(31));

        await rack.ShowsAsync(id, "failed");
        (await EventsAsync(rack, id)).ShouldContain(e => e.Contains("sled_off", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("on")]
    [InlineData("no-gateway")]
    [InlineData("silent-gateway")]
    [Trait("spec", "vmm/24")]
    public async Task A_sled_that_only_cannot_be_reached_keeps_its_VMMs(string why)
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { HasGateway = why != "no-gateway" });
        var id = await rack.RunningAsync();
        var serial = rack.SerialOf(await rack.VmmAsync(id));
        if (why == "silent-gateway")
        {
            await rack.FaultAsync("gateway", new { Kind = "refuse" });
        }

        await rack.FaultAsync(serial, new { Kind = "refuse" });

        await rack.PassAsync(TimeSpan.FromSeconds(65));

        (await rack.StateAsync(id)).ShouldBe("running");
        await rack.HoldsAsync(() => Task.FromResult(rack.Watched.IncompleteChecks.GetValueOrDefault("unreachable") > 0), () => rack.Watched);
    }

    [Fact]
    [Trait("spec", "vmm/I13")]
    public async Task Gateways_that_contradict_each_other_prove_nothing()
    {
        using var other = new HttpListener();
        var address = $"http://127.0.0.1:{Ports.One()}/";
        other.Prefixes.Add(address);
        other.Start();
        var serving = SayOnAsync(other);
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions
        {
            Settings = new Dictionary<string, string?>(InstanceRackOptions.Release("R21")) { ["gantry:racks:0:management_gateways:1"] = address },
        });
        var id = await rack.RunningAsync();
        await rack.SetAsync(rack.SerialOf(await rack.VmmAsync(id)), new { Power = "A2" });

        // Not pushed: both gateways have to be heard, and a push leaves them no time to answer.
        rack.Watch();

        await rack.HoldsAsync(() => Task.FromResult(rack.Watched.IncompleteChecks.GetValueOrDefault("unreachable") > 0), () => rack.Watched);
        (await rack.StateAsync(id)).ShouldBe("running");
        other.Stop();
        await serving;
    }

    // A second gateway, which sees every sled of the rack in A0.
    private static async Task SayOnAsync(HttpListener gateway)
    {
        while (gateway.IsListening)
        {
            try
            {
                var call = await gateway.GetContextAsync();
                var slot = call.Request.Url!.Segments[^1]; // a request has one
                var one = $$"""{"type":"sled","slot":{{slot}},"part_number":"913-0000019","serial_number":"BRM{{slot}}","power_state":"A0"}""";
                var body = System.Text.Encoding.UTF8.GetBytes(slot == "sp" ? "[]" : one);
                call.Response.ContentType = "application/json";
                await call.Response.OutputStream.WriteAsync(body);
                call.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    [Fact]
    [Trait("spec", "vmm/25")]
    public async Task A_slot_that_holds_another_sled_now_proves_nothing()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        var serial = rack.SerialOf(await rack.VmmAsync(id));

        await rack.SetAsync(serial, new { Power = "A2", SpSerial = "BRM99" });
        await rack.PassAsync(TimeSpan.FromSeconds(65)); // two runs of the watcher, one on the inventory of before and one on that of after

        (await rack.StateAsync(id)).ShouldBe("running");
        await rack.HoldsAsync(() => Task.FromResult(rack.Watched.IncompleteChecks.GetValueOrDefault("unreachable") > 0), () => rack.Watched);
    }

    [Fact]
    [Trait("spec", "vmm/I13")]
    public async Task A_sled_presumed_dead_that_comes_back_with_a_live_guest_is_told_to_end_it()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        var vmm = await rack.VmmAsync(id);
        var serial = rack.SerialOf(vmm);

        // Placement does not look at health (vmm 4.9): so that the restart is on the other sled for sure.
        await rack.Admin.PutAsync($"/v1/system/hardware/sleds/{rack.SledOf(serial).Id}/provision-policy", new { State = "non_provisionable" }).Expect(200);
        await rack.SetAsync(serial, new { Power = "A2" }); // a lie: the guest runs on behind a closed port
        await rack.PassAsync(TimeSpan.FromSeconds(31));
        await rack.HoldsAsync(async () => (await rack.VmmsAsync(id)).Any(v => v.Text("state") == "starting" && rack.SerialOf(v) != serial));
        (await rack.OnSledAsync(serial)).ShouldNotBeEmpty();

        await rack.SetAsync(serial, new { Power = "A0" });

        await rack.HoldsAsync(async () =>
        {
            await rack.PassAsync(TimeSpan.FromSeconds(1));
            return (await rack.OnSledAsync(serial)).Count == 0;
        });
        (await rack.StateAsync(id)).ShouldBe("starting");
    }

    [Fact]
    [Trait("spec", "vmm/14")]
    public async Task A_sled_that_denies_a_VMM_it_runs_is_told_to_end_it_before_another_is_started()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        var vmm = await rack.VmmAsync(id);
        var serial = rack.SerialOf(vmm);
        await rack.StatusFaultAsync(serial, "GET", "/vmms/*", 404, "NO_SUCH_INSTANCE", count: 1);

        await rack.RingAsync(vmm.Text("id")!);

        await rack.HoldsAsync(async () => (await rack.VmmsAsync(id)).Any(v => v.Text("id") != vmm.Text("id") && v.Text("state") == "starting"));
        (await rack.OnSledAsync(serial)).ShouldNotContain(v => v.Text("id") == vmm.Text("id"));
        (await EventsAsync(rack, id)).ShouldContain(e => e.Contains("no_such_instance", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("spec", "vmm/26")]
    public async Task At_most_sixteen_checks_run_at_once_over_all_sleds()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Mode = "auto", Sleds = 4, WatcherPeriodSecs = 3_600 });
        var ids = await Task.WhenAll(Enumerable.Range(0, 40).Select(n => rack.CreateAsync(1, name: $"one-{n:00}")));
        foreach (var id in ids)
        {
            await rack.ShowsAsync(id, "running");
        }

        // What is counted is what the watcher does: it keeps away until it is asked for, and the pulls that were owed are over.
        foreach (var sled in rack.Sleds.Sleds)
        {
            await rack.FaultAsync(sled.Serial, new { Kind = "ring_drop" });
        }

        foreach (var vmm in await rack.Admin.ListAsync("/v1/system/vmms"))
        {
            await rack.PulledAsync(vmm.Text("id")!);
        }

        foreach (var sled in rack.Sleds.Sleds)
        {
            await rack.FaultAsync(sled.Serial, new { Kind = "black_hole", Match = new { Method = "GET", Path = "/vmms/*" } });
        }

        var gets = await GetsAsync(rack);
        rack.Watch();

        // The bound is each node's own: on several it is at most as many times that (vmm 3.9 is about one).
        await rack.HoldsAsync(async () => await GetsAsync(rack) >= gets + 16);
        await rack.PassAsync(TimeSpan.FromSeconds(5));
        (await GetsAsync(rack)).ShouldBeInRange(gets + 16, gets + (16 * TestCluster.Nodes));
    }

    [Fact]
    [Trait("spec", "vmm/26")]
    public async Task One_check_that_hangs_stops_no_other()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Mode = "auto", Threads = 64, WatcherPeriodSecs = 3_600 });
        var ids = await Task.WhenAll(Enumerable.Range(0, 100).Select(n => rack.CreateAsync(1, name: $"one-{n:000}")));
        foreach (var id in ids)
        {
            await rack.ShowsAsync(id, "running");
        }

        var hung = await rack.VmmAsync(ids[0]);
        await rack.FaultAsync(rack.SerialOf(hung), new { Kind = "black_hole", Match = new { Method = "GET", Object = hung.Text("id") } });
        foreach (var serial in (string[])[InstanceRack.A, InstanceRack.B])
        {
            await rack.FaultAsync(serial, new { Kind = "ring_drop" });
        }

        var generations = await GenerationsAsync(rack);
        await Task.WhenAll(ids.Skip(1).Select(id => rack.DoAsync(id, "reboot").Expect(202)));
        await rack.HoldsAsync(async () =>
        {
            await rack.PassAsync(TimeSpan.FromSeconds(1)); // what hangs ends after its minute
            rack.Watch(); // again and again: a reboot takes its sled a moment
            var now = await GenerationsAsync(rack);
            return now.Count(g => g.Value > generations.GetValueOrDefault(g.Key)) == 99 && await AllRunAsync(rack, ids);
        });
    }

    [Theory]
    [InlineData("reboot")]
    [InlineData("stop")]
    [Trait("spec", "vmm/27")]
    [Trait("spec", "vmm/28")]
    [Trait("spec", "vmm/I18")]
    public async Task A_restarted_sled_has_lost_its_VMMs_and_the_user_reads_it_at_once(string verb)
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        await rack.RestartAsync(rack.SerialOf(await rack.VmmAsync(id)));

        var answer = await rack.DoAsync(id, verb);

        answer.ExpectFailure(503, null);
        (await rack.StateAsync(id)).ShouldBeOneOf("failed", "starting");
        if (verb == "stop")
        {
            await rack.PassAsync(TimeSpan.FromMinutes(7));
            (await rack.StateAsync(id)).ShouldBe("failed");
        }
        else
        {
            await rack.ShowsAsync(id, "starting");
        }
    }

    [Theory]
    [InlineData(500, null, 500, "Internal")]
    [InlineData(503, "INSTANCE_CHANNEL_FULL", 503, "ServiceNotAvailable")]
    [InlineData(410, "NO_SUCH_INSTANCE", 400, "InvalidRequest")]
    [InlineData(404, null, 400, "InvalidRequest")]
    [InlineData(409, null, 400, "InvalidRequest")]
    [Trait("spec", "vmm/29")]
    public async Task What_a_sled_answers_to_a_reboot_is_told_as_the_table_says(int status, string? code, int told, string errorCode)
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        await rack.StatusFaultAsync(rack.SerialOf(await rack.VmmAsync(id)), "PUT", "/vmms/*", status, code);

        (await rack.DoAsync(id, "reboot")).ExpectFailure(told, errorCode);

        (await rack.StateAsync(id)).ShouldBe("running");
    }

    [Fact]
    [Trait("spec", "vmm/29")]
    public async Task A_sled_that_refuses_connections_is_502()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        await rack.FaultAsync(rack.SerialOf(await rack.VmmAsync(id)), new { Kind = "refuse" });

        (await rack.DoAsync(id, "stop")).ExpectFailure(502, "Internal");

        (await rack.StateAsync(id)).ShouldBe("running");
    }

    [Fact]
    [Trait("spec", "vmm/30")]
    public async Task With_policy_never_a_lost_instance_stays_failed_and_does_what_the_user_says()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await LostAsync(rack, "never");
        await rack.PassAsync(TimeSpan.FromMinutes(2));
        (await rack.StateAsync(id)).ShouldBe("failed");

        await rack.DoAsync(id, "start").Expect(202);
        await rack.ShowsAsync(id, "starting");

        var other = await LostAsync(rack, "never");
        await rack.DoAsync(other, "stop").Expect(202);
        (await rack.StateAsync(other)).ShouldBe("stopped");
        var third = await LostAsync(rack, "never");
        await rack.Admin.DeleteAsync($"/v1/instances/{third}").Expect(204);
    }

    [Fact]
    [Trait("spec", "vmm/31")]
    public async Task A_second_failure_within_the_cooldown_waits_for_its_end()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await LostAsync(rack, null);
        await rack.HoldsAsync(async () => (await rack.VmmsAsync(id)).Any(v => v.Text("state") == "starting"));
        var restarted = (await rack.ShowAsync(id)).GetProperty("time_last_auto_restarted").GetDateTimeOffset();
        await rack.PassAsync(TimeSpan.FromSeconds(60));
        var second = (await rack.VmmsAsync(id)).First(v => v.Text("state") == "starting");
        await rack.PokeAsync(second);
        await rack.ShowsAsync(id, "running");
        await rack.HappensAsync(rack.SerialOf(second), "hypervisor_crash", second);
        await rack.ShowsAsync(id, "failed");

        // Well before the end of the five minutes: real time flows besides.
        await rack.PassAsync(restarted.AddSeconds(220) - rack.Clock.GetUtcNow());
        (await rack.StateAsync(id)).ShouldBe("failed");

        await rack.PassAsync(restarted.AddSeconds(365) - rack.Clock.GetUtcNow());
        await rack.ShowsAsync(id, "starting");
    }

    [Fact]
    [Trait("spec", "vmm/32")]
    public async Task A_guest_that_shuts_itself_down_is_stopped_and_stays_so()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        var vmm = await rack.VmmAsync(id);

        await rack.HappensAsync(rack.SerialOf(vmm), "guest_shutdown", vmm);

        await rack.ShowsAsync(id, "stopped");
        await rack.PassAsync(TimeSpan.FromSeconds(130));
        (await rack.StateAsync(id)).ShouldBe("stopped");
    }

    [Fact]
    [Trait("spec", "vmm/33")]
    public async Task Without_room_a_failed_instance_is_tried_again_every_minute()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        foreach (var sled in rack.Sleds.Sleds)
        {
            await rack.Admin.PutAsync($"/v1/system/hardware/sleds/{sled.Id}/provision-policy", new { State = "non_provisionable" }).Expect(200);
        }

        var vmm = await rack.VmmAsync(id);
        await rack.HappensAsync(rack.SerialOf(vmm), "hypervisor_crash", vmm);
        await rack.ShowsAsync(id, "failed");
        await rack.PassAsync(TimeSpan.FromSeconds(125));

        var now = await rack.ShowAsync(id);
        now.Text("run_state").ShouldBe("failed");
        now.GetProperty("time_last_auto_restarted").ValueKind.ShouldBe(JsonValueKind.Null);
        rack.Node.OfEach<RestartReports>().Sum(r => r.RestartErrors).ShouldBeGreaterThanOrEqualTo(2);
        var failed = (await rack.EventsAsync(id)).Where(e => e.Text("what") == "start-failed").ToList();
        failed.ShouldHaveSingleItem().Text("detail")!.ShouldStartWith("NoSledFits"); // told once, tried many times

        await rack.Admin.PutAsync(
            $"/v1/system/hardware/sleds/{rack.Sleds.Sleds[0].Id}/provision-policy", new { State = "provisionable" }).Expect(200);
        await rack.PassAsync(TimeSpan.FromSeconds(62));
        await rack.ShowsAsync(id, "starting");
    }

    private static async Task<long> GetsAsync(InstanceRack rack)
    {
        var sum = 0L;
        foreach (var sled in rack.Sleds.Sleds)
        {
            sum += await rack.GetsAsync(sled.Serial);
        }

        return sum;
    }

    private static async Task<Dictionary<string, long>> GenerationsAsync(InstanceRack rack) =>
        (await rack.Admin.ListAsync("/v1/system/vmms")).ToDictionary(v => v.Text("id")!, v => v.GetProperty("gen").GetInt64());

    private static async Task<bool> AllRunAsync(InstanceRack rack, IEnumerable<string> ids)
    {
        foreach (var id in ids)
        {
            if (await rack.StateAsync(id) != "running")
            {
                return false;
            }
        }

        return true;
    }

    private static async Task<string> LostAsync(InstanceRack rack, string? policy)
    {
        var id = await rack.RunningAsync(policy: policy);
        var vmm = (await rack.VmmsAsync(id)).First(v => v.Text("state") == "running");
        await rack.HappensAsync(rack.SerialOf(vmm), "hypervisor_crash", vmm);
        await rack.HoldsAsync(async () => await rack.FindVmmAsync(vmm.Text("id")!) is null);
        return id;
    }

    private static async Task<List<string>> EventsAsync(InstanceRack rack, string id) => [.. (await rack.EventsAsync(id)).Select(e => e.Text("detail")!)];
}
