using System.Globalization;
using System.Net;
using System.Text.Json;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests.Instances;

/// <summary>State and doorbell: scenarios 1 to 22 of vmm-sled-rack 9.</summary>
public sealed class DoorbellTests
{
    private const string Unknown = "0a0a0a0a-0000-4000-8000-000000000001";

    [Fact]
    [Trait("spec", "vmm/1")]
    public async Task A_new_instance_is_starting_and_runs_after_its_hypervisor_says_so()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.CreateAsync();
        var before = await rack.ShowAsync(id);
        before.Text("run_state").ShouldBe("starting");

        await rack.PokeAsync(await rack.VmmAsync(id));

        var after = await rack.ShowsAsync(id, "running");
        after.GetProperty("time_run_state_updated").GetDateTimeOffset().ShouldBeGreaterThan(before.GetProperty("time_run_state_updated").GetDateTimeOffset());
    }

    [Fact]
    [Trait("spec", "vmm/2")]
    [Trait("spec", "vmm/I11")]
    public async Task One_change_makes_one_ring_one_look_and_the_new_generation()
    {
        await using var rack = await InstanceRack.StartAsync();
        var vmm = await rack.VmmAsync(await rack.RunningAsync());
        var serial = rack.SerialOf(vmm);
        var gets = await rack.GetsAsync(serial);
        var generation = vmm.GetProperty("gen").GetInt64();

        await rack.AskSledAsync(vmm, "reboot"); // behind the control plane's back

        await rack.HoldsAsync(async () => (await rack.VmmAsync(vmm.Text("instance_id")!)).GetProperty("gen").GetInt64() == generation + 1);
        (await rack.GetsAsync(serial)).ShouldBe(gets + 1);
    }

    [Fact]
    [Trait("spec", "vmm/3")]
    public async Task Rings_during_a_pull_are_answered_at_once_and_make_one_more_pull()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { WatcherPeriodSecs = 3_600 });
        var vmm = await rack.VmmAsync(await rack.RunningAsync());
        var serial = rack.SerialOf(vmm);
        var gets = await rack.GetsAsync(serial);
        await rack.FaultAsync(serial, new { Kind = "slow", Count = 1, Match = new { Method = "GET", Path = "/vmms/*" }, Params = new { DelayMs = 30_000 } });
        (await rack.RingAsync(vmm.Text("id")!)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await rack.HoldsAsync(async () => await rack.GetsAsync(serial) == gets + 1);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => rack.RingAsync(vmm.Text("id")!)));

        answers.ShouldAllBe(a => a.StatusCode == HttpStatusCode.NoContent);
        (await rack.GetsAsync(serial)).ShouldBe(gets + 1, "the pull that was open is still open");
        await rack.PassAsync(TimeSpan.FromSeconds(30));
        await rack.HoldsAsync(async () => await rack.GetsAsync(serial) >= gets + 2);
        await rack.PulledAsync(vmm.Text("id")!);
        (await rack.GetsAsync(serial)).ShouldBe(gets + 2);
    }

    [Fact]
    [Trait("spec", "vmm/4")]
    public async Task At_most_sixteen_looks_are_open_at_one_sled_and_all_end_up_current()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Sleds = 1, Threads = 64 });
        var ids = await Task.WhenAll(Enumerable.Range(0, 40).Select(n => rack.CreateAsync(1, name: $"one-{n:00}")));
        await rack.FaultAsync(InstanceRack.A, new { Kind = "slow", Match = new { Method = "GET", Path = "/vmms/*" }, Params = new { DelayMs = 30_000 } });
        var vmms = await rack.Admin.ListAsync("/v1/system/vmms");

        await Task.WhenAll(vmms.Select(v => rack.PokeAsync(v)));
        await rack.HoldsAsync(async () => await OpenMaxAsync() >= 16);
        await rack.HealAsync(InstanceRack.A);
        await rack.PassAsync(TimeSpan.FromSeconds(31));

        foreach (var id in ids)
        {
            await rack.ShowsAsync(id, "running");
        }

        (await OpenMaxAsync()).ShouldBeLessThanOrEqualTo(16 * TestCluster.Nodes); // each node has its own way to a sled

        async Task<long> OpenMaxAsync() =>
            (await rack.SledAsync(InstanceRack.A)).GetProperty("traffic").GetProperty("state_gets_open_max").GetInt64();
    }

    [Fact]
    [Trait("spec", "vmm/5")]
    public async Task A_ring_for_an_unknown_VMM_is_404_and_asks_no_sled()
    {
        await using var rack = await InstanceRack.StartAsync();

        var answer = await rack.RingAsync(Unknown);

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await answer.JsonAsync()).Text("error_code").ShouldBe("ObjectNotFound");
        (await rack.GetsAsync(InstanceRack.A)).ShouldBe(0);
        (await rack.RingAsync("not-a-uuid")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    [Trait("spec", "vmm/6")]
    public async Task A_ring_for_a_VMM_that_is_torn_down_is_404_and_its_sled_drops_it()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        var vmm = await rack.VmmAsync(id);
        var serial = rack.SerialOf(vmm);
        await rack.StatusFaultAsync(serial, "DELETE", "/vmms/*", 500, count: 1);
        await rack.DoAsync(id, "stop").Expect(202);
        await rack.PokeAsync(vmm);
        await rack.ShowsAsync(id, "stopped");
        await rack.HoldsAsync(async () => await rack.FindVmmAsync(vmm.Text("id")!) is null);

        var answer = await rack.RingAsync(vmm.Text("id")!);

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await answer.JsonAsync()).Text("error_code").ShouldBe("ObjectNotFound");
        await rack.HoldsAsync(async () => (await rack.OnSledAsync(serial)).Count == 0);
    }

    [Fact]
    [Trait("spec", "vmm/7")]
    [Trait("spec", "vmm/I10")]
    public async Task A_slow_sled_does_not_slow_the_answer_to_its_ring()
    {
        await using var rack = await InstanceRack.StartAsync();
        var vmm = await rack.VmmAsync(await rack.RunningAsync());
        await rack.FaultAsync(rack.SerialOf(vmm), new { Kind = "slow", Match = new { Method = "GET" }, Params = new { DelayMs = 600_000 } });

        // Waiting for the sled would take ten minutes.
        var answer = await rack.RingAsync(vmm.Text("id")!).WaitAsync(InstanceRack.Patience);

        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await rack.PullsAsync(vmm.Text("id")!); // after the answer the sled still has not said anything
    }

    [Fact]
    [Trait("spec", "vmm/8")]
    public async Task A_clean_stop_ends_stopped_and_is_handed_over()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        var vmm = await rack.VmmAsync(id);

        await rack.DoAsync(id, "stop").Expect(202);
        (await rack.StateAsync(id)).ShouldBe("stopping");
        await rack.PokeAsync(vmm);

        await rack.ShowsAsync(id, "stopped");
        await rack.HoldsAsync(async () => (await rack.SledStateAsync(vmm)).Status == 404);
        (await rack.SledStateAsync(vmm)).Body.Text("error_code").ShouldBe("NO_SUCH_INSTANCE");
        (await rack.EventsAsync(id)).ShouldNotContain(e => e.Text("detail")!.Contains("failed", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("spec", "vmm/9")]
    public async Task What_ended_while_the_control_plane_was_down_is_read_when_it_is_back()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { IsDurable = true });
        var id = await rack.RunningAsync();
        var vmm = await rack.VmmAsync(id);

        await rack.RestartNodeAsync(async () =>
        {
            await rack.HappensAsync(rack.SerialOf(vmm), "guest_shutdown", vmm);
            await rack.PassAsync(TimeSpan.FromMinutes(10));
        });

        await rack.ShowsAsync(id, "stopped");
        await rack.HoldsAsync(async () => (await rack.SledStateAsync(vmm)).Status == 404);
    }

    [Fact]
    [Trait("spec", "vmm/10")]
    [Trait("spec", "vmm/I12")]
    public async Task Without_any_ring_the_watcher_finds_the_end_that_the_sled_kept()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        var vmm = await rack.VmmAsync(id);
        await rack.FaultAsync(rack.SerialOf(vmm), new { Kind = "ring_drop" });
        await rack.DoAsync(id, "stop").Expect(202);
        await rack.PokeAsync(vmm);
        (await rack.StateAsync(id)).ShouldBe("stopping");

        await rack.PassAsync(TimeSpan.FromSeconds(31));

        await rack.ShowsAsync(id, "stopped");
    }

    [Fact]
    [Trait("spec", "vmm/11")]
    [Trait("spec", "vmm/12")]
    [Trait("spec", "vmm/I2")]
    [Trait("spec", "vmm/I9")]
    public async Task Only_a_higher_generation_changes_anything()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Settings = InstanceRackOptions.Release("R19") });
        await rack.SetAsync(InstanceRack.A, new { Personality = "R19" });
        await rack.SetAsync(InstanceRack.B, new { Personality = "R19" });
        var id = await rack.RunningAsync();
        var vmm = await rack.VmmAsync(id);
        var generation = vmm.GetProperty("gen").GetInt64();

        (await rack.PutAsync(vmm.Text("id")!, State("failed", generation))).Status.ShouldBe(204);
        (await rack.PutAsync(vmm.Text("id")!, State("rebooting", generation + 5))).Status.ShouldBe(204);
        (await rack.PutAsync(vmm.Text("id")!, State("destroyed", generation + 4))).Status.ShouldBe(204);

        var now = await rack.VmmAsync(id);
        now.Text("state").ShouldBe("rebooting");
        now.GetProperty("gen").GetInt64().ShouldBe(generation + 5);
    }

    [Theory]
    [InlineData(410, "NO_SUCH_INSTANCE")]
    [InlineData(404, null)]
    [InlineData(500, null)]
    [InlineData(503, "INSTANCE_CHANNEL_FULL")]
    [Trait("spec", "vmm/13")]
    [Trait("spec", "vmm/15")]
    [Trait("spec", "vmm/I13")]
    public async Task Nothing_but_gone_fails_a_VMM_and_a_ring_is_worth_three_retries(int status, string? code)
    {
        // The watcher keeps away until it is asked for: what is counted is what the ring caused.
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { WatcherPeriodSecs = 3_600 });
        var id = await rack.RunningAsync();
        var before = await rack.VmmAsync(id);
        var vmm = before.Text("id")!;
        var serial = rack.SerialOf(before);
        await rack.PulledAsync(vmm);
        await rack.StatusFaultAsync(serial, "GET", "/vmms/*", status, code);
        var gets = await rack.GetsAsync(serial);

        await rack.RingAsync(vmm);

        await rack.HoldsAsync(async () =>
        {
            await rack.PassAsync(TimeSpan.FromMilliseconds(400));
            return await rack.GetsAsync(serial) == gets + 4;
        });
        await rack.PassAsync(TimeSpan.FromSeconds(10));
        (await rack.GetsAsync(serial)).ShouldBe(gets + 4);
        (await rack.VmmAsync(id)).GetRawText().ShouldBe(before.GetRawText());
        (await rack.StateAsync(id)).ShouldBe("running");

        rack.Watch();

        await rack.HoldsAsync(() => Task.FromResult(
            rack.Watched.IncompleteChecks.GetValueOrDefault(status.ToString(CultureInfo.InvariantCulture)) == 1), () => rack.Watched);
        (await rack.VmmAsync(id)).GetRawText().ShouldBe(before.GetRawText());
    }

    [Fact]
    [Trait("spec", "vmm/16")]
    public async Task Five_minutes_of_500_change_nothing_and_the_next_check_succeeds()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        var vmm = await rack.VmmAsync(id);
        var serial = rack.SerialOf(vmm);
        await rack.FaultAsync(serial, new { Kind = "ring_drop" });
        await rack.StatusFaultAsync(serial, "GET", "/vmms/*", 500);
        await rack.AskSledAsync(vmm, "reboot"); // what nobody can see yet
        var gets = await rack.GetsAsync(serial);

        await rack.PassAsync(TimeSpan.FromMinutes(5));

        (await rack.StateAsync(id)).ShouldBe("running");
        (await rack.GetsAsync(serial)).ShouldBeGreaterThanOrEqualTo(gets + 5);
        (await rack.VmmAsync(id)).GetProperty("gen").GetInt64().ShouldBe(vmm.GetProperty("gen").GetInt64());
        await rack.HealAsync(serial);
        await rack.PassAsync(TimeSpan.FromSeconds(31));
        await rack.ShowsAsync(id, "rebooting");
    }

    [Fact]
    [Trait("spec", "vmm/14")]
    [Trait("spec", "vmm/I3")]
    public async Task A_lost_VMM_makes_the_instance_failed_and_it_is_started_again()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        var vmm = await rack.VmmAsync(id);
        await rack.HappensAsync(rack.SerialOf(vmm), "forget_vmm", vmm);

        await rack.RingAsync(vmm.Text("id")!);

        await rack.HoldsAsync(async () => (await rack.VmmsAsync(id)).Any(v => v.Text("id") != vmm.Text("id") && v.Text("state") == "starting"));
        var now = await rack.ShowAsync(id);
        now.Text("run_state").ShouldBe("starting");
        now.GetProperty("time_last_auto_restarted").ValueKind.ShouldBe(JsonValueKind.String);
        var told = await rack.EventsAsync(id);
        told.ShouldContain(e => e.Text("what") == "vmm" && e.Text("detail")!.Contains("no_such_instance", StringComparison.Ordinal));
        told.ShouldContain(e => e.Text("what") == "ring");
        told.ShouldContain(e => e.Text("what") == "pull");
    }

    [Fact]
    [Trait("spec", "vmm/17")]
    [Trait("spec", "vmm/I14")]
    public async Task A_ring_during_the_registration_is_paid_after_it()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Sleds = 1 });
        await rack.FaultAsync(InstanceRack.A, new { Kind = "slow", Match = new { Method = "PUT", Path = "/vmms/*" }, Count = 1, Params = new { DelayMs = 8_000 } });
        var creation = rack.CreateAsync(name: "slow");
        string? vmm = null;
        await rack.HoldsAsync(async () => (vmm = (await rack.Admin.ListAsync("/v1/system/vmms")).FirstOrDefault().Text("id")) is not null);
        await rack.HoldsAsync(async () => (await rack.SledAsync(InstanceRack.A)).GetProperty("traffic").GetProperty("registers").GetInt64() == 1);

        (await rack.RingAsync(vmm!)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await rack.GetsAsync(InstanceRack.A)).ShouldBe(0);

        await rack.PassAsync(TimeSpan.FromSeconds(8));
        var id = await creation;
        await rack.HoldsAsync(async () => await rack.GetsAsync(InstanceRack.A) >= 1); // the look after the registration may come besides
        (await rack.StateAsync(id)).ShouldBe("starting");
    }

    [Fact]
    [Trait("spec", "vmm/18")]
    [Trait("spec", "vmm/19")]
    public async Task The_body_of_a_put_is_not_read_from_R20_on()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Settings = InstanceRackOptions.Release("R20") });
        var id = await rack.RunningAsync();
        var vmm = await rack.VmmAsync(id);
        var serial = rack.SerialOf(vmm);
        foreach (var body in (string[])[State("failed", 99), "", "{not json", new string('x', 100_000)])
        {
            var gets = await rack.GetsAsync(serial);
            (await rack.PutAsync(vmm.Text("id")!, body)).Status.ShouldBe(204);
            await rack.HoldsAsync(async () => await rack.GetsAsync(serial) == gets + 1);
        }

        var now = await rack.VmmAsync(id);
        now.Text("state").ShouldBe("running");
        now.GetProperty("gen").GetInt64().ShouldBe(vmm.GetProperty("gen").GetInt64());
        (await rack.PutAsync(Unknown, "")).Body.Text("error_code").ShouldBe("ObjectNotFound");
    }

    [Fact]
    [Trait("spec", "vmm/20")]
    public async Task From_R21_on_the_put_is_no_route_and_the_sled_keeps_what_it_has()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        var vmm = await rack.VmmAsync(id);

        var (status, body) = await rack.PutAsync(vmm.Text("id")!, State("failed", 99));

        status.ShouldBe(404);
        body.Text("error_code").ShouldBeNull();
        (await rack.SledStateAsync(vmm)).Status.ShouldBe(200);
    }

    [Fact]
    [Trait("spec", "vmm/21")]
    public async Task A_bell_that_the_control_plane_does_not_have_yet_is_not_rung_again_and_the_watcher_delivers()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Settings = InstanceRackOptions.Release("R19") });
        var id = await rack.CreateAsync();
        var vmm = await rack.VmmAsync(id);
        var serial = rack.SerialOf(vmm);
        var rings = (await rack.SledAsync(serial)).GetProperty("rings").GetInt64();

        await rack.PokeAsync(vmm);

        await rack.HoldsAsync(async () => (await rack.SledAsync(serial)).GetProperty("rings").GetInt64() == rings + 1);
        (await rack.RingAsync(vmm.Text("id")!)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        await rack.PassAsync(TimeSpan.FromSeconds(31));
        await rack.ShowsAsync(id, "running");
        (await rack.SledAsync(serial)).GetProperty("rings").GetInt64().ShouldBe(rings + 1);
    }

    [Fact]
    [Trait("spec", "vmm/22")]
    public async Task The_internal_API_wants_its_version()
    {
        await using var rack = await InstanceRack.StartAsync();
        using var client = rack.Node.InternalClient(null);

        (await client.PostAsync($"/vmms/{Unknown}/doorbell", null)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await client.GetAsync("/v1/ping")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    private static string State(string state, long generation) =>
        $$"""{"vmm_state":{"state":"{{state}}","gen":{{generation}},"time_updated":"2026-08-21T10:02:03Z"},"migration_in":null,"migration_out":null}""";
}
