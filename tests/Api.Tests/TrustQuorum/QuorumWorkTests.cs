using Shouldly;
using Xunit;

namespace Gantry.Api.Tests.TrustQuorum;

/// <summary>A membership change as long work: 202 with an operation for our own calls, a header for those of Nexus (operator-experience 5).</summary>
[Trait("spec", "ops/5")]
public sealed class QuorumWorkTests
{
    [Fact]
    public async Task Our_own_changes_answer_an_operation_that_is_followed_to_its_end()
    {
        await using var quorum = await QuorumHost.StartAsync(members: 4, spares: 0);

        var started = await quorum.ChangeAsync("remove", QuorumHost.SledId(quorum.Sleds[3])).Expect(202);

        var operation = started.Body.GetProperty("operation");
        operation.Text("kind").ShouldBe("quorum.reconfigure");
        operation.Text("target").ShouldBe($"rack/{RackHost.RackId}");
        started.Body.GetProperty("membership").GetProperty("version").GetInt64().ShouldBe(2);
        started.Headers["gantry-operation"].ShouldBe(operation.Text("id"));
        var done = await quorum.Rack.UntilAsync($"/v1/operations/{operation.Text("id")}", o => o.GetProperty("operation").Text("state") == "succeeded");
        done.GetProperty("operation").Text("result").ShouldBe("2");
        done.GetProperty("operation").GetProperty("blockers").GetArrayLength().ShouldBe(0);
        await quorum.Admin.PostAsync($"/v1/operations/{operation.Text("id")}/cancel").ExpectFailure(409, "Conflict", "QuorumPastAbort");
    }

    [Fact]
    public async Task An_add_names_its_operation_and_cancelling_it_is_the_abort()
    {
        await using var quorum = await QuorumHost.StartAsync();
        await quorum.FaultAsync(new { kind = "quorum_cut" }, [.. quorum.Sleds]);

        var id = (await quorum.AddAsync(quorum.Sleds[4]).Expect(200)).Headers["gantry-operation"];
        var running = (await quorum.Admin.GetAsync($"/v1/operations/{id}").Expect(200)).Body.GetProperty("operation");
        running.Text("state").ShouldBe("running");
        running.GetProperty("cancellable").GetBoolean().ShouldBeTrue();
        running.GetProperty("blockers").GetArrayLength().ShouldBeGreaterThan(0);

        var cancelled = (await quorum.Admin.PostAsync($"/v1/operations/{id}/cancel").Expect(202)).Body.GetProperty("operation");
        cancelled.Text("state").ShouldBe("cancelled");
        (await quorum.RecordAsync(2)).Text("state").ShouldBe("aborted");
        await quorum.Admin.GetAsync($"/v1/operations/{Guid.NewGuid()}").Expect(404);
        await quorum.Admin.PostAsync($"/v1/operations/{Guid.NewGuid()}/cancel").Expect(404);
    }
}
