using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary><c>?dry_run=true</c>: full checks, the effect list, no change.</summary>
[Collection(WorldGroup.Name)]
[Trait("spec", "ops/5")]
public sealed class DryRunTests(World world) : IDisposable
{
    private readonly ApiClient _admin = world.Host.As(world.Host.AdminToken);

    public void Dispose() => _admin.Dispose();

    [Fact]
    public async Task A_tried_create_names_its_effects_and_makes_nothing()
    {
        var before = await world.Host.PositionAsync();

        var tried = await _admin.PostAsync("/v1/projects?dry_run=true", new { Name = "tried", Description = "" }).Expect(200);

        tried.Body.GetProperty("would_answer").GetInt32().ShouldBe(201);
        EffectsOf(tried).ShouldBe(["change project.created", "claim project-name", "message silo.ask-standing"], ignoreOrder: true);
        await _admin.GetAsync("/v1/projects/tried").ExpectFailure(404, "ObjectNotFound");
        (await world.ChangesSinceAsync(before)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_tried_create_is_refused_like_the_real_one()
    {
        await _admin.PostAsync("/v1/projects?dry_run=true", new { Name = "default", Description = "" })
            .ExpectFailure(400, "ObjectAlreadyExists", null, "default");
        await _admin.PostAsync("/v1/projects?dry_run=true", new { Name = "Not-A-Name", Description = "" }).ExpectFailure(400, "InvalidRequest");
        await _admin.DeleteAsync("/v1/projects/default?dry_run=true").ExpectFailure(400, "InvalidRequest", "ProjectInUse");
    }

    [Fact]
    public async Task A_tried_join_shows_what_instance_pool_and_group_would_record_and_joins_nothing()
    {
        var before = await world.Host.PositionAsync();

        var tried = await _admin.PutAsync("/v1/instances/web-1/multicast-groups/224.10.0.9?project=default&dry_run=true", new { }).Expect(200);

        var objects = tried.Body.GetProperty("effects").EnumerateArray().Select(e => e.Text("object")!.Split('/')[0]).Distinct(); // each has an object
        objects.ShouldBe(["instance-multicast", "ip-pool", "multicast-group"], ignoreOrder: true);
        await _admin.GetAsync("/v1/multicast-groups/224.10.0.9").ExpectFailure(404, "ObjectNotFound");
        (await world.ChangesSinceAsync(before)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_trial_neither_takes_nor_replays_an_idempotency_key()
    {
        var key = ("Idempotency-Key", "dry-and-real");
        var body = new { Name = "keyed-by-trial", Description = "" };

        await _admin.PostAsync("/v1/projects?dry_run=true", body, key).Expect(200);
        var made = await _admin.PostAsync("/v1/projects", body, key).Expect(201);
        var tried = await _admin.PostAsync("/v1/projects?dry_run=true", body with { Name = "another" }, key).Expect(200);

        made.Headers.ShouldNotContain(h => h.Key == "idempotent-replayed");
        tried.Headers.ShouldNotContain(h => h.Key == "idempotent-replayed");
        await _admin.DeleteAsync("/v1/projects/keyed-by-trial").Expect(204);
    }

    private static List<string> EffectsOf(ApiAnswer answer) =>
    [
        .. answer.Body.GetProperty("effects").EnumerateArray()
            .Select(e => $"{e.Text("kind")} {e.Text("what")!.Split(' ')[0]}"), // each has both
    ];
}
