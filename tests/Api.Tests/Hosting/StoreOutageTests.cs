using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Actors.Storage;
using Gantry.Contracts;
using Gantry.Primitives;
using Gantry.Tenancy;
using Gantry.Tests;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>PostgreSQL is away, slow, or out of reach for one node, as clients see it (engine 5.9, first three rows; engine 9).</summary>
[Trait("spec", "engine/5.9")]
public sealed class StoreOutageTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

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
            RetryAfterOf(answer).ShouldBeInRange(1, 60);
        }

        owned.ShouldBe(128, "nobody judges anybody without the store");
        engine.Rejoins.ShouldBe(0, "what it had in memory is still good");
        (await admin.ListAsync("/v1/projects")).Count(p => p.Text("name") == "during").ShouldBe(1);
    }

    [PostgresFact]
    public async Task A_node_that_is_cut_from_the_store_says_so_with_a_time_and_passes_commands_on_until_it_is_back()
    {
        var direct = new NpgsqlConnectionStringBuilder(await TestCluster.NewDatabaseAsync());
        await using var line = new TcpProxy(direct.Port);
        var through = new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Host = "127.0.0.1", Port = line.Port };
        var token = TokenText.New(SystemRandomSource.Instance).Reveal();
        var none = new Dictionary<string, string?>();
        await using var cut = await ApiHost.StartAsync(TestCluster.Settings(none, 0, through.ConnectionString, token));
        await using var other = await ApiHost.StartAsync(TestCluster.Settings(none, 1, direct.ConnectionString, token));
        await TestCluster.BalancedAsync([cut, other]);
        var (atCut, atOther) = (cut.As(token), other.As(token));
        var project = (await atCut.PostAsync("/v1/projects", Project("before")).Expect(201)).Id;

        line.IsClosed = true;
        line.Cut();
        await Eventually.HoldsAsync(() => other.Services.GetRequiredService<ActorEngine>().Cluster!.Shards == 128, s_patience);

        // Its gateway learns from its peer where the shards are: a command needs no store of its own.
        await Eventually.HoldsAsync(async () => await UpdateAsync(cut, project, "by the other") is Outcome<Done>.Accepted, s_patience);
        (await atCut.GetAsync("/health/live")).Status.ShouldBe(200);
        (await atCut.GetAsync("/health/ready")).Status.ShouldBe(503);
        var read = (await atCut.GetAsync("/v1/projects")).Expect(503);
        read.Body.Text("reason").ShouldBe("StoreUnavailable", read.ToString());
        RetryAfterOf(read).ShouldBeInRange(1, 60);
        (await atOther.ListAsync("/v1/projects")).Single(p => p.Text("name") == "before").Text("description").ShouldBe("by the other");
        await atOther.PostAsync("/v1/projects", Project("during")).Expect(201);

        line.IsClosed = false;
        await Eventually.HoldsAsync(async () => (await atCut.GetAsync("/health/ready")).Status == 200, s_patience);
        (await atCut.ListAsync("/v1/projects")).ShouldContain(p => p.Text("name") == "during");
    }

    [PostgresFact]
    [Trait("spec", "engine/9")]
    public async Task While_the_store_is_slow_queues_stay_within_their_bounds_and_what_is_turned_away_has_a_time_and_was_not_done()
    {
        const int Sent = 600; // above what one object may have queued and decided ahead
        var direct = new NpgsqlConnectionStringBuilder(await TestCluster.NewDatabaseAsync());
        await using var line = new TcpProxy(direct.Port);
        var token = TokenText.New(SystemRandomSource.Instance).Reveal();
        var through = new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Host = "127.0.0.1", Port = line.Port };
        await using var host = await ApiHost.StartAsync(TestCluster.Settings(new Dictionary<string, string?>(), 0, through.ConnectionString, token));
        var admin = host.As(token);
        var project = (await admin.PostAsync("/v1/projects", Project("one")).Expect(201)).Id;
        var before = await EventsAsync(host, project);

        line.IsForwardHeld = true;
        var asked = Enumerable.Range(0, Sent).Select(n => UpdateAsync(host, project, $"{n}")).ToList();
        await Eventually.HoldsAsync(() => asked.Count(a => a.IsCompleted) >= 100, s_patience);

        // 32 queries run and 256 wait: whoever comes then is told so.
        var reads = Enumerable.Range(0, 330).Select(_ => admin.GetAsync("/v1/projects")).ToList();
        await Eventually.HoldsAsync(() => reads.Exists(r => r.IsCompleted), s_patience);
        line.IsForwardHeld = false;
        var outcomes = await Task.WhenAll(asked);
        var answers = await Task.WhenAll(reads);

        var away = outcomes.Where(o => o is not Outcome<Done>.Accepted).ToList();
        away.ShouldAllBe(o => o is Outcome<Done>.Overloaded || o is Outcome<Done>.Unavailable);
        away.Select(o => o is Outcome<Done>.Overloaded over ? over.RetryAfter : ((Outcome<Done>.Unavailable)o).RetryAfter)
            .ShouldAllBe(t => t >= TimeSpan.FromSeconds(0.8) && t <= TimeSpan.FromSeconds(36), "1 to 30 s, a fifth more or less");
        (await EventsAsync(host, project) - before).ShouldBe(Sent - away.Count, "what was turned away was not done, the rest once");
        var busy = answers.Where(a => a.Status != 200).ToList();
        busy.ShouldNotBeEmpty();
        busy.ForEach(a => RetryAfterOf(a.Expect(503)).ShouldBeInRange(1, 60));
        (await admin.GetAsync("/v1/projects")).Expect(200);
    }

    private static int RetryAfterOf(ApiAnswer answer) => int.Parse(answer.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture);

    private static Task<Outcome<Done>> UpdateAsync(ApiHost at, string project, string description) => at.Entities.AskAsync(
        Addresses.Project(ProjectId.From(Guid.Parse(project))),
        new UpdateProject(null, description),
        new AskOptions
        {
            Key = CommandKey.Fresh(SystemRandomSource.Instance), Deadline = TimeSpan.FromMinutes(1), Caller = new Principal(PrincipalKind.Host, "tests", "admin"),
        },
        default).AsTask();

    private static async Task<int> EventsAsync(ApiHost at, string project)
    {
        var count = 0;
        var store = at.Services.GetRequiredService<IActorStore>();
        await foreach (var _ in store.HistoryAsync(Addresses.Project(ProjectId.From(Guid.Parse(project))), 0, 10_000, default))
        {
            count++;
        }

        return count;
    }

    private static object Project(string name) => new { Name = name, Description = "" };
}
