using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Chaos;

/// <summary>What was acknowledged survives a kill -9 in the middle of a storm of joins, once; what was refused is not there.</summary>
public sealed class KillDuringJoinsTests
{
    private const int InstanceCount = 20;
    private const int GroupCount = 50;
    private const int JoinsPerInstance = 10;

    [Fact]
    [Trait("spec", "engine/3.4")]
    [Trait("spec", "multicast/16")]
    public async Task Two_hundred_joins_across_fifty_groups_survive_a_kill()
    {
        await using var rack = await RackUnderTest.StartAsync(sleds: 4);
        await rack.CreatePoolAsync("mcast-asm", "239.1.0.1", "239.1.0.250");
        await rack.CreateRunningInstancesAsync(InstanceCount);

        var acknowledged = new ConcurrentBag<(string Instance, string Group)>();
        var refused = new ConcurrentBag<(string Instance, string Group)>();
        var joins = Joins().Select(j => JoinAsync(rack, j.Instance, j.Group, acknowledged)).ToList();
        joins.AddRange(WrongJoins().Select(j => RefusedAsync(rack, j.Instance, j.Group, refused)));
        await Eventually.HoldsAsync(() => acknowledged.Count >= 60, TimeSpan.FromSeconds(60), () => $"{acknowledged.Count} joins");
        await rack.Node.KillAsync();
        await Task.WhenAll(joins);
        await rack.RestartNodeAsync();

        foreach (var byInstance in acknowledged.GroupBy(a => a.Instance))
        {
            var present = await rack.MembershipsAsync(byInstance.Key);
            present.ShouldBeUnique();
            byInstance.Select(a => a.Group).Except(present).ShouldBeEmpty($"acknowledged joins of {byInstance.Key} that are gone");
        }

        var groups = (await rack.Api.ListAsync("/v1/multicast-groups")).Select(g => (string?)g["multicast_ip"]).ToList();
        groups.ShouldBeUnique();
        refused.Select(r => r.Group).Intersect(groups).ShouldBeEmpty("refused joins left a group behind");
        await rack.ConvergedAsync();
        (await rack.VerifyAllAsync()).ShouldBe(0, rack.VerifyOutput);
    }

    private static IEnumerable<(string Instance, string Group)> Joins() =>
        from instance in Enumerable.Range(0, InstanceCount)
        from k in Enumerable.Range(0, JoinsPerInstance)
        select ($"vm-{instance}", $"239.1.0.{1 + ((instance * 7) + (k * 5)) % GroupCount}");

    // An IPv6 source on an IPv4 group: refused before anything is created.
    private static IEnumerable<(string Instance, string Group)> WrongJoins() =>
        Enumerable.Range(0, 10).Select(k => ($"vm-{k}", $"239.1.0.{200 + k}"));

    private static async Task JoinAsync(
        RackUnderTest rack, string instance, string group, ConcurrentBag<(string Instance, string Group)> acknowledged)
    {
        var answer = await rack.Api.TryAsync(
            HttpMethod.Put, $"/v1/instances/{instance}/multicast-groups/{group}?project=default", new JsonObject());
        if (answer is { Status: HttpStatusCode.Created })
        {
            acknowledged.Add((instance, group));
        }
    }

    private static async Task RefusedAsync(
        RackUnderTest rack, string instance, string group, ConcurrentBag<(string Instance, string Group)> refused)
    {
        var answer = await rack.Api.TryAsync(
            HttpMethod.Put,
            $"/v1/instances/{instance}/multicast-groups/{group}?project=default",
            new JsonObject { ["source_ips"] = new JsonArray("fd00::1") });
        if (answer is { Status: HttpStatusCode.BadRequest })
        {
            refused.Add((instance, group));
        }
    }
}
