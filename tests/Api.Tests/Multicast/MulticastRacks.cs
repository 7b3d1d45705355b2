using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Actors;
using Gantry.Switch.Simulator;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Two racks, one with strict and one with faithful switches, shared by tests that take addresses and names of their own.</summary>
public sealed class MulticastRacks : IAsyncLifetime
{
    private readonly Dictionary<SwitchMode, RackHost> _racks = [];

    public async Task InitializeAsync()
    {
        foreach (var mode in new[] { SwitchMode.Strict, SwitchMode.Faithful })
        {
            var rack = await RackHost.StartAsync(new RackHostOptions
            {
                SwitchMode = mode,
                Settings = new Dictionary<string, string?> { ["gantry:multicast:period_secs"] = "2" },
            });
            _racks[mode] = rack;
            await rack.PoolAsync("asm", "224.50.0.0", "224.50.15.255");
            await rack.PoolAsync("ssm", "232.50.0.0", "232.50.15.255");
            await rack.PoolAsync("asm6", "ff0e::", "ff0e::ff", isDefault: false);
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var rack in _racks.Values)
        {
            await rack.DisposeAsync();
        }
    }

    internal RackHost Of(SwitchMode mode) => _racks[mode];
}

/// <summary>Tests that share the two racks, one after another.</summary>
[CollectionDefinition(Name)]
public sealed class MulticastRacksGroup : ICollectionFixture<MulticastRacks>
{
    public const string Name = "multicast racks";
}

/// <summary>Short ways to say what tests of groups do.</summary>
internal static class MulticastSteps
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public static Task<ApiAnswer> LeaveAsync(this RackHost rack, string instance, string group) =>
        rack.Admin.DeleteAsync($"/v1/instances/{instance}/multicast-groups/{group}?project=default");

    public static Task<ApiAnswer> GroupAsync(this RackHost rack, string group) => rack.Admin.GetAsync($"/v1/multicast-groups/{group}");

    public static Task<List<JsonElement>> MembersAsync(this RackHost rack, string group) =>
        rack.Admin.ListAsync($"/v1/multicast-groups/{group}/members");

    public static Task<List<JsonElement>> MembershipsAsync(this RackHost rack, string instance) =>
        rack.Admin.ListAsync($"/v1/instances/{instance}/multicast-groups?project=default");

    /// <summary>Waits until every member of the group is in the state, and the group is as the switches should have it.</summary>
    public static async Task<JsonElement> MembersAreAsync(this RackHost rack, string group, string state) =>
        await rack.UntilAsync(
            $"/v1/multicast-groups/{group}/members", p => p.GetProperty("items").EnumerateArray().All(m => m.Text("state") == state));

    /// <summary>Waits until the group is active and read back from both switches.</summary>
    public static async Task<JsonElement> ConvergedAsync(this RackHost rack, string group) =>
        await rack.UntilAsync($"/v1/multicast-groups/{group}", g => g.Text("state") == "Active" && g.GetProperty("converged").GetBoolean());

    /// <summary>A new instance that runs.</summary>
    public static async Task<string> StartNewAsync(this RackHost rack, string instance)
    {
        var id = await rack.InstanceAsync(instance, start: true);
        await rack.RunningAsync(instance);
        return id;
    }

    /// <summary>Names of two instances that run on the same sled: of three on two sleds.</summary>
    public static async Task<(string One, string Other)> TwoOnOneSledAsync(this RackHost rack, string prefix)
    {
        var slots = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var name in new[] { $"{prefix}-a", $"{prefix}-b", $"{prefix}-c" })
        {
            await rack.StartNewAsync(name);
            slots[name] = await rack.SlotAsync(name);
        }

        return slots.GroupBy(s => s.Value).First(g => g.Count() > 1).Select(s => s.Key).ToList() is [var one, var other, ..]
            ? (one, other)
            : throw new InvalidOperationException("no two on one sled");
    }

    /// <summary>The VMM of an instance; of one that migrates, either.</summary>
    public static async Task<JsonElement> VmmAsync(this RackHost rack, string instance)
    {
        var id = (await rack.Admin.GetAsync($"/v1/instances/{instance}?project=default").Expect(200)).Id;
        return (await rack.Admin.ListAsync($"/v1/system/vmms?instance={id}"))[0];
    }

    /// <summary>The slot of the sled that an instance runs on.</summary>
    public static async Task<int> SlotAsync(this RackHost rack, string instance)
    {
        var sled = (await rack.VmmAsync(instance)).GetProperty("sled_id").GetGuid();
        return rack.Sleds.Sleds.First(s => s.Id == sled).Slot;
    }

    /// <summary>What a switch holds for members on sleds in these slots.</summary>
    public static string[] Ports(params int[] slots) => [.. slots.Distinct().Order().Select(s => $"rear{s} Underlay")];

    /// <summary>Every switch is looked at once more and the look is over.</summary>
    public static async Task PassAsync(this RackHost rack)
    {
        foreach (var one in await rack.Admin.ListAsync("/v1/system/hardware/switches"))
        {
            var path = $"/v1/system/hardware/switches/{one.Text("id")}";
            var before = (await rack.Admin.GetAsync($"{path}/counters").Expect(200)).Body.Text("next_attempt");
            await rack.Admin.PostAsync($"{path}/reconcile").Expect(204);
            await rack.UntilAsync($"{path}/counters", c => c.Text("next_attempt") is { } next && next != before);
        }
    }

    /// <summary>Pauses a reconciler and waits until no turn of it is under way any more.</summary>
    public static async Task PausedAsync(this RackHost rack, string reconciler)
    {
        (await CliRun.OfAsync(rack.Node, $"reconciler pause {reconciler} --yes")).ExitCode.ShouldBe(0);
        await Eventually.HoldsAsync(
            () => rack.Node.OfEach<IReconcilers>().SelectMany(r => r.Status())
                .All(k => k.Reconciler != reconciler || !k.State.StartsWith("running", StringComparison.Ordinal)),
            s_patience);
    }

    /// <summary>An instance that runs joins, and its group is on both switches; gives the group.</summary>
    public static async Task<JsonElement> JoinedAsync(this RackHost rack, string instance, string address, object? body = null)
    {
        await rack.JoinAsync(instance, address, body).Expect(201);
        await rack.ConvergedAsync(address);
        await rack.MembersAreAsync(address, "Joined");
        return await rack.ConvergedAsync(address);
    }

    /// <summary>Waits until both switches are read and found right. A turn may be under way, and a switch may have been busy.</summary>
    public static async Task VerifiedAsync(this RackHost rack, params string[] groups)
    {
        foreach (var group in groups)
        {
            await rack.UntilAsync($"/v1/multicast-groups/{group}/verify", v => v.GetProperty("is_right").GetBoolean());
        }
    }

    /// <summary>Does something that must not write. Others may write meanwhile, so it is done again until they did not.</summary>
    public static async Task WritesNothingAsync(this RackHost rack, Func<Task> act) => await Eventually.HoldsAsync(
        async () =>
        {
            var before = await rack.JournalAsync();
            await act();
            return await rack.JournalAsync() == before;
        },
        s_patience);

    public static async Task RunningAsync(this RackHost rack, string instance) =>
        await rack.UntilAsync($"/v1/instances/{instance}?project=default", i => i.Text("run_state") == "running");

    public static async Task StoppedAsync(this RackHost rack, string instance)
    {
        await rack.Admin.PostAsync($"/v1/instances/{instance}/stop?project=default").Expect(202);
        await rack.UntilAsync($"/v1/instances/{instance}?project=default", i => i.Text("run_state") == "stopped");
    }

    public static async Task StartedAsync(this RackHost rack, string instance)
    {
        await rack.Admin.PostAsync($"/v1/instances/{instance}/start?project=default").Expect(202);
        await rack.RunningAsync(instance);
    }

    /// <summary>Ports of the group's underlay object on a switch; null when there is none.</summary>
    public static ImmutableArray<string>? PortsOf(this SwitchSimulator on, string tag) =>
        on.Model.Groups.Values.OfType<UnderlayGroup>().FirstOrDefault(g => g.Tag == tag) is { } underlay
            ? [.. underlay.Members.Select(m => $"{m.Lane.Port} {(m.IsExternal ? "External" : "Underlay")}").Order(StringComparer.Ordinal)]
            : null;

    /// <summary>Waits until every switch replicates the group to so many ports.</summary>
    public static async Task PortCountIsAsync(this RackHost rack, string tag, int count) => await Eventually.HoldsAsync(
        () => rack.Switches.All(s => s.PortsOf(tag)?.Length == count),
        s_patience,
        () => string.Join("; ", rack.Switches.Select(s => s.PortsOf(tag) is { } p ? string.Join(',', p) : "none")));

    public static async Task PortsAreAsync(this RackHost rack, string tag, params string[] ports) => await Eventually.HoldsAsync(
        () => rack.Switches.All(s => s.PortsOf(tag) is { } found && found.SequenceEqual(ports)),
        s_patience,
        () => string.Join("; ", rack.Switches.Select(s => s.PortsOf(tag) is { } p ? string.Join(',', p) : "none")));

    public static async Task GoneFromSwitchesAsync(this RackHost rack, string tag) => await Eventually.HoldsAsync(
        () => rack.Switches.All(s => s.Model.Groups.Values.All(g => g.Tag != tag)), s_patience);

    public static string TagOf(this JsonElement group) => $"{group.Text("id")}:{group.Text("multicast_ip")}";
}
