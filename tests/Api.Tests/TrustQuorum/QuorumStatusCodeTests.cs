using Gantry.Contracts;
using Gantry.Inventory;
using Gantry.Actors;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests.TrustQuorum;

/// <summary>The table of trust-quorum 5.8, column "Required", and who may call (7.1), over HTTP against real simulated sleds.</summary>
public sealed class QuorumStatusCodeTests
{
    [Fact]
    [Trait("spec", "tq/8")]
    [Trait("spec", "tq/35")]
    [Trait("spec", "tq/45")]
    public async Task Without_a_quorum_add_is_400_and_abort_and_status_are_404()
    {
        await using var rack = await RackHost.StartAsync(new RackHostOptions { HasQuorumNodes = true });
        var journal = await rack.JournalAsync();

        await rack.Admin.PostAsync($"{QuorumHost.Root}/membership/add", new { SledIds = new[] { QuorumHost.SledId(rack.Sleds.Sleds[0]) } })
            .ExpectFailure(400, "InvalidRequest", "QuorumNotSetUp");
        await rack.Admin.PostAsync($"{QuorumHost.Root}/membership/abort").ExpectFailure(404, "ObjectNotFound");
        await rack.Admin.GetAsync($"{QuorumHost.Root}/membership").ExpectFailure(404, "ObjectNotFound");
        (await rack.Admin.GetAsync($"{QuorumHost.Root}/sleds/7").Expect(200)).Text.ShouldBe("null");
        var driver = await rack.Admin.GetAsync("/v1/system/trust-quorum-manager").Expect(200);

        driver.Body.GetProperty("PerRackStatus").GetProperty("statuses").GetArrayLength().ShouldBe(0);
        (await rack.JournalAsync()).ShouldBe(journal);
    }

    [Fact]
    [Trait("spec", "tq/37")]
    [Trait("spec", "tq/48")]
    [Trait("spec", "tq/H1")]
    [Trait("spec", "tq/H4")]
    public async Task Wrong_sleds_and_unknown_versions_are_refused_and_change_nothing()
    {
        await using var quorum = await QuorumHost.StartAsync(members: 4, spares: 1);
        var (member, spare) = (quorum.Sleds[0], quorum.Sleds[4]);
        var elsewhere = await OtherRackAsync(quorum.Rack, "BRM99");
        var journal = await quorum.Rack.JournalAsync();
        var add = $"{QuorumHost.Root}/membership/add";

        await quorum.AddAsync(member, spare).ExpectFailure(400, "InvalidRequest", "AlreadyQuorumMember", member.Serial);
        await quorum.Admin.PostAsync(add, Body("nobody", "nothing")).ExpectFailure(400, "InvalidRequest", "BaseboardUnknown");
        await quorum.Admin.PostAsync(add, Body("913-0000019", elsewhere)).ExpectFailure(409, "Conflict", "SledInOtherRack");

        // A part of one sled with the serial of another is no sled (H4).
        await quorum.Admin.PostAsync(add, Body("sim-other", spare.Serial)).ExpectFailure(400, "InvalidRequest", "BaseboardUnknown");
        await quorum.Admin.PostAsync(add, Body("a:b", "c")).ExpectFailure(400, "InvalidRequest", "BaseboardMalformed");
        await quorum.Admin.PostAsync($"{QuorumHost.Root}/sleds", """{"sled_ids": [{"part": "a", "serial_number": "b"}]}""").ExpectFailure(400, "InvalidRequest");
        var many = new { SledIds = Enumerable.Range(0, 29).Select(n => new { PartNumber = "p", SerialNumber = $"s{n}" }) };
        await quorum.Admin.PostAsync(add, many).ExpectFailure(400, "InvalidRequest", "QuorumSizeInvalid");
        await quorum.ChangeAsync("remove", QuorumHost.SledId(spare)).ExpectFailure(400, "InvalidRequest", "NotQuorumMember");
        await quorum.Admin.PostAsync($"{QuorumHost.Root}/membership/remove", QuorumHost.SledId(member)).ExpectFailure(428, "PreconditionRequired");
        await quorum.Admin.PostAsync($"{QuorumHost.Root}/membership/abort").ExpectFailure(409, "Conflict", "QuorumPastAbort");
        await quorum.ChangeAsync("recover").ExpectFailure(409, "Conflict", "NothingToRecover");
        await quorum.ChangeAsync("lrtq-upgrade").ExpectFailure(409, "Conflict", "QuorumAlreadyUpgraded");
        await quorum.Admin.GetAsync($"{QuorumHost.Root}/membership?version=2").ExpectFailure(404, "ObjectNotFound");
        await quorum.Admin.GetAsync($"{QuorumHost.Root}/membership?version=18446744073709551615").ExpectFailure(404, "ObjectNotFound");
        await quorum.Admin.GetAsync($"{QuorumHost.Root}/membership?version=one").ExpectFailure(400, null);
        (await quorum.Admin.GetAsync($"{QuorumHost.Root}/membership?version=1").Expect(200)).Member("state").ShouldBe("committed");
        await quorum.Admin.GetAsync($"/v1/system/hardware/racks/{Guid.NewGuid()}/sleds/1").ExpectFailure(404, "ObjectNotFound");

        (await quorum.Rack.JournalAsync()).ShouldBe(journal);
    }

    [Fact]
    [Trait("spec", "tq/47")]
    public async Task Viewers_look_admins_change_and_for_others_there_is_nothing()
    {
        await using var quorum = await QuorumHost.StartAsync(members: 3, spares: 1);
        using var viewer = await quorum.Rack.UserAsync("viewer", fleetRole: "viewer");
        using var nobody = await quorum.Rack.UserAsync("nobody");
        using var anonymous = quorum.Rack.Node.As(null);
        string[] looks = ["membership", "membership/progress", "membership/history", "sleds", "sleds/1"];
        string[] changes = ["membership/add", "membership/abort", "sleds", "membership/remove", "membership/recover", "membership/lrtq-upgrade"];

        foreach (var path in looks)
        {
            await viewer.GetAsync($"{QuorumHost.Root}/{path}").Expect(200);
            await nobody.GetAsync($"{QuorumHost.Root}/{path}").ExpectFailure(404, "ObjectNotFound");
            await anonymous.GetAsync($"{QuorumHost.Root}/{path}").ExpectFailure(401, "Unauthorized");
        }

        foreach (var path in changes)
        {
            // Rights come before the body is read.
            await viewer.PostAsync($"{QuorumHost.Root}/{path}", "{not json").ExpectFailure(403, "Forbidden");
            await nobody.PostAsync($"{QuorumHost.Root}/{path}", "{not json").ExpectFailure(404, "ObjectNotFound");
            await anonymous.PostAsync($"{QuorumHost.Root}/{path}", "{not json").ExpectFailure(401, "Unauthorized");
        }

        (await viewer.GetAsync($"{QuorumHost.Root}/sleds/1").Expect(200)).Body.GetProperty("members").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Array);
        await viewer.GetAsync($"{QuorumHost.Root}/sleds/1?view=detail").ExpectFailure(403, "Forbidden");
        (await quorum.Admin.GetAsync($"{QuorumHost.Root}/sleds/1").Expect(200)).Body.GetProperty("members").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Object);
        await quorum.AddAsync(quorum.Sleds[3]).Expect(200);
        await quorum.UntilAsync(2, "committed");
        (await quorum.Admin.GetAsync($"{QuorumHost.Root}/membership/history").Expect(200)).Text.ShouldContain("\"share_digest\":\"");
        (await viewer.GetAsync($"{QuorumHost.Root}/membership/history").Expect(200)).Text.ShouldNotContain("\"share_digest\":\"");
        await AlarmAsync(quorum);
        (await quorum.Admin.GetAsync($"{QuorumHost.Root}/membership/nodes").Expect(200)).Text.ShouldContain(new string('b', 64));
        var told = (await viewer.GetAsync($"{QuorumHost.Root}/membership/nodes").Expect(200)).Text;
        told.ShouldContain("mismatched_configurations");
        told.ShouldContain("epoch 9, from Nexus");
        told.ShouldNotContain(new string('a', 64));
        told.ShouldNotContain(new string('b', 64));
        told.ShouldNotContain("encrypted_rack_secrets");
    }

    // Two configurations of one epoch, which only a broken control plane would send.
    private static async Task AlarmAsync(QuorumHost quorum)
    {
        var host = quorum.Sleds[0].Quorum!.Host!; // every sled of the rack has a node
        foreach (var digest in (char[])['a', 'b'])
        {
            await host.PrepareAndCommitAsync(
                new TqConfiguration
                {
                    RackId = RackId.From(Guid.Parse(RackHost.RackId)),
                    Epoch = 9,
                    Coordinator = host.Self,
                    Threshold = 2,
                    Members =
                    [
                        .. quorum.Sleds[..3].Select(s => new Gantry.TrustQuorum.Protocol.TqMember(
                            s.Quorum!.Id, ShareDigest.TryParse(new string(digest, 64), out var parsed) ? parsed : default)),
                    ],
                    EncryptedRackSecrets = null,
                },
                default);
        }
    }

    [Fact]
    public async Task A_dry_run_says_what_the_new_epoch_survives_and_changes_nothing()
    {
        await using var quorum = await QuorumHost.StartAsync(members: 4, spares: 1);
        var journal = await quorum.Rack.JournalAsync();

        var plan = await quorum.Admin.PostAsync(
            $"{QuorumHost.Root}/membership/add?dry_run=true", new { SledIds = new[] { QuorumHost.SledId(quorum.Sleds[4]) } }).Expect(200);

        var to = plan.Body.GetProperty("detail").GetProperty("to");
        (to.GetProperty("epoch").GetInt64(), to.GetProperty("threshold").GetInt32(), to.GetProperty("may_be_down_at_unlock").GetInt32()).ShouldBe((2, 3, 2));
        plan.Body.GetProperty("detail").GetProperty("survives").GetArrayLength().ShouldBeGreaterThan(2);
        (await quorum.Rack.JournalAsync()).ShouldBe(journal);
    }

    private static object Body(string part, string serial) => new { SledIds = new[] { new { PartNumber = part, SerialNumber = serial } } };

    private static async Task<string> OtherRackAsync(RackHost rack, string serial)
    {
        var other = RackId.From(Guid.NewGuid());
        var sled = SledId.From(Guid.NewGuid());
        var caller = new Principal(PrincipalKind.Host, "tests", "admin");
        await rack.Node.AcceptedAsync(Addresses.Rack(other), new DeclareRack("fd00:1122:3344:200::/56"), caller);
        await rack.Node.AcceptedAsync(
            Addresses.Sled(sled),
            new RegisterSled(other, "fd00:1122:3344:221::/64", new SledBaseboard(serial, "913-0000019", 6), new SledFacts
            {
                Address = "[::1]:1", RepoDepotPort = 1, Role = "gimlet", HardwareThreads = 8, PhysicalRamBytes = 2L << 30, ReservoirBytes = 1L << 30, CpuFamily = "amd_milan",
            }, 1),
            caller);
        return serial;
    }
}
