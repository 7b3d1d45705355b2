using System.Text.Json;
using Gantry.Cli;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>The verbs that change something, against a whole rack: what an operator types and sees, right and wrong.</summary>
[Trait("spec", "ops/2")]
public sealed class CliRackTests : IAsyncLifetime
{
    private RackHost _rack = null!; // set by InitializeAsync before any test runs

    public async Task InitializeAsync() => _rack = await RackHost.StartAsync(new RackHostOptions { Sleds = 1 });

    public async Task DisposeAsync() => await _rack.DisposeAsync();

    [Fact]
    public async Task Instances_are_created_started_stopped_and_deleted()
    {
        Golden.ShouldBeAsReviewed(await TranscriptAsync(
            "instance create web-1 --cpus 1 --memory 1GiB --wait -q",
            "instance create web-1 --memory 1GiB",
            "instance create web-2 --memory lots",
            "instance create web-2 --cpus 0",
            "instance create web-2 --cpus many",
            "instance create web-2 --no-start --memory 1GiB --wait -q",
            "instance list --columns NAME,STATE,CPUS,MEMORY",
            "instance list --filter state=running -o name",
            "instance list --sort-by name:desc -o name",
            "instance list --filter state=runing",
            "instance list --filter stat=running",
            "instance show web-2 --columns NAME,STATE,HOSTNAME -q",
            "instance delete web-1 --yes",
            "instance stop web-1 --wait=30s -q",
            "instance start web-1 --wait -q",
            "instance reboot web-1 --wait -q",
            "instance stop web-1 --wait -q",
            "instance delete web-1",
            "instance delete web-1 --yes",
            "instance show web-1",
            "instance list --project nowhere"), "rack-instances");
    }

    [Fact]
    public async Task Pools_and_groups_are_made_joined_compared_and_left()
    {
        await TranscriptAsync("instance create web-1 --cpus 1 --memory 1GiB --wait -q");

        Golden.ShouldBeAsReviewed(await TranscriptAsync(
            "pool create mcast",
            "pool create mcast",
            "pool create Mcast",
            "pool create x --type odd",
            "pool range add mcast 239.1.0.1 239.1.0.9",
            "pool range add mcast 239.1.0.9 239.1.0.12",
            "pool range add mcast 10.0.0.1 10.0.0.2",
            "pool range list mcast",
            "pool link mcast --default",
            "pool link mcast --silo nowhere",
            "pool update mcast",
            "pool update mcast --description lab",
            "pool list",
            "group join 239.1.0.5 -i web-1 --columns ADDRESS,SOURCES",
            "group join 232.1.0.5 -i web-1",
            "group join 239.1.0.5 -i web-9"), "rack-pools");
        await ConvergedAsync("239.1.0.5");
        Golden.ShouldBeAsReviewed(await TranscriptAsync(
            "group list",
            "group members 239.1.0.5",
            "group tree 239.1.0.5",
            "group verify 239.1.0.5",
            "group verify --all -o tsv",
            "group watch 239.1.0.5 --limit 1",
            "group list --watch --limit 1 -o name",
            "pool delete mcast --yes",
            "group leave 239.1.0.5 -i web-1",
            "group leave 239.1.0.5 -i web-1",
            "group show 239.1.0.5",
            "pool unlink mcast",
            "pool range remove mcast 239.1.0.1 239.1.0.9",
            "pool delete mcast --yes"), "rack-groups");
    }

    [Fact]
    public async Task A_group_that_differs_on_a_switch_is_exit_9()
    {
        await TranscriptAsync(
            "instance create web-1 --cpus 1 --memory 1GiB --wait -q", "pool create mcast", "pool range add mcast 239.1.0.1 239.1.0.9",
            "pool link mcast --default", "group join 239.1.0.5 -i web-1");
        await ConvergedAsync("239.1.0.5");
        using var http = new HttpClient();
        using var fault = new StringContent("{\"kind\":\"refuse\"}", System.Text.Encoding.UTF8, "application/json");
        using var injected = await http.PostAsync(new Uri(_rack.Switches[1].ControlAddress, "/control/switch1/faults"), fault);
        injected.EnsureSuccessStatusCode();

        var run = await CliRun.OfAsync(_rack.Node, "group verify --all");

        run.ExitCode.ShouldBe(ExitCodes.Difference, run.Error);
        run.Out.ShouldContain("unreachable");
    }

    [Fact]
    public async Task A_viewer_reads_and_changes_nothing()
    {
        var viewer = await _rack.Node.UserAsync("eve", fleetRole: "viewer");

        Golden.ShouldBeAsReviewed(await CliRun.TranscriptAsync(
            _rack.Node, viewer,
            "whoami",
            "sled list --columns SERIAL,CUBBY,POLICY",
            "rack elevation",
            "pool create mcast",
            "silo create lab",
            "sled list --watch --limit 1 --columns SERIAL"), "rack-viewer");
    }

    [Fact]
    public async Task A_wait_that_is_given_up_is_exit_7_and_names_the_instance()
    {
        await using var rack = await RackHost.StartAsync(new RackHostOptions { Sleds = 1, SledDelay = TimeSpan.FromMinutes(10) });
        var run = await CliRun.OfAsync(rack.Node, "instance create web-1 --cpus 1 --memory 1GiB --wait=0ms");

        run.ExitCode.ShouldBe(ExitCodes.StillGoing, run.Error);
        Guid.TryParse(run.Out.Trim(), out _).ShouldBeTrue(run.Out);
    }

    [Fact]
    public async Task At_a_terminal_a_deletion_asks_and_anything_but_yes_leaves_the_object()
    {
        await TranscriptAsync("pool create mcast");

        (await CliRun.OfAsync(_rack.Node, "pool delete mcast", typed: "n\n")).ExitCode.ShouldBe(ExitCodes.Usage);
        (await CliRun.OfAsync(_rack.Node, "pool list -o name")).Out.ShouldBe("mcast\n");
        (await CliRun.OfAsync(_rack.Node, "pool delete mcast", typed: "y\n")).ExitCode.ShouldBe(ExitCodes.Ok);
        (await CliRun.OfAsync(_rack.Node, "pool list -o name")).Out.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_login_keeps_the_token_readable_for_its_owner_only_and_a_logout_forgets_it()
    {
        var config = Path.Combine(Directory.CreateTempSubdirectory("gantry-").FullName, "config.toml");
        await CliRun.OfAsync(null, $"context add lab --address {_rack.Node.External} --protected", config);
        var wrong = await CliRun.OfAsync(null, "login", config, typed: "gnt_wrong\n");
        wrong.ExitCode.ShouldBe(ExitCodes.NotAllowed);

        var right = await CliRun.OfAsync(null, "login", config, typed: _rack.Node.AdminToken + "\n");

        right.ExitCode.ShouldBe(0, right.Error);
        var file = Path.Combine(Path.GetDirectoryName(config)!, "tokens", "lab");
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        (await CliRun.OfAsync(null, "whoami -o name", config)).Out.ShouldBe("admin\n");
        (await CliRun.OfAsync(null, "project delete default --yes", config)).Error.ShouldContain("add --context lab");
        (await CliRun.OfAsync(null, "logout", config)).ExitCode.ShouldBe(0);
        (await CliRun.OfAsync(null, "whoami", config)).ExitCode.ShouldBe(ExitCodes.NotAllowed);
        Directory.Delete(Path.GetDirectoryName(config)!, recursive: true);
    }

    [Fact]
    public async Task Completion_offers_names_of_the_rack_and_nothing_when_nobody_answers()
    {
        var config = Path.Combine(Directory.CreateTempSubdirectory("gantry-").FullName, "config.toml");
        await TranscriptAsync("pool create mcast");

        (await CliRun.OfAsync(_rack.Node, "complete-names pool", config)).Out.ShouldBe("mcast\n");
        (await CliRun.OfAsync(_rack.Node, "complete-names switch", config)).Out.ShouldBe("0\n1\n");
        var nobody = await CliRun.OfAsync(null, "complete-names pool", config);
        nobody.ShouldBe(new CliRun(0, "", ""));
        Directory.Delete(Path.GetDirectoryName(config)!, recursive: true);
    }

    [Fact]
    public async Task A_dry_run_says_what_it_would_do_and_does_not()
    {
        var run = await CliRun.OfAsync(_rack.Node, "pool create mcast --dry-run");

        run.ExitCode.ShouldBeOneOf(ExitCodes.Ok, ExitCodes.Refused); // refused where an operation does not serve it
        (await CliRun.OfAsync(_rack.Node, "pool list -o name")).Out.ShouldBeEmpty();
    }

    [Fact]
    public async Task Json_of_a_watch_is_one_object_a_line_with_its_type()
    {
        var run = await CliRun.OfAsync(_rack.Node, "switch list --watch --limit 2 -o json");

        run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement.Text("type")).ShouldBe(["snapshot", "snapshot"]);
    }

    private Task<string> TranscriptAsync(params string[] commandLines) => CliRun.TranscriptAsync(_rack.Node, null, commandLines);

    private Task ConvergedAsync(string group) => Eventually.HoldsAsync(
        async () => (await CliRun.OfAsync(_rack.Node, $"group members {group} -o json")).Out.Contains("\"Joined\"", StringComparison.Ordinal),
        TimeSpan.FromSeconds(60));
}
