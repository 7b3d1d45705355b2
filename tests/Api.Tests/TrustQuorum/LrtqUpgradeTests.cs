using Gantry.Primitives;
using Gantry.Tests;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Gantry.Api.Tests.TrustQuorum;

/// <summary>A rack of the older scheme leaves it: sleds that started with LRTQ shares, over HTTP and on the command line.</summary>
public sealed class LrtqUpgradeTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    [Trait("spec", "tq/43")]
    [Trait("spec", "tq/28")]
    public async Task An_older_rack_is_upgraded_once_and_every_sled_still_reaches_the_older_secret()
    {
        await using var quorum = await QuorumHost.StartOlderAsync();
        var old = quorum.Sleds[..4].ToArray();
        await quorum.Admin.GetAsync($"{QuorumHost.Root}/membership").Expect(404);
        await quorum.AddAsync(quorum.Sleds[4]).ExpectFailure(400, "InvalidRequest", "QuorumNotSetUp");

        await UpgradeAsync(quorum).Expect(202);
        await quorum.UntilAsync(2, "committed");
        await quorum.UnlockedAsync(2, old);

        var record = await quorum.RecordAsync(2);
        record.GetProperty("last_committed_epoch").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        record.GetProperty("encrypted_rack_secrets").Text("data")!.Length.ShouldBe(2 * 56);
        await UpgradeAsync(quorum).ExpectFailure(409, "Conflict", "QuorumAlreadyUpgraded");
        var secrets = await Task.WhenAll(old.Select(s => LrtqSecretAsync(s)));
        secrets.Distinct().Count().ShouldBe(1, "one LRTQ secret, the same on all");

        await quorum.AddAsync(quorum.Sleds[4]).Expect(200);
        await quorum.UntilAsync(3, "committed");
        (await LrtqSecretAsync(quorum.Sleds[4])).ShouldBe(secrets[0], "a sled that never saw LRTQ reaches it through the prior secrets");
    }

    [Fact]
    [Trait("spec", "tq/43")]
    public async Task An_aborted_upgrade_is_tried_again_at_the_next_epoch_and_a_second_one_waits_for_the_first()
    {
        await using var quorum = await QuorumHost.StartOlderAsync(spares: 0);
        await quorum.FaultAsync(new { kind = "quorum_cut" }, [.. quorum.Sleds]);

        await UpgradeAsync(quorum).Expect(202);
        (await quorum.RecordAsync(2)).Text("state").ShouldBe("preparing_lrtq_upgrade");
        await UpgradeAsync(quorum).ExpectFailure(409, "Conflict", "QuorumChangeInProgress");
        await quorum.Admin.PostAsync($"{QuorumHost.Root}/membership/abort").Expect(200);
        await quorum.HealAsync([.. quorum.Sleds]);

        await UpgradeAsync(quorum).Expect(202);
        await quorum.UntilAsync(3, "committed");
        await quorum.UnlockedAsync(3, [.. quorum.Sleds]);
    }

    [Fact]
    [Trait("spec", "ops/2.3")]
    public async Task The_command_line_upgrades_an_older_rack_and_shows_what_the_nodes_hold()
    {
        await using var quorum = await QuorumHost.StartOlderAsync(spares: 0);

        var before = await RunAsync(quorum, "quorum status");
        var tried = await RunAsync(quorum, "quorum upgrade-lrtq --dry-run");
        var upgraded = await RunAsync(quorum, "quorum upgrade-lrtq --yes --wait");
        var node = await RunAsync(quorum, $"quorum status --sled {quorum.Sleds[0].Serial}");
        var again = await RunAsync(quorum, "quorum upgrade-lrtq --yes");

        before.ExitCode.ShouldBe(3);
        before.Error.ShouldContain("gantry quorum upgrade-lrtq");
        tried.ExitCode.ShouldBe(0);
        tried.Out.ShouldContain("epoch 2 (4 members, K=3 Z=0)");
        (upgraded.ExitCode, upgraded.Out).ShouldBe((0, "2\n"));
        node.Out.ShouldContain("has lrtq share: yes");
        node.Out.ShouldContain("commits: 2");
        again.ExitCode.ShouldBe(4);
        again.Error.ShouldContain("QuorumAlreadyUpgraded");
    }

    private static Task<ApiAnswer> UpgradeAsync(QuorumHost quorum) =>
        quorum.Admin.PostAsync($"{QuorumHost.Root}/membership/lrtq-upgrade", null, ("If-Match", "*"));

    // Only a digest leaves this method.
    private static async Task<string> LrtqSecretAsync(Gantry.Sled.Simulator.RunningSled sled)
    {
        var digest = "";
        await Eventually.HoldsAsync(
            async () =>
            {
                using var secret = (await sled.Quorum!.Host!.LoadAsync(1, default)).Secret; // every sled here has a node
                digest = secret is null ? "" : Convert.ToHexString(Gantry.TrustQuorum.Protocol.DiskKeys
                    .Derive(RackId.From(Guid.Parse(RackHost.RackId)), secret, new("v", "m", "s")).Span);
                return secret is not null;
            },
            s_patience);
        return digest;
    }

    private async Task<CliRun> RunAsync(QuorumHost quorum, string line)
    {
        var run = await CliRun.OfAsync(quorum.Rack.Node, line);
        output.WriteLine($"$ gantry {line}\n{run.Out}{run.Error}exit {run.ExitCode}");
        return run;
    }
}
