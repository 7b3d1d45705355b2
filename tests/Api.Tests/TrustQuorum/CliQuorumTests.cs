using System.Text.Json;
using Gantry.Cli;
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
        (await RunAsync(host, "quorum add")).ExitCode.ShouldBe(2, "a forgotten word must not make a new secret");
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

    [Fact]
    [Trait("spec", "ops/2.5")]
    public async Task What_a_person_confirms_is_what_was_shown_and_not_what_came_meanwhile()
    {
        await using var quorum = await QuorumHost.StartAsync(members: 4, spares: 0);
        await quorum.FaultAsync(new { kind = "quorum_cut" }, [.. quorum.Sleds]);
        await quorum.AddAsync().Expect(200);

        var aborted = await AskedAsync("quorum abort", "y");
        var recovered = await AskedAsync("quorum recover", "3");

        aborted.ExitCode.ShouldBe(ExitCodes.Refused, aborted.Error);
        aborted.Error.ShouldContain("abort epoch 2");
        (await quorum.RecordAsync(3)).Text("state").ShouldBe("aborted", "by the second run's other operator, not by the first run");
        recovered.ExitCode.ShouldBe(ExitCodes.Refused, recovered.Error);
        (await quorum.RecordAsync(4)).Text("state").ShouldBe("preparing");

        // Somebody else starts over while the question stands there.
        async Task<CliRun> AskedAsync(string line, string answer)
        {
            using var person = new Person(answer, async () => await quorum.ChangeAsync("recover").Expect(202));
            var run = await CliRun.OfAsync(quorum.Rack.Node, line, person: person);
            output.WriteLine($"$ gantry {line}\n{run.Out}{run.Error}exit {run.ExitCode}");
            return run;
        }
    }

    [Theory]
    [InlineData("committed", ExitCodes.Ok)]
    [InlineData("aborted", ExitCodes.Failed)]
    [InlineData("in_progress", null)]
    public void A_change_that_a_later_one_followed_is_judged_by_its_own_record(string state, int? end)
    {
        using var progress = JsonDocument.Parse("""{"epoch": 3, "phase": "prepare"}""");
        using var own = JsonDocument.Parse($$"""{"version": 2, "state": "{{state}}"}""");

        QuorumCeremony.End(progress.RootElement, 2, own.RootElement).ShouldBe(end);
    }

    private async Task<CliRun> RunAsync(ApiHost host, string line)
    {
        var run = await CliRun.OfAsync(host, line);
        output.WriteLine($"$ gantry {line}\n{run.Out}{run.Error}exit {run.ExitCode}");
        return run;
    }

    /// <summary>Answers a prompt once something has happened.</summary>
    private sealed class Person(string answer, Func<Task> meanwhile) : TextReader
    {
        public override string ReadLine()
        {
            Task.Run(meanwhile).GetAwaiter().GetResult();
            return answer;
        }
    }
}
