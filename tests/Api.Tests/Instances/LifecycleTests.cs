using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests.Instances;

/// <summary>Life cycle and placement: scenarios 34 to 46 of vmm-sled-rack 9.</summary>
public sealed class LifecycleTests
{
    [Fact]
    [Trait("spec", "vmm/34")]
    [Trait("spec", "vmm/I17")]
    [Trait("spec", "vmm/I7")]
    public async Task An_instance_is_deleted_once_it_is_stopped_and_is_gone_for_everybody()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        (await rack.Admin.DeleteAsync($"/v1/instances/{id}")).ExpectFailure(400, "InvalidRequest", "InstanceNotDeletable");

        await rack.DoAsync(id, "stop").Expect(202);
        await rack.PokeAsync(await rack.VmmAsync(id));
        await rack.ShowsAsync(id, "stopped");
        await rack.Admin.DeleteAsync($"/v1/instances/{id}").Expect(204);

        foreach (var verb in (string[])["start", "stop", "reboot"])
        {
            (await rack.DoAsync(id, verb)).ExpectFailure(404, "ObjectNotFound");
        }

        (await rack.Admin.GetAsync($"/v1/instances/{id}")).ExpectFailure(404, "ObjectNotFound");
        (await rack.Admin.DeleteAsync($"/v1/instances/{id}")).ExpectFailure(404, "ObjectNotFound");
        (await rack.MigrateAsync(id, InstanceRack.A)).ExpectFailure(404, "ObjectNotFound");
        (await rack.Admin.PutAsync($"/v1/instances/{id}", Update(2, 1, "never"))).ExpectFailure(404, "ObjectNotFound");
        await rack.NothingIsHeldAsync();
    }

    [Fact]
    [Trait("spec", "vmm/35")]
    public async Task A_stopping_instance_is_started_only_after_it_stopped()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        await rack.DoAsync(id, "stop").Expect(202);

        (await rack.DoAsync(id, "start")).ExpectFailure(409, "Conflict", "InstanceNotStartable");
        await rack.PokeAsync(await rack.VmmAsync(id));
        await rack.ShowsAsync(id, "stopped");
        await rack.DoAsync(id, "start").Expect(202);
    }

    [Fact]
    [Trait("spec", "vmm/36")]
    public async Task Starting_what_runs_changes_no_field()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        var before = (await rack.ShowAsync(id)).GetRawText();

        var answer = await rack.DoAsync(id, "start").Expect(202);

        answer.Body.GetRawText().ShouldBe(before);
    }

    [Fact]
    [Trait("spec", "vmm/37")]
    public async Task Stopping_what_is_stopped_changes_nothing_and_rebooting_it_is_refused()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.CreateAsync(start: false);
        var before = (await rack.ShowAsync(id)).GetRawText();

        (await rack.DoAsync(id, "stop").Expect(202)).Body.GetRawText().ShouldBe(before);
        (await rack.DoAsync(id, "reboot")).ExpectFailure(400, "InvalidRequest", "InstanceNotRebootable");
    }

    [Fact]
    [Trait("spec", "vmm/38")]
    public async Task A_starting_instance_can_be_rebooted()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.CreateAsync();

        (await rack.DoAsync(id, "reboot").Expect(202)).Body.Text("run_state").ShouldBe("rebooting");

        await rack.PokeAsync(await rack.VmmAsync(id));
        await rack.ShowsAsync(id, "running");
    }

    [Fact]
    [Trait("spec", "vmm/39")]
    [Trait("spec", "vmm/I4")]
    [Trait("spec", "vmm/I6")]
    public async Task A_start_that_its_sled_refuses_leaves_nothing_behind()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Sleds = 1 });
        var id = await rack.CreateAsync(start: false);
        await rack.StatusFaultAsync(InstanceRack.A, "PUT", "/vmms/*", 500);

        (await rack.DoAsync(id, "start")).ExpectFailure(500, "Internal");

        (await rack.StateAsync(id)).ShouldBe("stopped");
        await rack.PassAsync(TimeSpan.FromSeconds(61));
        await rack.NothingIsHeldAsync();
        (await rack.OnSledAsync(InstanceRack.A)).ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "vmm/39")]
    public async Task A_creation_whose_start_fails_is_a_creation_all_the_same()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Sleds = 1 });
        await rack.StatusFaultAsync(InstanceRack.A, "PUT", "/vmms/*", 500);

        var id = await rack.CreateAsync();

        await rack.ShowsAsync(id, "stopped");
    }

    [Fact]
    [Trait("spec", "vmm/40")]
    [Trait("spec", "vmm/I5")]
    public async Task What_fits_nowhere_is_not_started()
    {
        await using var rack = await InstanceRack.StartAsync();
        await rack.CreateAsync(10);
        await rack.CreateAsync(10);
        (await rack.ThreadsAsync()).ShouldBe(20);
        var large = await rack.CreateAsync(8, start: false);

        (await rack.DoAsync(large, "start")).ExpectFailure(507, "InsufficientCapacity");

        (await rack.StateAsync(large)).ShouldBe("stopped");
        (await rack.StateAsync(await rack.CreateAsync(6))).ShouldBe("starting");
        (await rack.StateAsync(await rack.CreateAsync(7))).ShouldBe("stopped");
    }

    [Fact]
    [Trait("spec", "vmm/41")]
    [Trait("spec", "vmm/I15")]
    public async Task A_sled_that_is_not_provisionable_gets_nothing_new()
    {
        await using var rack = await InstanceRack.StartAsync();
        var a = rack.SledOf(InstanceRack.A).Id;
        var answer = await rack.Admin.PutAsync($"/v1/system/hardware/sleds/{a}/provision-policy", new { State = "non_provisionable" }).Expect(200);
        answer.Member("old_state").ShouldBe("provisionable");

        for (var i = 0; i < 3; i++)
        {
            rack.SerialOf(await rack.VmmAsync(await rack.CreateAsync())).ShouldBe(InstanceRack.B);
        }
    }

    [Theory]
    [InlineData("fail", 507)]
    [InlineData("allow", 202)]
    [Trait("spec", "vmm/42")]
    public async Task Members_of_an_anti_affinity_group_keep_apart(string policy, int third)
    {
        await using var rack = await InstanceRack.StartAsync();
        var ids = new List<string>();
        await GroupAsync(rack, "anti-affinity", "apart", policy);
        for (var i = 0; i < 3; i++)
        {
            ids.Add(await rack.CreateAsync(start: false));
            await JoinAsync(rack, "anti-affinity", "apart", ids[i]).Expect(201);
        }

        await rack.DoAsync(ids[0], "start").Expect(202);
        await rack.DoAsync(ids[1], "start").Expect(202);
        rack.SerialOf(await rack.VmmAsync(ids[0])).ShouldNotBe(rack.SerialOf(await rack.VmmAsync(ids[1])));

        var answer = await rack.DoAsync(ids[2], "start");

        answer.Expect(third);
        (await JoinAsync(rack, "anti-affinity", "apart", ids[0])).ExpectFailure(400, "InvalidRequest");
    }

    [Fact]
    [Trait("spec", "ops/5")]
    public async Task A_group_given_by_id_takes_no_project_and_one_given_by_name_needs_it()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Sleds = 0, HasGateway = false });
        await GroupAsync(rack, "affinity", "together", "allow");
        var group = (await rack.Admin.GetAsync("/v1/affinity-groups/together?project=default").Expect(200)).Id;
        var id = await rack.CreateAsync(start: false, name: "one");

        (await rack.Admin.GetAsync("/v1/affinity-groups/together")).ExpectFailure(400, "InvalidRequest", "ProjectMissing");
        (await rack.Admin.GetAsync($"/v1/affinity-groups/{group}?project=default")).ExpectFailure(400, "InvalidRequest", "ProjectNotWanted");
        await rack.Admin.GetAsync($"/v1/affinity-groups/{group}").Expect(200);
        var members = $"/v1/affinity-groups/{group}/members/instance";
        (await rack.Admin.PostAsync($"{members}/{id}?project=default")).ExpectFailure(400, "InvalidRequest", "ProjectNotWanted");
        (await rack.Admin.PostAsync($"{members}/one")).ExpectFailure(400, "InvalidRequest", "ProjectMissing");
        await rack.Admin.PostAsync($"{members}/one?project=default").Expect(201);
        await rack.Admin.GetAsync($"{members}/{id}").Expect(200);
    }

    [Fact]
    [Trait("spec", "vmm/43")]
    public async Task Members_of_an_affinity_group_follow_each_other_or_do_not_start()
    {
        await using var rack = await InstanceRack.StartAsync();
        await GroupAsync(rack, "affinity", "together", "fail");
        var first = await rack.CreateAsync(10, start: false);
        var second = await rack.CreateAsync(8, start: false);
        var third = await rack.CreateAsync(6, start: false);
        foreach (var id in (string[])[first, second, third])
        {
            await JoinAsync(rack, "affinity", "together", id).Expect(201);
        }

        await rack.DoAsync(first, "start").Expect(202);

        (await rack.DoAsync(second, "start")).ExpectFailure(507, "InsufficientCapacity");
        await rack.DoAsync(third, "start").Expect(202);
        rack.SerialOf(await rack.VmmAsync(third)).ShouldBe(rack.SerialOf(await rack.VmmAsync(first)));
    }

    [Fact]
    [Trait("spec", "vmm/44")]
    public async Task Two_affinity_groups_that_want_two_sleds_contradict_each_other()
    {
        await using var rack = await InstanceRack.StartAsync();
        await GroupAsync(rack, "affinity", "left", "fail");
        await GroupAsync(rack, "affinity", "right", "fail");
        await GroupAsync(rack, "anti-affinity", "apart", "fail");
        var left = await rack.CreateAsync(start: false);
        var right = await rack.CreateAsync(start: false);
        var both = await rack.CreateAsync(start: false);
        await JoinAsync(rack, "affinity", "left", left).Expect(201);
        await JoinAsync(rack, "affinity", "left", both).Expect(201);
        await JoinAsync(rack, "affinity", "right", right).Expect(201);
        await JoinAsync(rack, "affinity", "right", both).Expect(201);
        await JoinAsync(rack, "anti-affinity", "apart", left).Expect(201);
        await JoinAsync(rack, "anti-affinity", "apart", right).Expect(201);
        await rack.DoAsync(left, "start").Expect(202);
        await rack.DoAsync(right, "start").Expect(202);

        (await rack.DoAsync(both, "start")).ExpectFailure(400, "InvalidRequest", "AffinityConflict");
    }

    [Fact]
    [Trait("spec", "vmm/45")]
    [Trait("spec", "vmm/I5")]
    public async Task Two_starts_at_once_make_one_VMM()
    {
        await using var rack = await InstanceRack.StartAsync();
        for (var round = 0; round < 5; round++)
        {
            var id = await rack.CreateAsync(1, start: false);

            var answers = await Task.WhenAll(rack.DoAsync(id, "start"), rack.DoAsync(id, "start"), rack.DoAsync(id, "start"));

            answers.ShouldAllBe(a => a.Status == 202 || a.Status == 409, string.Join('\n', answers.Select(a => a.ToString())));
            await rack.HoldsAsync(async () => (await rack.VmmsAsync(id)).Count(v => v.Text("state") is "starting") == 1);
        }
    }

    [Fact]
    [Trait("spec", "vmm/46")]
    public async Task What_is_fixed_while_it_runs_is_not_changed_in_part()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        var before = await rack.ShowAsync(id);

        (await rack.Admin.PutAsync($"/v1/instances/{id}", Update(2, 2, "never"))).ExpectFailure(409, "Conflict");
        (await rack.ShowAsync(id)).GetRawText().ShouldBe(before.GetRawText());

        var changed = await rack.Admin.PutAsync($"/v1/instances/{id}", Update(2, 1, "never"), ("If-Match", $"\"g{before.GetProperty("generation").GetInt64()}\"")).Expect(200);
        changed.Member("auto_restart_policy").ShouldBe("never");
        (await rack.Admin.PutAsync($"/v1/instances/{id}", Update(2, 1, "best_effort"), ("If-Match", "\"g1\""))).ExpectFailure(412, "PreconditionFailed");
    }

    [Fact]
    [Trait("spec", "ops/5")]
    public async Task A_creation_repeated_with_its_key_is_answered_again_and_made_once()
    {
        await using var rack = await InstanceRack.StartAsync();
        var body = new { Name = "once", Description = "", Ncpus = 2, Memory = 1L << 30, Hostname = "once", Start = false };
        var first = await rack.Admin.PostAsync("/v1/instances?project=default", body, ("Idempotency-Key", "k-1")).Expect(201);

        var again = await rack.Admin.PostAsync("/v1/instances?project=default", body, ("Idempotency-Key", "k-1")).Expect(201);

        again.Id.ShouldBe(first.Id);
        again.Headers["idempotent-replayed"].ShouldBe("true");
        (await rack.Admin.PostAsync("/v1/instances?project=default", body)).ExpectFailure(400, "ObjectAlreadyExists");
        (await rack.Admin.GetAsync("/v1/instances/once?project=default").Expect(200)).Id.ShouldBe(first.Id);
        (await rack.Admin.GetAsync("/v1/instances/once")).ExpectFailure(400, "InvalidRequest", "ProjectMissing");
        (await rack.Admin.GetAsync($"/v1/instances/{first.Id}?project=default")).ExpectFailure(400, "InvalidRequest", "ProjectNotWanted");
    }

    [Theory]
    [InlineData("ncpus", "0")]
    [InlineData("ncpus", "255")]
    [InlineData("memory", "1")]
    [InlineData("memory", "1073741825")]
    [InlineData("cpu_platform", "\"z80\"")]
    [InlineData("auto_restart_policy", "\"sometimes\"")]
    [InlineData("hostname", "\"-web\"")]
    [InlineData("name", "\"Web\"")]
    [Trait("spec", "ops/5")]
    public async Task A_value_out_of_range_is_refused_and_nothing_is_made(string member, string value)
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Sleds = 0, HasGateway = false });
        var body = new Dictionary<string, string>
        {
            ["name"] = "\"web\"", ["description"] = "\"\"", ["ncpus"] = "2", ["memory"] = "1073741824", ["hostname"] = "\"web\"", [member] = value,
        };

        var answer = await rack.Admin.PostAsync("/v1/instances?project=default", $"{{{string.Join(',', body.Select(b => $"\"{b.Key}\":{b.Value}"))}}}");

        answer.Status.ShouldBe(400, answer.ToString());
        (await rack.Admin.ListAsync("/v1/instances?project=default")).ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "vmm/39")]
    public async Task A_stop_while_the_VMM_is_being_registered_waits_for_it()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Sleds = 1 });
        var id = await rack.CreateAsync(start: false);
        await rack.FaultAsync(InstanceRack.A, new { Kind = "slow", Match = new { Method = "PUT", Path = "/vmms/*" }, Count = 1, Params = new { DelayMs = 1_500 } });
        var start = rack.DoAsync(id, "start");
        await rack.ShowsAsync(id, "starting");

        var stop = await rack.DoAsync(id, "stop");

        stop.Status.ShouldBe(202, stop.ToString());
        await start;
        await rack.HoldsAsync(async () =>
        {
            foreach (var vmm in await rack.VmmsAsync(id))
            {
                await rack.TryPokeAsync(vmm);
            }

            return await rack.StateAsync(id) == "stopped";
        });
    }

    [SharedFolderFact]
    public async Task An_instance_has_the_shape_of_Nexus()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.CreateAsync(platform: "amd_milan");
        var shapes = OpenApiShapes.Load("nexus.json");
        foreach (var path in (string[])[$"/v1/instances/{id}", "/v1/instances?project=default", "/v1/system/hardware/sleds"])
        {
            shapes.Answer("GET", path, 200, (await rack.Admin.GetAsync(path).Expect(200)).Text).Where(IsNotOurs).ShouldBeEmpty(path);
        }

        shapes.Answer("POST", $"/v1/instances/{id}/stop", 202, (await rack.DoAsync(id, "stop").Expect(202)).Text).Where(IsNotOurs).ShouldBeEmpty();

        // Members that we add are allowed (operator-experience 5).
        static bool IsNotOurs(string problem) => !problem.EndsWith("not in the document", StringComparison.Ordinal);
    }

    private static object Update(int cpus, int memoryGib, string policy) => new
    {
        Ncpus = cpus, Memory = (long)memoryGib << 30, AutoRestartPolicy = policy, BootDisk = (string?)null, CpuPlatform = (string?)null,
        EnableJumboFrames = false,
    };

    private static Task<ApiAnswer> GroupAsync(InstanceRack rack, string sort, string name, string policy) => rack.Admin.PostAsync(
        $"/v1/{sort}-groups?project=default", new { Name = name, Description = "", Policy = policy, FailureDomain = "sled" }).Expect(201);

    private static Task<ApiAnswer> JoinAsync(InstanceRack rack, string sort, string group, string instance) =>
        rack.Admin.PostAsync($"/v1/{sort}-groups/{group}/members/instance/{instance}?project=default");
}
