using Gantry.Cli;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Events as people read them: names for ids, members instead of JSON.</summary>
[Trait("spec", "ops/2.2")]
public sealed class BriefTests : IAsyncLifetime
{
    private RackHost _rack = null!; // set by InitializeAsync before any test runs

    public async Task InitializeAsync() => _rack = await RackHost.StartAsync(new RackHostOptions { Sleds = 1 });

    public async Task DisposeAsync() => await _rack.DisposeAsync();

    [Fact]
    public async Task Tables_say_names_where_the_API_says_ids_and_JSON_stays_as_it_is()
    {
        await CliRun.OfAsync(_rack.Node, "instance create web-1 --cpus 1 --memory 1GiB --wait -q");
        var serial = (await CliRun.OfAsync(_rack.Node, "sled list -o name")).Out.Trim();
        var id = (await CliRun.OfAsync(_rack.Node, "instance list --columns ID -o wide")).Out.Split('\n')[1];

        (await CliRun.OfAsync(_rack.Node, "instance list --columns NAME,SLED -o tsv")).Out.ShouldBe($"NAME\tSLED\nweb-1\t{serial}\n");
        (await CliRun.OfAsync(_rack.Node, "vmm list --columns INSTANCE,SLED -o tsv")).Out.ShouldBe($"INSTANCE\tSLED\nweb-1\t{serial}\n");
        (await CliRun.OfAsync(_rack.Node, "sled list --columns INSTANCES,QUORUM -o tsv")).Out.ShouldBe("INSTANCES\tQUORUM\n1\t-\n");
        (await CliRun.OfAsync(_rack.Node, "instance events web-1")).Out.ShouldContain($"on sled {serial}");
        var events = await CliRun.OfAsync(_rack.Node, "event list --object web-1");
        events.Out.ShouldContain("  web-1  ");
        events.Out.ShouldContain("user:admin");
        (await CliRun.OfAsync(_rack.Node, "event list --object web-1 -o json")).Out.ShouldContain(id);
        (await CliRun.OfAsync(_rack.Node, $"sled events {serial}")).Out.ShouldContain("instance=web-1 threads=1 reservoir_bytes=1GiB");
    }

    [Fact]
    public async Task A_viewer_of_a_silo_gets_tables_without_what_only_the_fleet_sees()
    {
        await CliRun.OfAsync(_rack.Node, "instance create web-1 --cpus 1 --memory 1GiB --wait -q");
        var viewer = await _rack.Node.UserAsync("eve", siloRole: "viewer");

        var run = await CliRun.OfAsync(_rack.Node, "instance list --columns NAME,SLED -o tsv", token: viewer);

        run.ShouldBe(new CliRun(ExitCodes.Ok, "NAME\tSLED\nweb-1\t-\n", ""));
    }

    [Theory]
    [InlineData("""{"slot":5,"place":{"rear_port":"rear5"},"none":null,"empty":[]}""", "slot=5 rear_port=rear5")]
    [InlineData("""{"reservoir_bytes":2147483648,"isSet":true,"kind":"act…""", "reservoir_bytes=2GiB isSet=yes")]
    [InlineData("plain text", "plain text")]
    [InlineData("{}", "-")]
    public void What_an_event_holds_is_one_line(string text, string said) => Brief.Of(text, whole => whole).ShouldBe(said);
}
