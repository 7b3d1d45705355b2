using Gantry.Actors.Runtime;
using Gantry.Primitives;
using Gantry.Tenancy;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>What a node does between the order to stop and the end of its listeners (engine 5.8).</summary>
[Trait("spec", "engine/5.8")]
public sealed class LeavingNodeTests
{
    [Fact]
    public async Task A_node_that_leaves_answers_and_says_so_and_cuts_its_watches()
    {
        await using var host = await ApiHost.StartAsync();
        using var client = host.Client(host.AdminToken);
        using var watch = await client.GetAsync("/v1/watch?kinds=switch", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await watch.Content.ReadAsStreamAsync());
        (await host.As(null).GetAsync("/health/ready")).Status.ShouldBe(200);

        await LeaveAsync(host);

        (await host.As(null).GetAsync("/health/ready")).Status.ShouldBe(503);
        (await host.As(null).GetAsync("/health/live")).Status.ShouldBe(200);
        using var answer = await client.GetAsync("/v1/projects");
        ((int)answer.StatusCode).ShouldBe(200);
        answer.Headers.ConnectionClose.ShouldBe(true);
        (await reader.ReadToEndAsync()).ShouldContain("event: cut"); // which ends it
    }

    [PostgresFact]
    public async Task A_member_that_has_given_all_its_shards_away_passes_on_what_still_comes()
    {
        var database = await TestCluster.NewDatabaseAsync();
        var token = TokenText.New(SystemRandomSource.Instance).Reveal();
        await using var going = await ApiHost.StartAsync(Settings(0));
        await using var staying = await ApiHost.StartAsync(Settings(1));
        await TestCluster.BalancedAsync([going, staying]);

        await LeaveAsync(going);

        going.Services.GetRequiredService<ActorEngine>().Cluster!.Shards.ShouldBe(0);
        foreach (var name in (string[])["a", "b", "c", "d"])
        {
            await going.As(token).PostAsync("/v1/projects", new { Name = name, Description = "" }).Expect(201);
        }

        (await staying.As(token).ListAsync("/v1/projects")).Count.ShouldBe(5, "and the default one");

        Dictionary<string, string?> Settings(int node) =>
            new(TestCluster.Settings(TestCluster.Calm, node, database, token)) { ["gantry:cluster:drain_deadline"] = "00:01:00" };
    }

    // As the host does before it stops anything.
    private static Task LeaveAsync(ApiHost host) =>
        host.Services.GetServices<IHostedService>().OfType<IHostedLifecycleService>().Single().StoppingAsync(CancellationToken.None);
}
