using System.Net;
using System.Text.Json;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests.Instances;

/// <summary>Sleds and racks: scenarios 51 to 57 of vmm-sled-rack 9.</summary>
public sealed class SledOperationTests
{
    [Fact]
    [Trait("spec", "vmm/51")]
    [Trait("spec", "vmm/53")]
    [Trait("spec", "vmm/54")]
    public async Task Expunging_a_sled_fails_its_VMMs_without_a_call_to_it()
    {
        await using var rack = await InstanceRack.StartAsync();
        await QuorumOfOthersAsync(rack);
        var a = rack.SledOf(InstanceRack.A).Id;
        var b = rack.SledOf(InstanceRack.B).Id;
        await rack.Admin.PutAsync($"/v1/system/hardware/sleds/{b}/provision-policy", new { State = "non_provisionable" }).Expect(200);
        var ids = new List<string>();
        foreach (var policy in (string?[])["never", "best_effort", null])
        {
            ids.Add(await rack.RunningAsync(policy: policy));
        }

        await rack.Admin.PutAsync($"/v1/system/hardware/sleds/{b}/provision-policy", new { State = "provisionable" }).Expect(200);
        var calls = (await rack.SledAsync(InstanceRack.A)).GetProperty("traffic").GetRawText();

        var answer = await ActAsync(rack, a, "expunge").Expect(202);

        answer.Body.GetProperty("operation").Text("result").ShouldBe("provisionable");
        await rack.ShowsAsync(ids[0], "failed");
        await rack.ShowsAsync(ids[1], "starting");
        await rack.ShowsAsync(ids[2], "starting");
        (await rack.SledAsync(InstanceRack.A)).GetProperty("traffic").GetRawText().ShouldBe(calls);
        foreach (var id in ids)
        {
            (await rack.EventsAsync(id)).ShouldContain(e => e.Text("what") == "vmm" && e.Text("detail")!.Contains("failed", StringComparison.Ordinal)
                && e.Text("detail")!.Contains("sled_expunged", StringComparison.Ordinal));
        }

        foreach (var id in ids.Skip(1))
        {
            await rack.HoldsAsync(async () => (await rack.VmmsAsync(id)).TrueForAll(v => rack.SerialOf(v) == InstanceRack.B));
        }

        (await rack.Admin.ListAsync("/v1/system/hardware/sleds")).ShouldNotContain(s => s.Text("id") == a.ToString());
        var gone = await rack.Admin.GetAsync($"/v1/system/hardware/sleds/{a}").Expect(200);
        gone.Body.GetProperty("policy").Text("kind").ShouldBe("expunged");
        (await rack.Admin.GetAsync("/v1/system/hardware/sleds-uninitialized").Expect(200)).Body.GetProperty("items").EnumerateArray()
            .ShouldContain(s => s.GetProperty("baseboard").Text("serial") == InstanceRack.A);

        (await rack.Admin.PutAsync($"/v1/system/hardware/sleds/{a}/provision-policy", new { State = "provisionable" })).ExpectFailure(409, "Conflict");
        (await RegisterAsync(rack, a, 2)).ShouldBe(HttpStatusCode.NoContent);
        (await rack.Admin.GetAsync($"/v1/system/hardware/sleds/{a}").Expect(200)).Body.GetProperty("policy").Text("kind").ShouldBe("expunged");
    }

    [Fact]
    [Trait("spec", "vmm/51")]
    public async Task A_ring_from_an_expunged_sled_is_taken_and_asks_it_nothing()
    {
        await using var rack = await InstanceRack.StartAsync();
        await QuorumOfOthersAsync(rack);
        var id = await rack.RunningAsync(policy: "never");
        var vmm = await rack.VmmAsync(id);
        var serial = rack.SerialOf(vmm);
        var before = (await rack.SledAsync(serial)).GetProperty("traffic").GetRawText();
        await ActAsync(rack, rack.SledOf(serial).Id, "expunge").Expect(202);

        await rack.RingAsync(vmm.Text("id")!);

        await rack.ShowsAsync(id, "failed");
        await rack.RingAsync(vmm.Text("id")!);
        await rack.PulledAsync(vmm.Text("id")!);
        (await rack.SledAsync(serial)).GetProperty("traffic").GetRawText().ShouldBe(before);
    }

    [Fact]
    [Trait("spec", "vmm/52")]
    public async Task A_member_of_the_quorum_is_not_expunged()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Sleds = 3 });
        await QuorumAsync(rack, [.. rack.Sleds.Sleds.Select(s => s.Serial)]);
        var a = rack.SledOf(InstanceRack.A).Id;

        (await ActAsync(rack, a, "expunge")).ExpectFailure(409, "Conflict");

        (await rack.Admin.GetAsync($"/v1/system/hardware/sleds/{a}").Expect(200)).Body.GetProperty("policy").Text("kind").ShouldBe("in_service");
    }

    [Fact]
    public async Task Without_any_record_of_a_quorum_nothing_is_expunged()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Sleds = 1 });

        (await ActAsync(rack, rack.SledOf(InstanceRack.A).Id, "expunge")).ExpectFailure(400, "InvalidRequest", "QuorumNotSetUp");
    }

    [Fact]
    [Trait("spec", "vmm/51")]
    public async Task The_lockstep_operations_expunge_and_decommission_a_sled_and_list_it_as_plugged_in()
    {
        await using var rack = await InstanceRack.StartAsync();
        await QuorumOfOthersAsync(rack);
        var id = await rack.RunningAsync(policy: "never");
        var serial = rack.SerialOf(await rack.VmmAsync(id));
        var sled = rack.SledOf(serial).Id;
        using var lockstep = rack.Node.As(rack.Node.AdminToken, rack.Node.AdminListener);
        (await lockstep.PostAsync("/sleds/decommission", new { Sled = sled })).ExpectFailure(409, "Conflict");

        var was = await lockstep.PostAsync("/sleds/expunge", new { Sled = sled }).Expect(200);

        was.Member("kind").ShouldBe("in_service");
        was.Member("provision_policy").ShouldBe("provisionable");
        (await lockstep.PostAsync("/sleds/expunge", new { Sled = Guid.NewGuid() })).ExpectFailure(404, "ObjectNotFound");
        await rack.ShowsAsync(id, "failed");
        await rack.HoldsAsync(async () => (await lockstep.PostAsync("/sleds/decommission", new { Sled = sled })).Status == 204);
        (await lockstep.PostAsync("/sleds/expunge", new { Sled = sled })).ExpectFailure(409, "Conflict");
        (await RegisterAsync(rack, sled, 9)).ShouldBe(HttpStatusCode.Conflict);
        (await lockstep.GetAsync("/sleds/uninitialized").Expect(200)).Body.GetProperty("items").EnumerateArray()
            .ShouldContain(s => s.GetProperty("baseboard").Text("serial") == serial);
        using var operatorUser = rack.Node.As(await rack.Node.UserAsync("op", fleetRole: "operator"), rack.Node.AdminListener);
        (await operatorUser.PostAsync("/sleds/expunge", new { Sled = sled })).ExpectFailure(403, "Forbidden");
    }

    [Fact]
    public async Task The_lockstep_migration_answers_the_instance()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        var there = rack.SerialOf(await rack.VmmAsync(id));
        using var lockstep = rack.Node.As(rack.Node.AdminToken, rack.Node.AdminListener);
        var away = rack.SledOf(there == InstanceRack.A ? InstanceRack.B : InstanceRack.A).Id;

        var answer = await lockstep.PostAsync($"/instances/{id}/migrate", new { DstSledId = away }).Expect(200);

        answer.Member("run_state").ShouldBe("migrating");
        (await lockstep.PostAsync($"/instances/{id}/migrate", new { DstSledId = Guid.NewGuid() })).ExpectFailure(404, "ObjectNotFound");
    }

    [Fact]
    [Trait("spec", "ops/5")]
    public async Task Removing_a_sled_drains_it_and_expunges_it_and_says_what_it_waits_for()
    {
        await using var rack = await InstanceRack.StartAsync();
        await QuorumOfOthersAsync(rack);
        var id = await rack.RunningAsync();
        var vmm = await rack.VmmAsync(id);
        var sled = rack.SledOf(rack.SerialOf(vmm)).Id;
        var other = rack.Sleds.Sleds.First(s => s.Id != sled).Id;
        await rack.Admin.PutAsync($"/v1/system/hardware/sleds/{other}/provision-policy", new { State = "non_provisionable" }).Expect(200);

        var begun = await ActAsync(rack, sled, "remove").Expect(202);

        var path = $"/v1/operations/{begun.Body.GetProperty("operation").Text("id")}";
        await rack.UntilAsync(path, o => o.GetProperty("operation").GetProperty("blockers").EnumerateArray().Any(
            b => b.GetString()!.Contains("no other sled has room", StringComparison.Ordinal)));
        await rack.DoAsync(id, "stop").Expect(202);
        await rack.PokeAsync(vmm);
        await rack.HoldsAsync(async () =>
        {
            await rack.PassAsync(TimeSpan.FromSeconds(1));
            return (await rack.Admin.GetAsync(path).Expect(200)).Body.GetProperty("operation").Text("state") == "succeeded";
        });
        (await rack.Admin.GetAsync($"/v1/system/hardware/sleds/{sled}").Expect(200)).Body.GetProperty("policy").Text("kind").ShouldBe("expunged");
        var events = await rack.Admin.GetAsync($"/v1/system/hardware/sleds/{sled}/events").Expect(200);
        events.Body.GetProperty("items").EnumerateArray().Select(e => e.Text("what")).ShouldContain("policy-changed");
    }

    [Fact]
    [Trait("spec", "ops/5")]
    public async Task Expunging_needs_the_generation_and_a_fleet_admin()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Sleds = 1 });
        await QuorumOfOthersAsync(rack);
        var path = $"/v1/system/hardware/sleds/{rack.SledOf(InstanceRack.A).Id}/expunge";

        (await rack.Admin.PostAsync(path)).ExpectFailure(428, "PreconditionRequired");
        (await rack.Admin.PostAsync(path, null, ("If-Match", "\"g99\""))).ExpectFailure(412, "PreconditionFailed");
        using var operatorUser = rack.Node.As(await rack.Node.UserAsync("op", fleetRole: "operator"));
        (await operatorUser.PostAsync(path, null, ("If-Match", "\"g1\""))).ExpectFailure(403, "Forbidden");
    }

    [Fact]
    [Trait("spec", "ops/5")]
    public async Task Draining_moves_every_VMM_away_and_undraining_takes_it_back()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        var source = await rack.VmmAsync(id);
        var serial = rack.SerialOf(source);
        var sled = rack.SledOf(serial).Id;

        var begun = await ActAsync(rack, sled, "drain").Expect(202);

        await rack.ShowsAsync(id, "migrating");
        var target = (await rack.VmmsAsync(id)).First(v => v.Text("id") != source.Text("id"));
        await rack.HoldsAsync(async () => (await rack.VmmsAsync(id)).First(v => v.Text("id") == target.Text("id")).Text("state") == "migrating");
        await rack.SourceAsync(source, target.GetProperty("migration_in").GetProperty("migration_id").GetGuid(), succeeds: true);
        await rack.PokeAsync(source);
        await rack.PokeAsync(target);
        await rack.ShowsAsync(id, "running");
        var operation = begun.Body.GetProperty("operation").Text("id");
        await rack.HoldsAsync(async () =>
        {
            await rack.PassAsync(TimeSpan.FromSeconds(2));
            return (await rack.Admin.GetAsync($"/v1/operations/{operation}").Expect(200)).Body.GetProperty("operation").Text("state") == "succeeded";
        });
        (await ActAsync(rack, sled, "undrain").Expect(200)).Body.GetProperty("policy").Text("provision_policy").ShouldBe("provisionable");
    }

    [Fact]
    [Trait("spec", "vmm/55")]
    public async Task A_stale_registration_changes_nothing()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Sleds = 1 });
        var a = rack.SledOf(InstanceRack.A).Id;
        using var client = rack.Node.InternalClient();
        var before = (await client.GetJsonAsync($"/sled-agents/{a}")).GetRawText();

        (await RegisterAsync(rack, a, 1)).ShouldBe(HttpStatusCode.Conflict);

        (await client.GetJsonAsync($"/sled-agents/{a}")).GetRawText().ShouldBe(before);
    }

    [Fact]
    [Trait("spec", "vmm/55")]
    public async Task Another_board_under_a_known_sled_id_is_refused_and_the_record_is_unchanged()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Sleds = 1 });
        var a = rack.SledOf(InstanceRack.A).Id;
        using var client = rack.Node.InternalClient();
        var before = (await client.GetJsonAsync($"/sled-agents/{a}")).GetRawText();

        (await RegisterAsync(rack, a, 9, new { serial = "BRM77", part = "913-0000019", revision = 3 })).ShouldBe(HttpStatusCode.Conflict);
        (await RegisterAsync(rack, Guid.NewGuid(), 1, new { serial = InstanceRack.A, part = "913-0000019", revision = 3 }, a)).ShouldBe(HttpStatusCode.Conflict);

        (await client.GetJsonAsync($"/sled-agents/{a}")).GetRawText().ShouldBe(before);
    }

    [Fact]
    [Trait("spec", "vmm/56")]
    public async Task A_list_ends_with_an_empty_page()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Sleds = 0, HasGateway = false });
        for (var i = 0; i < 250; i += 25)
        {
            await Task.WhenAll(Enumerable.Range(i, 25).Select(n => rack.CreateAsync(1, start: false, name: $"vm-{n:000}")));
        }

        var sizes = new List<int>();
        var names = new HashSet<string>();
        string? token = null;
        do
        {
            var page = await rack.Admin.GetAsync($"/v1/instances?project=default&limit=100{(token is null ? "" : $"&page_token={token}")}").Expect(200);
            var items = page.Body.GetProperty("items").EnumerateArray().ToList();
            sizes.Add(items.Count);
            items.ForEach(i => names.Add(i.Text("name")!).ShouldBeTrue());
            token = page.Body.Text("next_page");
        }
        while (token is not null);

        sizes.ShouldBe([100, 100, 50, 0]);
    }

    [Fact]
    [Trait("spec", "vmm/57")]
    public async Task The_list_of_uninitialized_sleds_has_no_pages()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Sleds = 0, HasGateway = false });

        (await rack.Admin.GetAsync("/v1/system/hardware/sleds-uninitialized?page_token=abc")).Status.ShouldBe(400);
    }

    private static Task QuorumOfOthersAsync(InstanceRack rack) => QuorumAsync(rack, ["BRM90", "BRM91", "BRM92"]);

    private static Task QuorumAsync(InstanceRack rack, string[] serials)
    {
        var members = serials.Select(s => new BaseboardId("913-0000019", s)).ToList();
        return rack.Node.AcceptedAsync(
            Addresses.TqConfig(RackId.From(Guid.Parse(RackHost.RackId))),
            new RackCreated([.. members], members[0]),
            new Principal(PrincipalKind.Host, "test"));
    }

    private static async Task<ApiAnswer> ActAsync(InstanceRack rack, Guid sled, string verb)
    {
        var now = await rack.Admin.GetAsync($"/v1/system/hardware/sleds/{sled}").Expect(200);
        return await rack.Admin.PostAsync($"/v1/system/hardware/sleds/{sled}/{verb}", null, ("If-Match", now.ETag));
    }

    private static async Task<HttpStatusCode> RegisterAsync(InstanceRack rack, Guid sled, long generation, object? baseboard = null, Guid? like = null)
    {
        using var client = rack.Node.InternalClient();
        var info = await client.GetJsonAsync($"/sled-agents/{like ?? sled}");
        var body = info.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.Clone());
        body["generation"] = JsonSerializer.SerializeToElement(generation);
        body["baseboard"] = baseboard is null ? body["baseboard"] : JsonSerializer.SerializeToElement(baseboard);
        using var answer = await client.PostAsync($"/sled-agents/{sled}", Answers.Json(JsonSerializer.Serialize(body)));
        return answer.StatusCode;
    }
}
