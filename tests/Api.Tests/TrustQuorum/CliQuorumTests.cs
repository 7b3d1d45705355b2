using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Gantry.Api.Tests.TrustQuorum;

/// <summary>The ceremony on the command line: look, try, add, confirm, remove (operator-experience 2.3, trust-quorum 7.5).</summary>
[Trait("spec", "ops/2.3")]
public sealed class CliQuorumTests(ITestOutputHelper output)
{
    [Fact]
    [Trait("spec", "tq/45")]
    public async Task An_operator_grows_and_shrinks_the_quorum_and_sees_what_each_epoch_survives()
    {
        await using var quorum = await QuorumHost.StartAsync(members: 4, spares: 1);
        var (spare, host) = (quorum.Sleds[4].Serial, quorum.Rack.Node);

        var status = await RunAsync(host, "quorum status");
        var tried = await RunAsync(host, $"quorum add {spare} --dry-run");
        var added = await RunAsync(host, $"quorum add {spare} --wait");
        var history = await RunAsync(host, "quorum history");
        var shown = await RunAsync(host, "quorum show 2");
        var unnamed = await RunAsync(host, $"quorum remove {spare} --yes");
        var removed = await RunAsync(host, $"quorum remove {spare} --confirm {spare} --wait");
        var late = await RunAsync(host, "quorum abort --yes");
        var alarms = await RunAsync(host, "quorum alarms");
        var node = await RunAsync(host, $"quorum status --sled {quorum.Sleds[0].Serial}");

        status.ExitCode.ShouldBe(0);
        status.Out.ShouldContain("epoch 1, 4 members, K=3 Z=0, 4 online: 1 more may fail before unlock is at risk");
        status.Out.ShouldContain("No active reconfigurations");
        tried.Out.ShouldContain("epoch 1 (4 members, K=3 Z=0) → epoch 2 (5 members, K=3 Z=1)");
        tried.Out.ShouldContain("up to 2 of 5 may be down");
        (added.ExitCode, added.Out).ShouldBe((0, "2\n"));
        added.Error.ShouldContain("epoch 2 is committed");
        added.Error.ShouldContain("threshold K 3 → 3, tolerance Z 0 → 1");
        history.Out.ShouldContain("Committed");
        shown.Out.ShouldContain(spare);
        unnamed.ExitCode.ShouldBe(2);
        (removed.ExitCode, removed.Out).ShouldBe((0, "3\n"));
        late.ExitCode.ShouldBe(4);
        late.Error.ShouldContain("QuorumPastAbort");
        alarms.ExitCode.ShouldBe(0);
        node.Out.ShouldContain("persistent state:");
        node.Out.ShouldContain("commits: 1,2,3");
    }

    private async Task<CliRun> RunAsync(ApiHost host, string line)
    {
        var run = await CliRun.OfAsync(host, line);
        output.WriteLine($"$ gantry {line}\n{run.Out}{run.Error}exit {run.ExitCode}");
        return run;
    }
}
