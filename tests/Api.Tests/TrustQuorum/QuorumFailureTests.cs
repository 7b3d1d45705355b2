using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Inventory;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests.TrustQuorum;

/// <summary>Coordinators that do not answer, lose their state or are decommissioned; agents that do not start; two operators at once.</summary>
public sealed class QuorumFailureTests
{
    [Fact]
    [Trait("spec", "tq/40")]
    public async Task A_silent_coordinator_is_503_the_record_stays_preparing_and_abort_frees_the_rack()
    {
        await using var quorum = await QuorumHost.StartAsync();
        var old = quorum.Sleds[..4].ToArray();
        await quorum.FaultAsync(new { kind = "refuse" }, old);

        await quorum.AddAsync(quorum.Sleds[4]).ExpectFailure(503, "ServiceNotAvailable", "QuorumCoordinatorSilent");
        (await quorum.RecordAsync(2)).Text("state").ShouldBe("preparing");
        await quorum.DriverAsync(d => d.GetProperty("PerRackStatus").GetProperty("errors").GetArrayLength() == 1);
        await quorum.AddAsync(quorum.Sleds[4]).ExpectFailure(400, "InvalidRequest", "AlreadyQuorumMember");
        (await quorum.Admin.PostAsync($"{QuorumHost.Root}/membership/abort").Expect(200)).Member("state").ShouldBe("aborted");
        await quorum.HealAsync(old);

        (await quorum.AddAsync(quorum.Sleds[4]).Expect(200)).Body.GetProperty("version").GetInt64().ShouldBe(3);
        (await quorum.UntilAsync(3, "committed")).GetProperty("last_committed_epoch").GetInt64().ShouldBe(1);
        (await quorum.Admin.GetAsync($"{QuorumHost.Root}/membership?version=2").Expect(200)).Member("state").ShouldBe("aborted");
    }

    [Fact]
    [Trait("spec", "tq/41")]
    [Trait("spec", "tq/H5")]
    public async Task A_coordinator_that_lost_its_state_is_reported_and_recover_starts_over()
    {
        await using var quorum = await QuorumHost.StartAsync();
        await quorum.FaultAsync(new { kind = "quorum_cut" }, [.. quorum.Sleds]);
        await quorum.AddAsync(quorum.Sleds[4]).Expect(200);
        var coordinator = (await quorum.RecordAsync(2)).GetProperty("coordinator").Text("serial_number");

        await quorum.Sleds.Single(s => s.Serial == coordinator).RestartAsync();
        await quorum.DriverAsync(d => d.GetProperty("PerRackStatus").GetProperty("errors").ToString().Contains("abort required", StringComparison.Ordinal));
        (await quorum.RecordAsync(2)).Text("state").ShouldBe("preparing");
        await quorum.HealAsync([.. quorum.Sleds]);
        await quorum.ChangeAsync("recover").Expect(202);

        (await quorum.UntilAsync(3, "committed")).GetProperty("last_committed_epoch").GetInt64().ShouldBe(1);
        (await quorum.RecordAsync(2)).Text("state").ShouldBe("aborted");
        await quorum.UnlockedAsync(3, [.. quorum.Sleds]);
    }

    [Fact]
    [Trait("spec", "tq/42")]
    [Trait("spec", "tq/H3")]
    public async Task A_new_members_agent_is_started_and_a_failed_start_is_tried_again_with_the_same_subnet()
    {
        await using var quorum = await QuorumHost.StartAsync();
        var (old, spare) = (quorum.Sleds[..4].ToArray(), quorum.Sleds[4]);
        await quorum.FaultAsync(new { kind = "status", match = new { path = "/sleds" }, @params = new { status = 500 } }, old);

        await quorum.AddAsync(spare).Expect(200);
        await quorum.UntilAsync(2, "committed");
        var failed = await quorum.Rack.UntilAsync("/v1/system/trust-quorum-manager", d =>
            d.GetProperty("PerRackStatus").GetProperty("statuses").EnumerateArray().Any(s => s.GetString()!.Contains("      error:", StringComparison.Ordinal)));
        failed.ToString().ShouldContain(spare.Serial);
        await Gantry.Tests.Eventually.HoldsAsync(async () => await quorum.StrikesAsync(old) >= 2, TimeSpan.FromSeconds(60));
        await quorum.HealAsync(old);

        var page = await quorum.Rack.UntilAsync("/v1/system/hardware/sleds", p =>
            p.GetProperty("items").EnumerateArray().Any(s => s.GetProperty("baseboard").Text("serial") == spare.Serial));
        page.GetProperty("items").GetArrayLength().ShouldBe(5);
        var status = await quorum.Rack.UntilAsync("/v1/system/trust-quorum-manager", d =>
            d.GetProperty("PerRackStatus").GetProperty("statuses").GetArrayLength() == 0);
        status.GetProperty("PerRackStatus").GetProperty("errors").GetArrayLength().ShouldBe(0);

        // The four first sleds hold octets 33 to 36; all starts of the spare took one more together.
        (await CommissionAsync(quorum, spare.Serial)).ShouldBe(new SledCommissioned(SledId.From(spare.Id), "fd00:1122:3344:125::/64"));
        (await CommissionAsync(quorum, "BRM42229999")).Subnet.ShouldBe("fd00:1122:3344:126::/64");
    }

    [Fact]
    [Trait("spec", "tq/39")]
    public async Task A_coordinator_that_was_decommissioned_before_the_call_is_409_and_the_record_is_aborted()
    {
        await using var quorum = await QuorumHost.StartAsync();
        var caller = new Principal(PrincipalKind.Host, "tests", "admin");
        foreach (var sled in quorum.Sleds[..4])
        {
            await quorum.Rack.Node.AcceptedAsync(Addresses.Sled(SledId.From(sled.Id)), new ExpungeSled(), caller);
            await quorum.Rack.Node.AcceptedAsync(Addresses.Sled(SledId.From(sled.Id)), new SetSledState("decommissioned"), caller);
        }

        await quorum.AddAsync(quorum.Sleds[4]).ExpectFailure(409, "Conflict", "QuorumCoordinatorGone");

        var record = await quorum.RecordAsync(2);
        record.Text("state").ShouldBe("aborted");
        record.Text("abort_reason").ShouldNotBeNull().ShouldContain("no commissioned sled");
    }

    [Fact]
    [Trait("spec", "tq/H1")]
    [Trait("spec", "tq/40")]
    public async Task A_coordinator_that_refuses_is_a_500_one_that_is_busy_a_503_and_the_record_stays_preparing()
    {
        await using var quorum = await QuorumHost.StartAsync();
        var old = quorum.Sleds[..4].ToArray();
        await quorum.FaultAsync(Status(400), old);

        (await quorum.AddAsync(quorum.Sleds[4]).ExpectFailure(500, "Internal")).Member("message").ShouldBe("Internal Server Error");
        (await quorum.RecordAsync(2)).Text("state").ShouldBe("preparing");
        await quorum.Admin.PostAsync($"{QuorumHost.Root}/membership/abort").Expect(200);
        await quorum.HealAsync(old);
        await quorum.FaultAsync(Status(503), old);
        await quorum.AddAsync(quorum.Sleds[4]).ExpectFailure(503, "ServiceNotAvailable", "QuorumCoordinatorSilent");
        (await quorum.RecordAsync(3)).Text("state").ShouldBe("preparing");

        static object Status(int status) => new { kind = "status", match = new { path = "/trust-quorum/configuration" }, @params = new { status } };
    }

    [Fact]
    [Trait("spec", "vmm/58")]
    public async Task A_second_change_waits_for_the_first_and_the_version_does_not_move_meanwhile()
    {
        await using var quorum = await QuorumHost.StartAsync(members: 4, spares: 2);
        await quorum.FaultAsync(new { kind = "quorum_cut" }, [.. quorum.Sleds]);
        (await VersionAsync(quorum.AddAsync(quorum.Sleds[4]))).ShouldBe(2);

        await quorum.AddAsync(quorum.Sleds[5]).ExpectFailure(409, "Conflict", "QuorumChangeInProgress");
        (await VersionAsync(quorum.Admin.GetAsync($"{QuorumHost.Root}/membership"))).ShouldBe(2);
        await quorum.Admin.PostAsync($"{QuorumHost.Root}/membership/abort").Expect(200);
        await quorum.HealAsync([.. quorum.Sleds]);
        (await VersionAsync(quorum.AddAsync(quorum.Sleds[5]))).ShouldBe(3);
        await quorum.UntilAsync(3, "committed");
        (await VersionAsync(quorum.AddAsync(quorum.Sleds[4]))).ShouldBe(4);

        static async Task<long> VersionAsync(Task<ApiAnswer> answer) => (await answer.Expect(200)).Body.GetProperty("version").GetInt64();
    }

    [Fact]
    [Trait("spec", "tq/38")]
    [Trait("spec", "tq/34")]
    public async Task Of_two_adds_at_once_one_is_200_and_one_409_and_there_is_one_new_record()
    {
        await using var quorum = await QuorumHost.StartAsync(members: 4, spares: 2);
        await quorum.FaultAsync(new { kind = "quorum_cut" }, [.. quorum.Sleds]);

        var answers = await Task.WhenAll(quorum.AddAsync(quorum.Sleds[4]), quorum.AddAsync(quorum.Sleds[5]));

        answers.Select(a => a.Status).Order().ShouldBe([200, 409]);
        (await quorum.Admin.ListAsync($"{QuorumHost.Root}/membership/history")).Count.ShouldBe(2);
        await quorum.Admin.PostAsync($"{QuorumHost.Root}/membership/abort").Expect(200);
        await quorum.HealAsync([.. quorum.Sleds]);
        (await quorum.AddAsync(quorum.Sleds[5]).Expect(200)).Body.GetProperty("version").GetInt64().ShouldBe(3);
    }

    [Fact]
    [Trait("spec", "tq/44")]
    [Trait("spec", "tq/23")]
    public async Task A_removed_sled_is_expunged_only_after_the_commit_and_its_node_knows_it_is_out()
    {
        await using var quorum = await QuorumHost.StartAsync(members: 4, spares: 0);
        var gone = quorum.Sleds[3];
        var path = $"/v1/system/hardware/sleds/{gone.Id}";
        var tag = (await quorum.Admin.GetAsync(path).Expect(200)).ETag;
        await quorum.Admin.PostAsync($"{path}/expunge", null, ("If-Match", tag)).ExpectFailure(409, "Conflict", "SledIsQuorumMember");

        await quorum.ChangeAsync("remove", QuorumHost.SledId(gone)).Expect(202);
        await quorum.UntilAsync(2, "committed");
        await gone.RestartAsync();
        await Gantry.Tests.Eventually.HoldsAsync(
            async () => (await gone.Quorum!.Host!.StatusAsync(default)).Value?.PersistentState.Expunged is not null, TimeSpan.FromSeconds(60));

        gone.Quorum!.UnlockedEpoch.ShouldBeNull();
        await quorum.Admin.PostAsync($"{path}/expunge", null, ("If-Match", (await quorum.Admin.GetAsync(path).Expect(200)).ETag)).Expect(202);
    }

    [Fact]
    [Trait("spec", "tq/33")]
    public async Task A_member_that_is_cut_off_is_waited_for_after_the_decision_and_commits_by_itself_when_it_is_back()
    {
        await using var quorum = await QuorumHost.StartAsync(members: 5, spares: 0);
        var away = quorum.Sleds[4];
        await quorum.FaultAsync(new { kind = "quorum_cut" }, away);

        // A coordinator that is cut off itself cannot get anywhere: try until another one was drawn.
        for (var epoch = 2; ; epoch++)
        {
            await quorum.AddAsync().Expect(200);
            if ((await quorum.RecordAsync(epoch)).GetProperty("coordinator").Text("serial_number") != away.Serial)
            {
                break;
            }

            await quorum.Admin.PostAsync($"{QuorumHost.Root}/membership/abort").Expect(200);
        }

        var newest = (await quorum.Admin.GetAsync($"{QuorumHost.Root}/membership").Expect(200)).Body.GetProperty("version").GetInt64();
        var waiting = await quorum.Rack.UntilAsync($"{QuorumHost.Root}/membership/progress", p => p.Text("phase") == "commit" && p.GetProperty("committed").GetInt32() == 4);
        waiting.GetProperty("blockers")[0].GetProperty("sled").Text("serial_number").ShouldBe(away.Serial);
        await quorum.Admin.PostAsync($"{QuorumHost.Root}/membership/abort").ExpectFailure(409, "Conflict", "QuorumPastAbort");
        await quorum.HealAsync(away);

        var record = await quorum.UntilAsync(newest, "committed");
        var late = record.GetProperty("members").GetProperty($"{QuorumHost.Part}:{away.Serial}");
        late.Text("time_committed").ShouldNotBeNull();
        await quorum.UnlockedAsync((ulong)newest, [.. quorum.Sleds]);
    }

    private static async Task<SledCommissioned> CommissionAsync(QuorumHost quorum, string serial) => await quorum.Rack.Node.AcceptedAsync(
        Addresses.Rack(RackId.From(Guid.Parse(RackHost.RackId))), new MemberCommitted(new BaseboardId(QuorumHost.Part, serial)),
        new Principal(PrincipalKind.Host, "tests", "admin"));
}
