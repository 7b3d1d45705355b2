using System.Net;
using System.Text.Json.Nodes;
using Gantry.Sled.Simulator;
using Shouldly;

namespace Gantry.Chaos;

/// <summary>
/// kill -9 after every commit of a saga of instances and sleds (vmm 4.3 to 4.8, ops 5), counted: whoever asked asks again, and in the end it is
/// as it would have been, with one guest at most at any time. Two test classes, because classes run side by side.
/// </summary>
internal static class SagaKills
{
    public const string Name = "vm-0";

    /// <summary>Steps are counted by the saga's own commits: one at its start, one at each step, one at its end.</summary>
    public static async Task OnceAsync(
        string kind, int stepsMin, Func<RackUnderTest, Task> operation, Func<RackUnderTest, Task> prepare, Action<RackUnderTest>? cause = null, int sleds = 2)
    {
        await using var rack = await RackUnderTest.StartAsync(sleds, isMortal: true);
        await rack.CreateRunningInstancesAsync(1);
        using var over = new CancellationTokenSource();
        var twice = WatchAsync(rack, over.Token);

        var steps = await KillPointTests.KillAtEveryStepAsync(
            rack, kind,
            async _ =>
            {
                cause?.Invoke(rack);
                await operation(rack);
            },
            _ => prepare(rack));

        await over.CancelAsync();
        (await twice).ShouldBeNull();
        steps.ShouldBeGreaterThanOrEqualTo(stepsMin);
    }

    // The whole time: two guests of one instance never execute, on whatever sleds.
    private static async Task<string?> WatchAsync(RackUnderTest rack, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var running = Guests(rack).Where(g => g.Vmm.State is "running" or "rebooting" && g.Vmm.MigrationIn is null or { State: "completed" }
                && g.Vmm.MigrationOut is null).GroupBy(g => g.Vmm.InstanceId).FirstOrDefault(g => g.Count() > 1);
            if (running is not null)
            {
                return string.Join('\n', running.Select(g => $"{g.Sled.Serial}: {g.Vmm}"));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, CancellationToken.None);
        }

        return null;
    }

    public static List<(RunningSled Sled, Vmm Vmm)> Guests(RackUnderTest rack) =>
        [.. rack.Sleds.Sleds.SelectMany(s => s.Model.List().Where(v => !v.IsTerminal).Select(v => (s, v)))];

    public static async Task ToAsync(RackUnderTest rack, string verb, string state)
    {
        await KillPointTests.UntilAsync(
            rack, () => rack.Api.TryAsync(HttpMethod.Post, $"/v1/instances/{Name}/{verb}?project=default"), HttpStatusCode.Accepted);
        await KillPointTests.HoldsAsync(rack, async () => await StateAsync(rack) == state && Guests(rack).Count == (state == "stopped" ? 0 : 1));
    }

    public static Task SledWorkAsync(RackUnderTest rack, Guid sled, string verb, Func<Task<bool>> isDone) => KillPointTests.HoldsAsync(rack, async () =>
    {
        if (await isDone())
        {
            return true;
        }

        var path = $"/v1/system/hardware/sleds/{sled}";
        var generation = (long)(await rack.Api.DoAsync(HttpMethod.Get, path))!["generation"]!;
        await rack.Api.TryAsync(HttpMethod.Post, $"{path}/{verb}", ifMatch: $"\"g{generation}\"");
        return await isDone();
    });

    public static async Task<string?> StateAsync(RackUnderTest rack) =>
        (string?)(await rack.Api.DoAsync(HttpMethod.Get, $"/v1/instances/{Name}?project=default"))!["run_state"];

    public static Task<List<JsonNode>> VmmsAsync(RackUnderTest rack) => rack.Api.ListAsync("/v1/system/vmms");

    public static async Task<Guid> SledAsync(RackUnderTest rack)
    {
        foreach (var sled in rack.Sleds.Sleds)
        {
            if ((await rack.Api.ListAsync($"/v1/system/hardware/sleds/{sled.Id}/instances")).Count > 0)
            {
                return sled.Id;
            }
        }

        return Guid.Empty;
    }

    public static JsonObject Update(string group) => new()
    {
        ["ncpus"] = 1, ["memory"] = 1L << 30, ["auto_restart_policy"] = null, ["boot_disk"] = null, ["cpu_platform"] = null,
        ["enable_jumbo_frames"] = false, ["multicast_groups"] = new JsonArray(new JsonObject { ["group"] = group }),
    };
}
