using System.Text.Json;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests.Instances;

/// <summary>What an operator reads of the last runs: counts by state and reason, as <c>gantry reconciler list -o json</c> shows them.</summary>
public sealed class ReconcilerReportTests
{
    [Fact]
    [Trait("spec", "engine/7")]
    public async Task The_watcher_says_which_states_it_saw_and_which_checks_came_to_nothing()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        var serial = rack.SerialOf(await rack.VmmAsync(id));

        await rack.PassAsync(TimeSpan.FromSeconds(31));
        var report = await UntilAsync(rack, r => Count(r, "instance_states", "running") == 1);

        string[] members = ["total_instances", "instance_states", "failed_checks", "incomplete_checks", "update_sagas_queued", "pruned_instances"];
        report.EnumerateObject().Select(m => m.Name).ShouldBe(members, report.ToString());
        report.GetProperty("total_instances").GetInt32().ShouldBe(1);
        report.GetProperty("incomplete_checks").EnumerateObject().ShouldBeEmpty();

        await rack.FaultAsync(serial, new { Kind = "refuse" });
        await rack.PassAsync(TimeSpan.FromSeconds(65));
        report = await UntilAsync(rack, r => Count(r, "incomplete_checks", "unreachable") == 1);

        report.GetProperty("total_instances").GetInt32().ShouldBe(1);
        report.GetProperty("failed_checks").EnumerateObject().ShouldBeEmpty("nothing proves the sled off");
        Count(report, "instance_states", "running").ShouldBe(0, "what was not seen is not counted");
    }

    private static int Count(JsonElement report, string member, string word) =>
        report.ValueKind is JsonValueKind.Object && report.TryGetProperty(member, out var counts) && counts.TryGetProperty(word, out var count) ? count.GetInt32() : 0;

    private static async Task<JsonElement> UntilAsync(InstanceRack rack, Func<JsonElement, bool> holds)
    {
        var report = default(JsonElement);
        await rack.HoldsAsync(
            async () =>
            {
                var run = await CliRun.OfAsync(rack.Node, "reconciler list --filter name=instance_watcher -o json");
                report = run.ExitCode == 0 ? JsonDocument.Parse(run.Out).RootElement[0].GetProperty("report") : default;
                return holds(report);
            },
            () => report);
        return report;
    }
}
