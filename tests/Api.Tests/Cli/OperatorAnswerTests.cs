using System.Text.Json;
using Gantry.Cli;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Answers that have to be clear to whoever meets them: trials, refusals, what has ended, what is left out.</summary>
[Trait("spec", "ops/2")]
public sealed class OperatorAnswerTests : IAsyncLifetime
{
    private RackHost _rack = null!; // set by InitializeAsync before any test runs

    public async Task InitializeAsync() => _rack = await RackHost.StartAsync(new RackHostOptions { Sleds = 1 });

    public async Task DisposeAsync() => await _rack.DisposeAsync();

    [Fact]
    public async Task A_dry_run_is_told_in_sentences_with_names_and_as_JSON_as_it_is()
    {
        var told = await CliRun.OfAsync(_rack.Node, "instance create web-9 --cpus 1 --memory 1GiB --dry-run");
        var json = await CliRun.OfAsync(_rack.Node, "instance create web-9 --cpus 1 --memory 1GiB --dry-run -o json");

        told.ExitCode.ShouldBe(0, told.Error);
        told.Error.ShouldContain("dry run: nothing was done");
        told.Out.ShouldMatch("(?m)^would: operation instance create \\S+: started$");
        told.Out.ShouldMatch("(?m)^would: operation instance create \\S+ tells project default: ");
        told.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldAllBe(l => l.StartsWith("would: ", StringComparison.Ordinal));
        told.Out.ShouldNotMatch("[0-9a-f]{8}-[0-9a-f]{4}-", "ids are for programs");
        told.Out.ShouldNotContain("saga", Case.Insensitive, "tags are for programs");
        var effects = JsonDocument.Parse(json.Out).RootElement;
        effects.GetProperty("dry_run").GetBoolean().ShouldBeTrue();
        effects.GetProperty("effects").EnumerateArray().ShouldContain(e => e.Text("kind") == "message");
        (await CliRun.OfAsync(_rack.Node, "pool create mcast-9 --dry-run")).Out.ShouldContain("takes ip pool name \"mcast-9\"");
    }

    [Fact]
    public async Task Routine_looks_at_devices_are_left_out_of_events_unless_they_are_asked_for()
    {
        List<JsonElement> all = [];
        await Gantry.Tests.Eventually.HoldsAsync(
            async () =>
            {
                all = [.. (await _rack.Admin.GetAsync("/v1/events?limit=1000").Expect(200)).Body.GetProperty("items").EnumerateArray()];
                return all.Exists(e => e.Text("what") == "inventoried");
            },
            TimeSpan.FromSeconds(60));

        var some = await _rack.Admin.GetAsync("/v1/events?limit=1000&routine=false").Expect(200);
        var quiet = await CliRun.OfAsync(_rack.Node, "event list");
        var whole = await CliRun.OfAsync(_rack.Node, "event list --routine");

        some.Body.GetProperty("items").EnumerateArray().ShouldNotContain(e => e.Text("what") == "inventoried");
        some.Body.GetProperty("items").GetArrayLength().ShouldBeGreaterThan(0);
        some.Body.GetProperty("routine_left_out").GetInt32().ShouldBeGreaterThan(0);
        quiet.Out.ShouldNotContain("inventoried");
        quiet.Error.ShouldContain("--routine");
        whole.Out.ShouldContain("inventoried");
        await _rack.Admin.GetAsync("/v1/events?routine=perhaps").Expect(400);
    }

    [Fact]
    public async Task What_has_ended_is_not_cancelled_and_the_answer_says_how_it_ended()
    {
        var drain = await CliRun.OfAsync(_rack.Node, "sled drain BRM42220000 --yes --no-wait");
        drain.ExitCode.ShouldBe(0, drain.Error);
        var id = drain.Out.Trim();
        (await CliRun.OfAsync(_rack.Node, $"op wait {id}")).ExitCode.ShouldBe(0);

        var cancel = await CliRun.OfAsync(_rack.Node, $"op cancel {id}");

        cancel.ExitCode.ShouldBe(ExitCodes.Refused, cancel.Error);
        cancel.Error.ShouldContain("it succeeded at");
        cancel.Error.ShouldContain("OperationEnded");
        cancel.Error.ShouldContain($"gantry op show {id}");
    }

    [Fact]
    public async Task An_instance_that_fits_nowhere_is_told_why_and_what_to_do()
    {
        var run = await CliRun.OfAsync(_rack.Node, "instance create huge --cpus 2 --memory 1023GiB --wait=60s");

        run.ExitCode.ShouldNotBe(0);
        run.Error.ShouldContain("of 1 sled 1 short of memory");
        run.Error.ShouldContain("Most free on one: ");
    }

    [Fact]
    public async Task A_silo_is_deleted_by_its_name_only()
    {
        (await CliRun.OfAsync(_rack.Node, "silo create lab")).ExitCode.ShouldBe(0);

        var unasked = await CliRun.OfAsync(_rack.Node, "silo delete lab --yes");
        var wrong = await CliRun.OfAsync(_rack.Node, "silo delete lab --confirm default");
        var held = await CliRun.OfAsync(_rack.Node, "silo delete default --confirm default");
        var gone = await CliRun.OfAsync(_rack.Node, "silo delete lab --confirm lab");

        unasked.ExitCode.ShouldBe(ExitCodes.Usage);
        unasked.Error.ShouldContain("add --confirm lab");
        wrong.ExitCode.ShouldBe(ExitCodes.Usage);
        held.ExitCode.ShouldBe(ExitCodes.Refused);
        gone.ExitCode.ShouldBe(0, gone.Error);
        (await CliRun.OfAsync(_rack.Node, "silo list -o name")).Out.ShouldBe("default\n");
        (await CliRun.OfAsync(_rack.Node, "silo delete lab --confirm lab")).ExitCode.ShouldBe(ExitCodes.NotFound);
    }
}
