using System.Text.Json;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests.Events;

/// <summary>What happened, and what happens: <c>/v1/events</c> and <c>gantry event</c> (operator-experience 2.1, 5).</summary>
[Trait("spec", "ops/5")]
public sealed class EventListTests : IAsyncLifetime
{
    private ApiHost _host = null!; // set by InitializeAsync before any test runs
    private ApiClient _admin = null!; // set by InitializeAsync before any test runs

    public async Task InitializeAsync()
    {
        _host = await ApiHost.StartAsync(ApiHost.OneRack());
        _admin = _host.As(_host.AdminToken);
    }

    public async Task DisposeAsync()
    {
        _admin.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task The_latest_come_oldest_first_by_whom_and_why_and_without_what_they_hold()
    {
        var pool = await PoolAsync("mcast", ("Idempotency-Key", "of-the-operator"));

        var last = (await EventsAsync($"kind=ip-pool&object={pool}")).Items.ShouldHaveSingleItem();

        last.Text("what").ShouldBe("created");
        last.Text("caller").ShouldStartWith("user:");
        last.GetProperty("sequence").GetInt64().ShouldBe(1);
        last.EnumerateObject().Select(m => m.Name).ShouldBe(["time", "kind", "object", "sequence", "what", "caller", "cause"]);
        var all = (await EventsAsync("limit=1000")).Items.Select(e => e.GetProperty("time").GetDateTimeOffset()).ToList();
        all.ShouldBe(all.Order());
        (await EventsAsync("limit=1")).Items.Count.ShouldBe(1);
        (await EventsAsync("kind=nothing")).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task After_an_answer_only_what_came_since_is_told_each_event_once_and_a_wait_ends_with_the_first()
    {
        await PoolAsync("before");
        var (_, resume) = await EventsAsync("kind=ip-pool");
        var nothing = await EventsAsync($"kind=ip-pool&after={resume}&wait_ms=0");
        var waiting = EventsAsync($"kind=ip-pool&after={nothing.Resume}&wait_ms=30000");
        var first = await PoolAsync("first");

        var woken = await waiting;
        var second = await PoolAsync("second");
        var rest = await EventsAsync($"kind=ip-pool&after={woken.Resume}&wait_ms=30000");

        nothing.Items.ShouldBeEmpty();
        woken.Items.ShouldHaveSingleItem().Text("object").ShouldBe(first);
        rest.Items.ShouldHaveSingleItem().Text("object").ShouldBe(second);
    }

    [Theory]
    [InlineData("after=nonsense", 410, "WatchExpired")]
    [InlineData("limit=0", 400, "MalformedQuery")]
    [InlineData("limit=1001", 400, "MalformedQuery")]
    [InlineData("wait_ms=30001", 400, "MalformedQuery")]
    public async Task What_cannot_be_is_refused(string query, int status, string reason) =>
        (await _admin.GetAsync($"/v1/events?{query}")).ExpectFailure(status, status == 410 ? "Gone" : null, reason);

    [Fact]
    public async Task Who_may_not_look_at_the_fleet_is_told_nothing()
    {
        using var stranger = _host.As(await _host.UserAsync("stranger"));

        await stranger.GetAsync("/v1/events").ExpectFailure(403, "Forbidden");
    }

    [Fact]
    public async Task Events_on_the_command_line_are_listed_and_followed()
    {
        await PoolAsync("mcast");

        Golden.ShouldBeAsReviewed(
            await CliRun.TranscriptAsync(
                _host, null,
                "event list --kind ip-pool --columns KIND,OBJECT,WHAT",
                "event list --kind nothing",
                "event list --columns NOPE",
                "event watch --kind ip-pool --limit 1 -o name"),
            "events");
        var watching = CliRun.OfAsync(_host, "event watch --kind ip-pool --limit 2 -o json");
        await PoolAsync("later");
        (await watching).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonDocument.Parse(l).RootElement.Text("what")).ShouldBe(["created", "created"]);
    }

    private async Task<string> PoolAsync(string name, params (string Name, string Value)[] headers) => (await _admin.PostAsync(
        "/v1/system/ip-pools", new { Name = name, Description = "", IpVersion = "v4", PoolType = "multicast" }, headers).Expect(201)).Id;

    private async Task<(List<JsonElement> Items, string Resume)> EventsAsync(string query)
    {
        var body = (await _admin.GetAsync($"/v1/events?{query}").Expect(200)).Body;
        return ([.. body.GetProperty("items").EnumerateArray()], body.Text("resume")!);
    }
}
