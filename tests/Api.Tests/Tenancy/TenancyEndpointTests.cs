using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Gantry.Tenancy;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Users, tokens, roles, silos and quotas through the API.</summary>
[Collection(ApiHostGroup.Name)]
public sealed class TenancyEndpointTests(ApiHostFixture fixture) : IDisposable
{
    private const string Users = "/v1/system/identity-providers/local/users?silo=";

    private readonly ApiClient _admin = fixture.Host.As(fixture.Host.AdminToken);

    public void Dispose() => _admin.Dispose();

    [Fact]
    public async Task A_user_is_made_gets_a_token_that_is_shown_once_and_loses_all_with_its_deletion()
    {
        var user = await UserAsync("te-jo");
        var token = await _admin.PostAsync($"/v1/users/{user}/access-tokens", "{}").Expect(201);
        using var jo = fixture.Host.As(token.Member("token"));

        (await jo.GetAsync("/v1/me").Expect(200)).Member("display_name").ShouldBe("te-jo");
        var listed = await _admin.GetAsync($"/v1/users/{user}/access-tokens").Expect(200);
        listed.Text.ShouldNotContain(token.Member("token"));
        listed.Text.ShouldContain(token.Member("prefix"));
        await _admin.DeleteAsync($"/v1/system/identity-providers/local/users/{user}?silo=default").Expect(204);

        await jo.GetAsync("/v1/me").ExpectFailure(401, "Unauthorized");
        await _admin.GetAsync($"/v1/users/{user}").ExpectFailure(404, "ObjectNotFound");
        await UserAsync("te-jo");
    }

    // The gateway looks at the silo's row and then makes: what is made after the deletion, by a look from before it, is asked for here.
    [Fact]
    public async Task What_is_made_in_a_silo_at_the_moment_of_its_deletion_ends_with_it()
    {
        var quotas = new { Cpus = 1, Memory = 1L << 30, Storage = 0 };
        var silo = SiloId.From(Guid.Parse((await _admin.PostAsync(
            "/v1/system/silos", new { Name = "te-short", Description = "", Discoverable = false, IdentityMode = "local_only", Quotas = quotas }).Expect(201)).Id));
        await _admin.DeleteAsync("/v1/system/silos/te-short").Expect(204);
        var caller = new Principal(PrincipalKind.Host, "tests", "admin");
        var user = new UserId(Guid.NewGuid());
        var project = ProjectId.From(Guid.NewGuid());

        await fixture.Host.AcceptedAsync(Addresses.User(user), new CreateUser(silo, "late", null, null), caller);
        await fixture.Host.AcceptedAsync(Addresses.Project(project), new CreateProject(silo, "late", ""), caller);

        await Gantry.Tests.Eventually.HoldsAsync(
            async () => await fixture.Host.Views.GetAsync(TenancyViews.Users, user.ToString(), default) is null
                && await fixture.Host.Views.GetAsync(TenancyViews.Projects, project.ToString(), default) is null,
            TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task An_admin_of_the_silo_makes_no_token_for_who_may_more_than_itself_on_the_fleet()
    {
        var boss = (await _admin.GetAsync("/v1/me").Expect(200)).Id;
        using var local = fixture.Host.As(await fixture.Host.UserAsync("te-local", siloRole: "admin"));

        await local.PostAsync($"/v1/users/{boss}/access-tokens", "{}").ExpectFailure(403, "Forbidden", "RoleTooLow", "fleet admin");
        await local.PostAsync($"/v1/users/{await UserAsync("te-plain")}/access-tokens", "{}").Expect(201);
    }

    [Fact]
    public async Task A_repeated_token_request_does_not_show_the_secret_again()
    {
        var key = ("Idempotency-Key", "token-once");
        var first = await _admin.PostAsync("/v1/me/access-tokens", "{}", key).Expect(201);

        var again = await _admin.PostAsync("/v1/me/access-tokens", "{}", key).Expect(201);

        again.Id.ShouldBe(first.Id);
        again.Member("prefix").ShouldBe(first.Member("prefix"));
        again.Headers["idempotent-replayed"].ShouldBe("true");
        again.Body.TryGetProperty("token", out _).ShouldBeFalse();
        await _admin.DeleteAsync($"/v1/me/access-tokens/{first.Id}").Expect(204);
        await _admin.DeleteAsync($"/v1/me/access-tokens/{first.Id}").ExpectFailure(404, "ObjectNotFound");
    }

    [Fact]
    public async Task Tokens_end_at_their_time_and_by_log_out()
    {
        var user = await UserAsync("te-ann");
        await _admin.PostAsync($"/v1/users/{user}/access-tokens", new { TimeExpires = "2001-01-01T00:00:00Z" })
            .ExpectFailure(400, "InvalidRequest", "TokenExpiryPast");
        var token = await _admin.PostAsync($"/v1/users/{user}/access-tokens", new { TimeExpires = "2199-01-01T00:00:00Z" }).Expect(201);
        using var ann = fixture.Host.As(token.Member("token"));
        await ann.GetAsync("/v1/me").Expect(200);

        await _admin.PostAsync($"/v1/users/{user}/logout").Expect(204);

        await ann.GetAsync("/v1/me").ExpectFailure(401, "Unauthorized");
    }

    [Fact]
    public async Task Passwords_are_not_served_and_names_are_taken_once()
    {
        await _admin.PostAsync(Users + "default", new { ExternalId = "te-pw", Password = new { Mode = "password", Value = "x" } })
            .ExpectFailure(400, "InvalidRequest", "MemberNotServed");
        await UserAsync("te-pw");
        await _admin.PostAsync(Users + "default", new { ExternalId = "te-pw", Password = new { Mode = "login_disallowed" } })
            .ExpectFailure(400, "ObjectAlreadyExists", null, "te-pw");
    }

    [Fact]
    public async Task Roles_are_read_and_written_whole_and_count_at_once()
    {
        var user = await UserAsync("te-kim");
        var token = await _admin.PostAsync($"/v1/users/{user}/access-tokens", "{}").Expect(201);
        using var kim = fixture.Host.As(token.Member("token"));
        await _admin.PostAsync("/v1/projects", new { Name = "te-kims", Description = "" }).Expect(201);
        await kim.GetAsync("/v1/projects/te-kims").ExpectFailure(404, "ObjectNotFound");

        await _admin.PutAsync("/v1/projects/te-kims/policy", Policy(user, "viewer")).Expect(200);
        await kim.GetAsync("/v1/projects/te-kims").Expect(200);
        await kim.DeleteAsync("/v1/projects/te-kims").ExpectFailure(403, "Forbidden", "RoleTooLow");
        (await kim.GetAsync("/v1/projects/te-kims/policy").Expect(200)).Text.ShouldContain(user);
        await kim.PutAsync("/v1/projects/te-kims/policy", Policy(user, "admin")).ExpectFailure(403, "Forbidden");

        await _admin.PutAsync("/v1/projects/te-kims/policy", Policy(user, "admin")).Expect(200);
        await kim.DeleteAsync("/v1/projects/te-kims").Expect(204);
        await _admin.PutAsync("/v1/projects/default/policy", Policy(user, "emperor")).ExpectFailure(400, "InvalidValue", "RoleInvalid");
        await _admin.PutAsync("/v1/projects/default/policy", Policy("0a0a0a0a-0000-4000-8000-000000000001", "viewer"))
            .ExpectFailure(400, "InvalidRequest", "UserUnknownHere");
    }

    [Fact]
    [Trait("spec", "ops/5")]
    public async Task A_policy_that_changed_since_it_was_read_is_not_written_over()
    {
        var user = await UserAsync("te-bea");
        await _admin.PostAsync("/v1/projects", new { Name = "te-beas", Description = "" }).Expect(201);
        var read = await _admin.GetAsync("/v1/projects/te-beas/policy").Expect(200);
        var changed = await _admin.PutAsync("/v1/projects/te-beas/policy", Policy(user, "viewer"), ("If-Match", read.ETag)).Expect(200);

        await _admin.PutAsync("/v1/projects/te-beas/policy", Policy(user, "admin"), ("If-Match", read.ETag))
            .ExpectFailure(412, "PreconditionFailed", "GenerationMoved");

        (await _admin.GetAsync("/v1/projects/te-beas/policy").Expect(200)).Text.ShouldContain("viewer");
        changed.ETag.ShouldNotBe(read.ETag);
        await _admin.PutAsync("/v1/projects/te-beas/policy", Policy(user, "admin"), ("If-Match", changed.ETag)).Expect(200);
    }

    [Fact]
    public async Task The_fleet_policy_keeps_an_admin_and_calls_operators_collaborators()
    {
        await _admin.PutAsync("/v1/system/policy", new { RoleAssignments = Array.Empty<object>() })
            .ExpectFailure(400, "InvalidRequest", "LastFleetAdmin");
        await using var host = await ApiHost.StartAsync();
        using var admin = host.As(host.AdminToken);
        await host.UserAsync("op", "operator");

        var policy = await admin.GetAsync("/v1/system/policy").Expect(200);
        policy.Text.ShouldContain("\"collaborator\"");
        await admin.PutAsync("/v1/system/policy", policy.Text).Expect(200);
        (await admin.GetAsync("/v1/system/policy").Expect(200)).Text.ShouldBe(policy.Text);
    }

    [Fact]
    public async Task A_silo_with_quotas_is_made_changed_and_deleted_once_it_is_empty()
    {
        var silo = await _admin.PostAsync("/v1/system/silos", new
        {
            Name = "te-silo", Description = "", Discoverable = true, IdentityMode = "local_only",
            Quotas = new { Cpus = 8, Memory = 1L << 33, Storage = 1L << 40 },
        }).Expect(201);
        var quotas = await _admin.GetAsync("/v1/system/silos/te-silo/quotas").Expect(200);
        quotas.Body.GetProperty("storage").GetInt64().ShouldBe(1L << 40);

        var changed = await _admin.PutAsync("/v1/system/silos/te-silo/quotas", new { Cpus = 16 }, ("If-Match", quotas.ETag)).Expect(200);
        changed.Body.GetProperty("cpus").GetInt64().ShouldBe(16);
        changed.Body.GetProperty("memory").GetInt64().ShouldBe(1L << 33);
        await _admin.PutAsync("/v1/system/silos/te-silo/quotas", new { Cpus = -1 }).ExpectFailure(400, "InvalidValue", "QuotaInvalid");
        var stale = await _admin.PutAsync("/v1/system/silos/te-silo/quotas", new { Cpus = 1 }, ("If-Match", quotas.ETag))
            .ExpectFailure(412, "PreconditionFailed");
        stale.Body.GetProperty("present").GetProperty("cpus").GetInt64().ShouldBe(16);

        var user = (await _admin.PostAsync(Users + "te-silo", new { ExternalId = "sam", Password = new { Mode = "login_disallowed" } }).Expect(201)).Id;
        await _admin.DeleteAsync("/v1/system/silos/te-silo").ExpectFailure(400, "InvalidRequest", "SiloInUse", "sam");
        await _admin.DeleteAsync($"/v1/system/identity-providers/local/users/{user}?silo=te-silo").Expect(204);
        await _admin.DeleteAsync("/v1/system/silos/te-silo").Expect(204);

        await _admin.GetAsync($"/v1/system/silos/{silo.Id}").ExpectFailure(404, "ObjectNotFound");
        await _admin.DeleteAsync("/v1/system/silos/te-silo").ExpectFailure(404, "ObjectNotFound");
    }

    [Fact]
    public async Task Nobody_deletes_itself()
    {
        var me = (await _admin.GetAsync("/v1/me").Expect(200)).Id;

        await _admin.DeleteAsync($"/v1/system/identity-providers/local/users/{me}?silo=default").ExpectFailure(409, "Conflict", "UserIsCaller");
    }

    private async Task<string> UserAsync(string name) =>
        (await _admin.PostAsync(Users + "default", new { ExternalId = name, Password = new { Mode = "login_disallowed" } }).Expect(201)).Id;

    private static object Policy(string user, string role) =>
        new { RoleAssignments = new[] { new { IdentityId = user, IdentityType = "silo_user", RoleName = role } } };
}
