using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>What one meets at the edge of the API: paths beside it, probes of load balancers, text that people read.</summary>
[Collection(ApiHostGroup.Name)]
[Trait("spec", "ops/5")]
public sealed class EdgeTests(ApiHostFixture fixture) : IDisposable
{
    private readonly ApiClient _admin = fixture.Host.As(fixture.Host.AdminToken);

    public void Dispose() => _admin.Dispose();

    [Theory]
    [InlineData("/v1/nothing")]
    [InlineData("/health/raedy")]
    [InlineData("/openapi/v2.json")]
    public async Task A_path_beside_those_that_are_served_has_an_error_body_with_the_way_out(string path) =>
        (await _admin.GetAsync(path).ExpectFailure(404, null, "NoSuchRoute")).Member("remedy").ShouldContain("/openapi/v1.json");

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/health/start")]
    public async Task A_load_balancer_may_ask_for_the_head_alone(string path)
    {
        using var client = fixture.Host.Client(null);
        using var request = new HttpRequestMessage(HttpMethod.Head, path);

        using var answer = await client.SendAsync(request);

        ((int)answer.StatusCode).ShouldBe(200);
        (await answer.Content.ReadAsStringAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/health/start")]
    public async Task Anybody_is_told_which_checks_are_good_and_only_who_may_look_at_the_fleet_why(string path)
    {
        using var nobody = fixture.Host.As(null);
        using var stranger = fixture.Host.As(await fixture.Host.UserAsync("stranger" + path.Replace('/', '-')));

        foreach (var client in new[] { nobody, stranger })
        {
            var shown = await client.GetAsync(path);
            shown.Body.Text("status").ShouldBe("ok");
            shown.Body.GetProperty("checks").GetArrayLength().ShouldBeGreaterThan(0);
            shown.Text.ShouldNotContain("message");
            shown.Text.ShouldNotContain("remedy");
        }

        (await _admin.GetAsync(path)).Text.ShouldContain("\"message\":");
    }

    [Fact]
    public async Task The_limits_say_how_many_watches_one_caller_may_have_and_has()
    {
        using var eve = fixture.Host.As(await fixture.Host.UserAsync("eve-watches"));
        using var place = fixture.Host.Services.GetRequiredService<WatchHub>().Enter(new(Guid.Parse((await eve.GetAsync("/v1/me").Expect(200)).Id)), out _);

        var limits = (await eve.GetAsync("/v1/limits").Expect(200)).Body.GetProperty("items").EnumerateArray();

        var own = limits.Single(l => l.Text("name") == "watchers_per_caller");
        own.GetProperty("limit").GetInt64().ShouldBe(64);
        own.GetProperty("used").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task Messages_are_written_for_the_eyes_and_not_taken_for_HTML()
    {
        using var nobody = fixture.Host.As(null);

        var refused = await nobody.GetAsync("/v1/me").ExpectFailure(401, "Unauthorized");

        refused.Text.ShouldContain("""\"Authorization: Bearer <token>\" """.TrimEnd());
        refused.Headers["X-Content-Type-Options"].ShouldBe("nosniff");
    }
}
