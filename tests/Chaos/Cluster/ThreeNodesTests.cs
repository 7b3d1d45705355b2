using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Gantry.Tests;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Gantry.Chaos;

/// <summary>The main job on three nodes over PostgreSQL, requests sprayed over all gateways, and one of the nodes killed in the middle.</summary>
public sealed class ThreeNodesTests(ITestOutputHelper output)
{
    private const int InstanceCount = 8;
    private const int GroupCount = 12;
    private const int Writers = 4;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [PostgresFact]
    [Trait("spec", "engine/5.4")]
    [Trait("spec", "engine/5.9")]
    [Trait("spec", "engine/11.4")]
    public async Task The_main_job_is_done_while_a_node_is_killed_and_comes_back()
    {
        await using var cluster = await ClusterUnderTest.StartAsync(sleds: 4);
        await PoolAsync(cluster);
        await Task.WhenAll(Enumerable.Range(0, InstanceCount).Select(n => InstanceAsync(cluster, n)));
        await RunningAsync(cluster, InstanceCount);
        await cluster.FormQuorumAsync(members: 4);

        var done = new ConcurrentBag<(string Instance, string Group, TimeSpan Took, bool IsAfterKill)>();
        var next = -1;
        var isKilled = false;
        var writers = Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var turn && turn < InstanceCount * GroupCount)
            {
                var (instance, group) = ($"vm-{turn % InstanceCount}", $"239.1.0.{1 + (turn / InstanceCount)}");
                var began = TimeProvider.System.GetTimestamp();
                await cluster.DoAsync(HttpMethod.Put, $"/v1/instances/{instance}/multicast-groups/{group}?project=default", []);
                done.Add((instance, group, TimeProvider.System.GetElapsedTime(began), isKilled));
            }
        })).ToList();
        await Eventually.HoldsAsync(() => done.Count >= InstanceCount * GroupCount / 3, s_patience, () => $"{done.Count} joins\n{cluster.Output}");
        await cluster.KillAsync(2);
        isKilled = true;
        await Task.WhenAll(writers);

        var slowest = done.Where(d => d.IsAfterKill).Select(d => d.Took).DefaultIfEmpty().Max();
        output.WriteLine($"{done.Count} joins acknowledged; slowest after the kill {slowest.TotalSeconds:0.0} s");
        await Eventually.HoldsAsync(
            async () => (await cluster.ClusterLineAsync(0)).StartsWith("2 nodes up, ", StringComparison.Ordinal), s_patience, () => cluster.Output);
        await NothingIsLostAsync(cluster, done.Select(d => (d.Instance, d.Group)).ToList());

        await cluster.RestartAsync(2);
        await Eventually.HoldsAsync(
            async () => (await cluster.ClusterLineAsync(0)).StartsWith("3 nodes up, ", StringComparison.Ordinal), s_patience, () => cluster.Output);
        await InstanceAsync(cluster, InstanceCount);
        await RunningAsync(cluster, InstanceCount + 1);
        await QuorumCommittedAsync(cluster);
    }

    private static async Task PoolAsync(ClusterUnderTest cluster)
    {
        await cluster.DoAsync(HttpMethod.Post, "/v1/system/ip-pools", new JsonObject
        {
            ["name"] = "mcast", ["description"] = "chaos", ["ip_version"] = "v4", ["pool_type"] = "multicast",
        });
        await cluster.DoAsync(HttpMethod.Post, "/v1/system/ip-pools/mcast/ranges/add", new JsonObject { ["first"] = "239.1.0.1", ["last"] = "239.1.0.250" });
        await cluster.DoAsync(HttpMethod.Post, "/v1/system/ip-pools/mcast/silos", new JsonObject { ["silo"] = "default", ["is_default"] = true });
    }

    private static Task InstanceAsync(ClusterUnderTest cluster, int number) => cluster.DoAsync(
        HttpMethod.Post, "/v1/instances?project=default", new JsonObject
        {
            ["name"] = $"vm-{number}", ["description"] = "chaos", ["hostname"] = $"vm-{number}", ["ncpus"] = 1, ["memory"] = 1L << 30,
        });

    private static Task RunningAsync(ClusterUnderTest cluster, int count) => Eventually.HoldsAsync(
        async () => (await cluster.ListAsync("/v1/instances?project=default")).Count(i => (string?)i["run_state"] == "running") == count,
        s_patience, () => cluster.Output);

    private static async Task NothingIsLostAsync(ClusterUnderTest cluster, List<(string Instance, string Group)> acknowledged)
    {
        foreach (var byInstance in acknowledged.GroupBy(a => a.Instance))
        {
            var present = (await cluster.ListAsync($"/v1/instances/{byInstance.Key}/multicast-groups?project=default"))
                .Select(m => (string?)m["multicast_ip"] ?? "").ToList();
            present.ShouldBeUnique();
            byInstance.Select(a => a.Group).Except(present).ShouldBeEmpty($"acknowledged joins of {byInstance.Key} that are gone");
        }

        var unsettled = "";
        await Eventually.HoldsAsync(
            async () =>
            {
                var groups = await cluster.ListAsync("/v1/multicast-groups");
                unsettled = string.Join('\n', groups.Where(g => (string?)g["state"] != "Active"));
                foreach (var group in groups)
                {
                    unsettled += string.Join('\n', (await cluster.ListAsync($"/v1/multicast-groups/{group["id"]}/members")).Where(m => (string?)m["state"] != "Joined"));
                }

                return groups.Count == GroupCount && unsettled.Length == 0;
            },
            s_patience,
            () => $"{unsettled}\n{cluster.Output}");
    }

    private static Task QuorumCommittedAsync(ClusterUnderTest cluster) => Eventually.HoldsAsync(
        async () => (string?)(await cluster.DoAsync(HttpMethod.Get, $"/v1/system/hardware/racks/{cluster.RackId}/membership"))?["state"] == "committed",
        s_patience,
        () => cluster.Output);
}
