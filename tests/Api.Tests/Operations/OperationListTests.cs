using System.Text.Json;
using Gantry.Api.Tests.Instances;
using Gantry.Api.Tests.TrustQuorum;
using Gantry.Cli;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests.Operations;

/// <summary>Long work as a list, waited for, and on the command line (operator-experience 2.1, 5).</summary>
[Trait("spec", "ops/5")]
public sealed class OperationListTests
{
    [Fact]
    public async Task Work_of_every_kind_is_listed_newest_first_page_by_page_and_says_what_it_is_about()
    {
        await using var rack = await InstanceRack.StartAsync();
        var sleds = rack.Sleds.Sleds.Select(s => s.Id.ToString()).ToList();
        var ids = new List<string>();
        foreach (var sled in sleds)
        {
            var tag = (await rack.Admin.GetAsync($"/v1/system/hardware/sleds/{sled}").Expect(200)).ETag;
            var drain = await rack.Admin.PostAsync($"/v1/system/hardware/sleds/{sled}/drain", null, ("If-Match", tag)).Expect(202);
            ids.Add(drain.Body.GetProperty("operation").Text("id")!);
            await rack.HoldsAsync(async () => (await OperationAsync(rack, ids[^1])).Text("state") == "succeeded");
        }

        var newest = await rack.Admin.ListAsync("/v1/operations", pageSize: 1);
        var oldest = await rack.Admin.ListAsync("/v1/operations?sort_by=time_and_id_ascending", pageSize: 1);
        var none = await rack.Admin.ListAsync("/v1/operations?filter=state=running");

        newest.Select(o => o.Text("id")).ShouldBe(Enumerable.Reverse(ids));
        oldest.Select(o => o.Text("id")).ShouldBe(ids);
        oldest.Select(o => o.Text("target")).ShouldBe(sleds.Select(s => $"sled/{s}"));
        oldest.ShouldAllBe(o => o.Text("kind") == "sled.drain");
        none.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_look_waits_for_the_end_and_names_what_is_waited_for()
    {
        await using var quorum = await QuorumHost.StartAsync();
        await quorum.FaultAsync(new { kind = "quorum_cut" }, [.. quorum.Sleds]);
        var id = (await quorum.AddAsync(quorum.Sleds[4]).Expect(200)).Headers["gantry-operation"];
        var first = (await quorum.Admin.GetAsync($"/v1/operations/{id}?wait_ms=0").Expect(200)).Body.GetProperty("operation");
        var listed = (await quorum.Admin.ListAsync("/v1/operations?filter=state=running")).ShouldHaveSingleItem();

        var waiting = EndAsync(quorum.Admin, id);
        var gaveUp = await CliRun.OfAsync(quorum.Rack.Node, $"op wait {id} --timeout 100ms");
        await CliRun.OfAsync(quorum.Rack.Node, $"op cancel {id} --yes");
        var end = await waiting;
        var over = await CliRun.OfAsync(quorum.Rack.Node, $"op wait {id}");

        first.GetProperty("blockers").GetArrayLength().ShouldBeGreaterThan(0);
        listed.Text("id").ShouldBe(id);
        end.Text("state").ShouldBe("cancelled");
        (gaveUp.ExitCode, gaveUp.Out).ShouldBe((ExitCodes.StillGoing, $"{id}\n"));
        gaveUp.Error.ShouldContain("waits for:");
        gaveUp.Error.ShouldContain($"gantry op wait {id}");
        over.ExitCode.ShouldBe(ExitCodes.Failed);
        over.Error.ShouldContain("was given up");
    }

    [Theory]
    [InlineData("30001")]
    [InlineData("-1")]
    [InlineData("soon")]
    [InlineData("")]
    public async Task A_wait_that_is_no_number_within_its_bounds_is_refused(string wait)
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Sleds = 1 });

        await rack.Admin.GetAsync($"/v1/operations/{Guid.NewGuid()}?wait_ms={wait}").ExpectFailure(400, null, "MalformedQuery", "wait_ms");
    }

    [Fact]
    public async Task Operations_on_the_command_line()
    {
        await using var rack = await InstanceRack.StartAsync();
        await CliRun.OfAsync(rack.Node, $"sled drain {InstanceRack.A} --yes --wait -q");
        var id = (await CliRun.OfAsync(rack.Node, "op list -o name")).Out.Trim();

        Golden.ShouldBeAsReviewed(
            (await CliRun.TranscriptAsync(
                rack.Node, null,
                "op list --columns ID,KIND,TARGET,STATE,STEP",
                $"op show {id[..6]} --columns ID,KIND,TARGET,STATE,STEP,BLOCKERS,ERROR",
                $"operation wait {id[..6]}",
                $"op cancel {id} --yes",
                "op show nowhere",
                $"op show {Guid.Empty}")).Replace(id, "<op>", StringComparison.Ordinal).Replace(id[..6], "<op>", StringComparison.Ordinal),
            "operations");
    }

    private static async Task<JsonElement> OperationAsync(InstanceRack rack, string id) =>
        (await rack.Admin.GetAsync($"/v1/operations/{id}").Expect(200)).Body.GetProperty("operation");

    private static async Task<JsonElement> EndAsync(ApiClient client, string id)
    {
        while (true)
        {
            var operation = (await client.GetAsync($"/v1/operations/{id}?wait_ms=10000").Expect(200)).Body.GetProperty("operation");
            if (operation.Text("state") != "running")
            {
                return operation;
            }
        }
    }
}
