using Gantry.Actors.Runtime;
using Gantry.Primitives;
using Gantry.Tenancy;
using Gantry.Tests;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>PostgreSQL is away, as clients see it over HTTP (engine 5.9, first row).</summary>
[Trait("spec", "engine/5.9")]
public sealed class StoreOutageTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [PostgresFact]
    public async Task While_the_store_is_away_requests_are_503_with_a_time_and_the_node_lives_and_afterwards_goes_on_as_it_was()
    {
        var direct = new NpgsqlConnectionStringBuilder(await TestCluster.NewDatabaseAsync());
        await using var line = new TcpProxy(direct.Port);
        var token = TokenText.New(SystemRandomSource.Instance).Reveal();
        var through = new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Host = "127.0.0.1", Port = line.Port };
        await using var host = await ApiHost.StartAsync(TestCluster.Settings(new Dictionary<string, string?>(), 0, through.ConnectionString, token));
        var admin = host.As(token);
        var engine = host.Services.GetRequiredService<ActorEngine>();
        await admin.PostAsync("/v1/projects", Project("before")).Expect(201);

        line.IsClosed = true;
        line.Cut();

        await Eventually.HoldsAsync(async () => (await admin.GetAsync("/health/ready")).Status == 503, s_patience);
        var live = await admin.GetAsync("/health/live");
        var read = await admin.GetAsync("/v1/projects");
        var write = await admin.PostAsync("/v1/projects", Project("during"), ("Idempotency-Key", "outage-1"));
        var owned = engine.Cluster!.Shards;

        line.IsClosed = false;
        await Eventually.HoldsAsync(async () => (await admin.GetAsync("/health/ready")).Status == 200, s_patience);
        await admin.PostAsync("/v1/projects", Project("during"), ("Idempotency-Key", "outage-1")).Expect(201);

        live.Status.ShouldBe(200, live.ToString());
        foreach (var answer in (ApiAnswer[])[read, write])
        {
            answer.Expect(503).Body.Text("reason").ShouldBe("StoreUnavailable", answer.ToString());
            int.Parse(answer.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture).ShouldBeInRange(1, 60);
        }

        owned.ShouldBe(128, "nobody judges anybody without the store");
        engine.Rejoins.ShouldBe(0, "what it had in memory is still good");
        (await admin.ListAsync("/v1/projects")).Count(p => p.Text("name") == "during").ShouldBe(1);
    }

    private static object Project(string name) => new { Name = name, Description = "" };
}
