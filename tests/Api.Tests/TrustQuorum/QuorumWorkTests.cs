using Gantry.Primitives;
using Gantry.TrustQuorum;
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
        await quorum.Admin.PostAsync($"/v1/operations/{operation.Text("id")}/cancel").ExpectFailure(409, "Conflict", "OperationEnded");
    }

    [Fact]
    public async Task A_repeated_request_shows_its_own_record_and_not_the_tag_of_a_later_one()
    {
        await using var quorum = await QuorumHost.StartAsync(members: 3, spares: 0);
        var add = $"{QuorumHost.Root}/membership/add";
        var none = new { SledIds = Array.Empty<object>() };
        var first = await quorum.Admin.PostAsync(add, none, ("Idempotency-Key", "one")).Expect(200);
        await quorum.UntilAsync(2, "committed");
        await quorum.Admin.PostAsync(add, none, ("Idempotency-Key", "two")).Expect(200);
        await quorum.UntilAsync(3, "committed");

        var again = await quorum.Admin.PostAsync(add, none, ("Idempotency-Key", "one")).Expect(200);

        first.ETag.ShouldNotBeNullOrEmpty();
        again.Body.GetProperty("version").GetInt64().ShouldBe(2);
        again.Headers.Keys.ShouldNotContain("ETag", "the rack is at epoch 3 by now");
    }

    [Fact]
    [Trait("spec", "tq/36")]
    public void A_partial_commit_is_committed_to_operators_with_the_members_it_lacks()
    {
        var record = new TqRecord
        {
            Rack = RackId.From(Guid.NewGuid()), Epoch = 2, State = TqStates.CommittedPartially, Threshold = 6, CommitCrashTolerance = 2,
            Coordinator = Board(0), TimeCreated = default,
            Members = [.. Enumerable.Range(0, 10).Select(n => new TqMember { Id = Board(n), State = n < 8 ? TqMemberStates.Committed : TqMemberStates.Prepared })],
        };

        var told = QuorumMaps.Membership(record);

        told.State.ShouldBe("committed");
        told.UnacknowledgedMembers.ShouldBe([Board(8), Board(9)]);

        static BaseboardId Board(int n) => new(QuorumHost.Part, $"2000{n}");
    }

    [Fact]
    public async Task An_add_names_its_operation_and_cancelling_it_is_the_abort()
    {
        await using var quorum = await QuorumHost.StartAsync();
        await quorum.FaultAsync(new { kind = "quorum_cut" }, [.. quorum.Sleds]);

        var old = quorum.Sleds[..4].ToArray();
        await quorum.FaultAsync(new { kind = "slow", match = new { path = "/trust-quorum/configuration" }, @params = new { delay_ms = 1 } }, old);

        var added = await quorum.AddAsync(quorum.Sleds[4]).Expect(200);
        (added.Body.GetProperty("version").GetInt64(), added.Member("state")).ShouldBe((2, "in_progress"));
        (added.Body.GetProperty("members").GetArrayLength(), added.Body.GetProperty("unacknowledged_members").GetArrayLength()).ShouldBe((5, 5));
        (await quorum.StrikesAsync(old)).ShouldBe(1, "the coordinator is asked exactly once");
        var id = added.Headers["gantry-operation"];
        var tried = (await quorum.Admin.PostAsync($"{QuorumHost.Root}/membership/abort?dry_run=true").Expect(200)).Body.GetProperty("detail");
        (tried.GetProperty("epoch").GetInt64(), tried.Text("from"), tried.Text("to")).ShouldBe((2, "preparing", "aborted"));
        tried.Text("if_stopped").ShouldBe("epoch 1 stays in force, nothing is lost");
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
