using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>The header <c>Idempotency-Key</c> of POST.</summary>
[Collection(ApiHostGroup.Name)]
[Trait("spec", "ops/5")]
public sealed class IdempotencyTests(ApiHostFixture fixture) : IDisposable
{
    private readonly ApiClient _admin = fixture.Host.As(fixture.Host.AdminToken);

    public void Dispose() => _admin.Dispose();

    [Fact]
    public async Task The_same_key_and_body_gives_the_first_answer_marked_as_replayed()
    {
        var key = ("Idempotency-Key", "same-same");
        var first = await _admin.PostAsync("/v1/projects", new { Name = "idem-a", Description = "x" }, key).Expect(201);

        var again = await _admin.PostAsync("/v1/projects", new { Name = "idem-a", Description = "x" }, key).Expect(201);

        again.Id.ShouldBe(first.Id);
        again.Headers["idempotent-replayed"].ShouldBe("true");
        first.Headers.ContainsKey("idempotent-replayed").ShouldBeFalse();
        again.Headers["x-request-id"].ShouldNotBe(first.Headers["x-request-id"]);
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_422()
    {
        var key = ("Idempotency-Key", "same-other");
        await _admin.PostAsync("/v1/projects", new { Name = "idem-b", Description = "x" }, key).Expect(201);

        // The same object is asked, so the key is known there.
        await _admin.PostAsync("/v1/projects", new { Name = "idem-b", Description = "y" }, key).ExpectFailure(422, "IdempotencyKeyReused");
    }

    [Fact]
    public async Task The_same_key_for_another_project_is_422_and_not_the_instance_of_the_first()
    {
        var key = ("Idempotency-Key", "same-elsewhere");
        var body = new { Name = "idem-vm", Description = "", Ncpus = 1, Memory = 1L << 30, Hostname = "idem-vm", Start = false };
        await _admin.PostAsync("/v1/projects", new { Name = "idem-here", Description = "" }).Expect(201);
        await _admin.PostAsync("/v1/projects", new { Name = "idem-there", Description = "" }).Expect(201);
        await _admin.PostAsync("/v1/instances?project=idem-here", body, key).Expect(201);

        await _admin.PostAsync("/v1/instances?project=idem-there", body, key).ExpectFailure(422, "IdempotencyKeyReused");
        (await _admin.PostAsync("/v1/instances?project=idem-here", body, key).Expect(201)).Headers["idempotent-replayed"].ShouldBe("true");
    }

    [Fact]
    public async Task Keys_belong_to_one_caller_and_one_operation()
    {
        var key = ("Idempotency-Key", "shared-word");
        using var other = fixture.Host.As(await fixture.Host.UserAsync("idem-other", "admin"));
        var mine = await _admin.PostAsync("/v1/projects", new { Name = "idem-c", Description = "" }, key).Expect(201);

        var theirs = await other.PostAsync("/v1/projects", new { Name = "idem-d", Description = "" }, key).Expect(201);
        await _admin.PostAsync("/v1/me/access-tokens", "{}", key).Expect(201);

        theirs.Id.ShouldNotBe(mine.Id);
    }

    [Fact]
    public async Task A_refusal_is_decided_anew()
    {
        var key = ("Idempotency-Key", "refused-then-fine");
        var taken = await _admin.PostAsync("/v1/projects", new { Name = "idem-e", Description = "" }).Expect(201);
        await _admin.PostAsync("/v1/projects", new { Name = "idem-e", Description = "second" }, key).ExpectFailure(400, "ObjectAlreadyExists");
        await _admin.DeleteAsync($"/v1/projects/{taken.Id}").Expect(204);

        await _admin.PostAsync("/v1/projects", new { Name = "idem-e", Description = "second" }, key).Expect(201);
    }

    [Fact]
    public async Task A_key_outlives_the_gateway_on_SQLite()
    {
        var settings = new Dictionary<string, string?> { ["gantry:storage:kind"] = "sqlite" };
        using var folder = new TestFolder();
        settings["gantry:storage:path"] = folder.Path;
        settings["gantry:bootstrap:token"] = "gnt_abcdefgh_0123456789abcdef0123456789abcdef";
        var key = ("Idempotency-Key", "over-restart");
        string first;
        await using (var host = await ApiHost.StartAsync(settings))
        {
            using var client = host.As(settings["gantry:bootstrap:token"]);
            first = (await client.PostAsync("/v1/projects", new { Name = "idem-f", Description = "" }, key).Expect(201)).Id;
        }

        await using var again = await ApiHost.StartAsync(settings);
        using var late = again.As(settings["gantry:bootstrap:token"]);
        var answer = await late.PostAsync("/v1/projects", new { Name = "idem-f", Description = "" }, key).Expect(201);

        answer.Id.ShouldBe(first);
        answer.Headers["idempotent-replayed"].ShouldBe("true");
    }
}
