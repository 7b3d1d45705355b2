using System.Net;
using System.Text.Json.Nodes;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Chaos;

/// <summary>
/// kill -9 after every commit of an operation, one after the other: the process dies with the rows on disk and nobody told. Whoever asked
/// asks again, and what comes of it is what would have come without the kill.
/// </summary>
public sealed class KillPointTests
{
    /// <summary>More commits than any of the operations has; reached only when one never comes to its end.</summary>
    private const int StepsMax = 30;

    private const string Multicast = "multicast-group,instance-multicast,ip-pool";

    [Fact]
    [Trait("spec", "engine/3.4")]
    public async Task A_join_and_a_leave_survive_a_kill_at_every_persisted_step()
    {
        await using var rack = await RackUnderTest.StartAsync(sleds: 3, isMortal: true);
        await rack.CreatePoolAsync("mcast-asm", "239.2.0.1", "239.2.0.250");
        await rack.CreateRunningInstancesAsync(1);

        var joins = await KillAtEveryStepAsync(rack, Multicast, async step =>
        {
            await UntilAsync(rack, () => rack.Api.TryAsync(HttpMethod.Put, Group(step), new JsonObject()), HttpStatusCode.Created, HttpStatusCode.OK);
            await HoldsAsync(rack, async () => (await rack.MembershipsAsync("vm-0")).Count(g => g == Address(step)) == 1 && await rack.IsConvergedAsync());
        });
        (await rack.VerifyAllAsync()).ShouldBe(0, rack.VerifyOutput);

        var leaves = await KillAtEveryStepAsync(rack, Multicast, async step =>
        {
            // As many groups are there as joins were killed; beyond them there is nothing to leave.
            var group = Math.Min(step, joins + 1);
            await UntilAsync(rack, () => rack.Api.TryAsync(HttpMethod.Delete, Group(group)), HttpStatusCode.NoContent, HttpStatusCode.NotFound);
            await HoldsAsync(rack, async () =>
                (await rack.Api.ListAsync("/v1/multicast-groups")).All(g => (string?)g["multicast_ip"] != Address(group))
                && !(await rack.MembershipsAsync("vm-0")).Contains(Address(group)));
        });
        joins.ShouldBeGreaterThan(1);
        leaves.ShouldBeGreaterThan(1);
        (await rack.VerifyAllAsync()).ShouldBe(0, rack.VerifyOutput);
    }

    [Fact]
    [Trait("spec", "engine/8.2")]
    public async Task A_saga_survives_a_kill_at_every_persisted_step()
    {
        await using var rack = await RackUnderTest.StartAsync(sleds: 3, isMortal: true);

        var steps = await KillAtEveryStepAsync(rack, "saga.", async step =>
        {
            var body = new JsonObject
            {
                ["name"] = $"saga-{step}", ["description"] = "kill", ["hostname"] = $"saga-{step}", ["ncpus"] = 1, ["memory"] = 1L << 30,
            };
            await UntilAsync(
                rack,
                () => rack.Api.TryAsync(HttpMethod.Post, "/v1/instances?project=default", (JsonObject)body.DeepClone()),
                HttpStatusCode.Created,
                HttpStatusCode.BadRequest);
            await HoldsAsync(rack, async () => (await rack.Api.ListAsync("/v1/instances?project=default"))
                .Where(i => (string?)i["name"] == $"saga-{step}")
                .Select(i => (string?)i["run_state"]).SequenceEqual(["running"]));
        });

        steps.ShouldBeGreaterThan(2);
    }

    // Counts on until an operation ends before the commit that would have killed the node.
    internal static async Task<int> KillAtEveryStepAsync(
        RackUnderTest rack, string kinds, Func<int, Task> operation, Func<int, Task>? prepare = null)
    {
        for (var step = 1; step <= StepsMax; step++)
        {
            if (prepare is not null)
            {
                await prepare(step);
            }

            rack.KillAfter(step, kinds, operation.Method.Name);
            var isOver = false;
            var run = OverAsync();
            while (!isOver && rack.Node.IsRunning)
            {
                if (run.IsFaulted)
                {
                    await run;
                }

                await Task.WhenAny(run, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System));
            }

            if (await rack.TakeKillBackAsync())
            {
                await run;
                return step - 1;
            }

            await rack.Node.DisposeAsync();
            await rack.RestartNodeAsync();
            await run;

            async Task OverAsync()
            {
                await operation(step);
                isOver = true;
            }
        }

        throw new InvalidOperationException($"the operation still commits after {StepsMax} steps");
    }

    internal static async Task UntilAsync(
        RackUnderTest rack, Func<Task<(HttpStatusCode Status, JsonNode? Body)?>> call, params HttpStatusCode[] good)
    {
        var last = "";
        await Eventually.HoldsAsync(
            async () =>
            {
                var answer = await call();
                last = answer is { } known ? $"{known.Status} {known.Body}" : "no answer";
                return answer is { } some && good.Contains(some.Status);
            },
            TimeSpan.FromSeconds(60),
            () => $"{last}\n{rack.Node.Output}");
    }

    // A call into a node that is just being killed has no answer; it is asked again.
    internal static Task HoldsAsync(RackUnderTest rack, Func<Task<bool>> condition) => Eventually.HoldsAsync(
        async () =>
        {
            try
            {
                return await condition();
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        },
        TimeSpan.FromSeconds(60),
        () => rack.Node.Output);

    private static string Address(int step) => $"239.2.0.{step}";

    private static string Group(int step) => $"/v1/instances/vm-0/multicast-groups/{Address(step)}?project=default";
}
