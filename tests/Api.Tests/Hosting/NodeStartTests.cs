using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Contracts;
using Gantry.Hosting;
using Gantry.Primitives;
using Gantry.Tenancy;
using Gantry.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

[Trait("spec", "engine/10.3")]
public class NodeStartTests
{
    private const string Rack = "c0ffee00-0000-4000-8000-000000000001";

    [Fact]
    public async Task Node_in_memory_starts_serves_and_stops()
    {
        var node = await TestNode.StartAsync(Memory());

        var health = node.Health;

        (await health.ReadyAsync(CancellationToken.None)).IsHealthy.ShouldBeTrue();
        health.Start().IsHealthy.ShouldBeTrue();
        health.Live().IsHealthy.ShouldBeTrue();
        await node.DisposeAsync();
        health.Live().IsHealthy.ShouldBeFalse();
    }

    [Fact]
    public async Task Restart_on_a_folder_keeps_what_was_there()
    {
        using var folder = new TestFolder();
        await using (var first = await TestNode.StartAsync(WithRack(folder.Settings)))
        {
            (await RacksAsync(first)).ShouldHaveSingleItem().Row.Id.ToString().ShouldBe(Rack);
        }

        await using var second = await TestNode.StartAsync(folder.Settings);

        (await RacksAsync(second)).ShouldHaveSingleItem().Row.Id.ToString().ShouldBe(Rack);
    }

    [Fact]
    public async Task Restart_after_the_first_project_was_renamed_and_the_first_user_deleted_serves_and_makes_neither_anew()
    {
        using var folder = new TestFolder();
        await using (var first = await TestNode.StartAsync(folder.Settings))
        {
            var project = (await AllAsync(first, TenancyViews.Projects)).ShouldHaveSingleItem().Row.Id;
            var admin = (await AllAsync(first, TenancyViews.Users)).ShouldHaveSingleItem().Row.Id;
            await AskAsync(first, Addresses.Project(project), new UpdateProject("production", null));
            await AskAsync(first, Addresses.User(admin), new DeleteUser());
        }

        await using var second = await TestNode.StartAsync(folder.Settings);

        (await AllAsync(second, TenancyViews.Projects)).ShouldHaveSingleItem().Row.Name.ShouldBe("production");
        (await AllAsync(second, TenancyViews.Users)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Second_node_on_a_folder_is_refused_and_told_why()
    {
        using var folder = new TestFolder();
        await using var first = await TestNode.StartAsync(folder.Settings);

        var refused = await Should.ThrowAsync<StoreRefusedException>(() => TestNode.StartAsync(folder.Settings));

        refused.Message.ShouldContain(folder.Path);
        (await first.Health.ReadyAsync(CancellationToken.None)).IsHealthy.ShouldBeTrue();
    }

    [Fact]
    public async Task Folder_is_free_as_soon_as_its_node_stopped()
    {
        using var folder = new TestFolder();
        for (var i = 0; i < 3; i++)
        {
            await using var node = await TestNode.StartAsync(folder.Settings);
            await node.StopAsync();
        }
    }

    [Fact]
    public async Task Host_that_is_disposed_of_without_a_stop_ends_and_frees_its_folder()
    {
        using var folder = new TestFolder();
        var first = await TestNode.StartAsync(folder.Settings);

        await first.AbandonAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));

        await using var second = await TestNode.StartAsync(folder.Settings);
    }

    [Theory]
    [InlineData("gantry:storage:kind", "oracle", "gantry.storage.kind must be sqlite, postgres or memory")]
    [InlineData("gantry:host:stop_budget", "00:02:00", "gantry.host.stop_budget must be 1 s to 60 s")]
    [InlineData("gantry:bootstrap:token", "secret", "gantry.bootstrap.token is not gnt_<prefix>_<secret>")]
    [InlineData("gantry:racks:0:subnet", "fd00:1122:3344:100::/56", "gantry.racks[0].id is missing")]
    [InlineData("gantry:racks:0:id", "xyz", "gantry.racks[0].id \"xyz\" is no UUID")]
    [InlineData("gantry:racks:0:subnet", "10.0.0.0/8", "is not an IPv6 /56")]
    [InlineData("gantry:racks:0:switches:0:slot", "7", "slots 7: they are 0 and 1")]
    [InlineData("gantry:racks:0:management_gateways:0", "somewhere", "\"somewhere\", which is not a base address")]
    public async Task Setting_out_of_range_stops_the_start_and_is_named(string key, string value, string message)
    {
        var settings = Memory();
        settings[key] = value;

        var refused = await Should.ThrowAsync<OptionsValidationException>(() => TestNode.StartAsync(settings));

        refused.Message.ShouldContain(message);
    }

    [Fact]
    public async Task Bootstraps_run_in_order_after_the_engine_decides_and_before_the_node_is_ready()
    {
        var ran = new List<string>();

        await using var node = await TestNode.StartAsync(Memory(), services => services
            .AddSingleton<IBootstrap>(p => new Probe(ran, "late", 2_000, p))
            .AddSingleton<IBootstrap>(p => new Probe(ran, "early", 1_000, p)));

        ran.ShouldBe(["early Bootstrapping", "late Bootstrapping"]);
    }

    [Fact]
    public async Task Bootstrap_that_throws_stops_the_start_and_frees_the_folder()
    {
        using var folder = new TestFolder();

        await Should.ThrowAsync<InvalidOperationException>(() => TestNode.StartAsync(
            folder.Settings, services => services.AddSingleton<IBootstrap>(p => new Probe([], "broken", 0, p) { Throws = true })));

        await using var node = await TestNode.StartAsync(folder.Settings);
    }

    [Fact]
    public async Task Reconcilers_of_the_areas_run_after_the_start()
    {
        await using var node = await TestNode.StartAsync(WithRack(Memory()));

        await Eventually.HoldsAsync(
            () => node.Get<IReconcilers>().Status().Any(s => s.Reconciler == Reconcilers.InventoryCollection),
            TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Metrics_of_a_running_node_name_engine_and_reconcilers()
    {
        await using var node = await TestNode.StartAsync(WithRack(Memory()));

        var text = node.Get<PrometheusText>().Write();

        text.ShouldContain("reconciler_queue_depth{reconciler=\"inventory_collection\"}");
        text.ShouldContain("actors_");
    }

    private static Dictionary<string, string?> Memory() => new() { ["gantry:storage:kind"] = "memory" };

    private static Dictionary<string, string?> WithRack(Dictionary<string, string?> settings) => new(settings)
    {
        ["gantry:racks:0:id"] = Rack,
        ["gantry:racks:0:subnet"] = "fd00:1122:3344:100::/56",
    };

    private static Task<IEnumerable<ViewItem<RackRow>>> RacksAsync(TestNode node) => AllAsync(node, InventoryViews.Racks);

    private static async Task<IEnumerable<ViewItem<TRow>>> AllAsync<TRow>(TestNode node, ViewSchema<TRow> view) where TRow : class =>
        await node.Get<IViews>().ListAsync(new ViewQuery<TRow>(view), CancellationToken.None);

    private static async Task AskAsync(TestNode node, EntityAddress to, ICommand<Done> command)
    {
        var how = new AskOptions
        {
            Key = CommandKey.Fresh(SystemRandomSource.Instance), Deadline = TimeSpan.FromSeconds(10), Caller = new Principal(PrincipalKind.Host, "tests", "admin"),
        };
        (await node.Get<IEntities>().AskAsync(to, command, how, CancellationToken.None)).ShouldBeOfType<Outcome<Done>.Accepted>();
    }

    private sealed class Probe(List<string> ran, string name, int order, IServiceProvider services) : IBootstrap
    {
        public string Name => name;

        public int Order => order;

        public bool Throws { get; init; }

        public ValueTask RunAsync(CancellationToken ct)
        {
            ran.Add($"{name} {services.GetRequiredService<NodeLife>().Phase}");
            return Throws ? throw new InvalidOperationException("the bootstrap is broken") : ValueTask.CompletedTask;
        }
    }
}
