using System.Text.Json;
using Gantry.Cli;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Racks, sleds and the raw call through the command line, on a node of its own so that the lists are known.</summary>
public sealed class CliHardwareTests : IAsyncLifetime
{
    private ApiHost _host = null!; // set by InitializeAsync before any test runs

    public async Task InitializeAsync()
    {
        _host = await ApiHost.StartAsync(ApiHost.OneRack());
        foreach (var serial in (string[])["BRM42220016", "BRM42220017", "BRM99990001"])
        {
            await SledRegistrationTests.RegisterAsync(_host, serial);
        }
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [Trait("spec", "ops/2")]
    [InlineData("rack list", "rack-list")]
    [InlineData("sled list", "sled-list")]
    [InlineData("sled list --columns SERIAL,GEN", "sled-list-columns")]
    [InlineData("sled list --columns NOPE", "sled-list-wrong-column")]
    [InlineData("sled ls -o name", "sled-list-name")]
    [InlineData("sled show BRM42220016 -o yaml", "sled-show-yaml")]
    [InlineData("sled show BRM4", "sled-show-ambiguous")]
    [InlineData("sled get brm9", "sled-show-prefix")]
    [InlineData("sled show BRM42220061", "sled-show-unknown")]
    [InlineData("switch list", "switch-list-empty")]
    [InlineData("instance list", "instance-list-empty")]
    [InlineData("instance start web-1", "instance-unknown")]
    [InlineData("instance create Web_1", "instance-bad-name")]
    [InlineData("pool list", "pool-list-empty")]
    [InlineData("pool delete mcast", "pool-unknown")]
    [InlineData("group list", "group-list-empty")]
    [InlineData("group verify --all", "group-verify-none")]
    [InlineData("api get /v1/ping", "api-ping")]
    [InlineData("api get /v1/nothing", "api-unknown-route")]
    [InlineData("api put /v1/limits", "api-wrong-method")]
    public async Task Output_is_as_reviewed(string commandLine, string name) =>
        Golden.ShouldBeAsReviewed((await CliRun.OfAsync(_host, commandLine)).Redacted(), name);

    [Fact]
    public async Task A_wrong_token_is_exit_5_and_points_to_the_context()
    {
        var run = await CliRun.OfAsync(_host, "sled list", token: "gnt_wrong");

        run.ExitCode.ShouldBe(ExitCodes.NotAllowed);
        run.Error.ShouldContain("GANTRY_TOKEN");
    }

    [Fact]
    public async Task Json_is_the_data_of_the_API_and_nothing_else_is_on_standard_output()
    {
        var run = await CliRun.OfAsync(_host, "sled list -o json -v");

        JsonDocument.Parse(run.Out).RootElement.GetArrayLength().ShouldBe(3);
        run.Error.ShouldContain("request");
    }

    [Fact]
    public async Task An_id_and_its_beginning_are_taken_everywhere()
    {
        var id = JsonDocument.Parse((await CliRun.OfAsync(_host, "sled show BRM99990001 -o json")).Out).RootElement.Text("id")!;

        (await CliRun.OfAsync(_host, $"sled show {id} -o name")).Out.ShouldBe("BRM99990001\n");
        (await CliRun.OfAsync(_host, $"sled show {id[..8]} -o name")).Out.ShouldBe("BRM99990001\n");
    }

    [Fact]
    public async Task A_deletion_without_a_person_there_asks_for_the_flag()
    {
        (await CliRun.OfAsync(_host, "pool create to-delete --type multicast")).ExitCode.ShouldBe(0);

        var run = await CliRun.OfAsync(_host, "pool delete to-delete");

        run.ExitCode.ShouldBe(ExitCodes.Usage);
        run.Error.ShouldContain("--yes");
        (await CliRun.OfAsync(_host, "pool delete to-delete --yes")).ExitCode.ShouldBe(0);
    }
}
