using System.Text.Json.Nodes;

namespace Gantry.Node;

/// <summary>Fills the rack through the API and waits until each part is really so.</summary>
internal sealed class DemoSteps(DemoApi api, DemoScreen screen, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RestartPatience = TimeSpan.FromSeconds(15);

    public async Task SwitchesAsync(CancellationToken ct)
    {
        await UntilAsync("two switches are listed", async () =>
            (await api.ListAsync("/v1/system/hardware/switches", ct).ConfigureAwait(false)).Count == 2, ct).ConfigureAwait(false);
        screen.Tick("switches", "2 simulated, tables empty");
    }

    public async Task SledsAsync(int wanted, CancellationToken ct)
    {
        await UntilAsync($"{wanted} sleds have announced themselves", async () =>
            (await api.ListAsync("/v1/system/hardware/sleds", ct).ConfigureAwait(false))
                .Count(s => s!["slot"] is not null) >= wanted, ct).ConfigureAwait(false); // a list item is never null
        screen.Tick("sleds", $"{wanted} of {wanted} announced, 1 spare");
    }

    public async Task InstancesAsync(CancellationToken ct)
    {
        await Task.WhenAll(DemoContent.Instances.Select(name => api.EnsureAsync(
            HttpMethod.Post, $"/v1/instances?project={DemoContent.Project}", DemoContent.Instance(name), ct))).ConfigureAwait(false);
        var list = $"/v1/instances?project={DemoContent.Project}";
        var running = 0;
        var began = time.GetTimestamp();
        await UntilAsync("every instance has come to rest", async () =>
        {
            // On a folder of before there may be others, and some that were stopped: all that is asked is that none is on its way. Those that
            // ran have failed with the simulated sleds and are started again by themselves, unless their policy says no.
            var all = await api.ListAsync(list, ct).ConfigureAwait(false);
            running = all.Count(IsRunning);
            var mayBeFailed = time.GetElapsedTime(began) > RestartPatience;
            return all.Count >= DemoContent.Instances.Length
                && all.All(i => IsRunning(i) || StateOf(i) == "stopped" || (mayBeFailed && StateOf(i) == "failed"));
        }, ct).ConfigureAwait(false);
        screen.Tick("instances", $"{running} running");
    }

    public async Task GroupsAsync(CancellationToken ct)
    {
        await PoolsAsync(ct).ConfigureAwait(false);
        foreach (var (group, members, sources) in DemoContent.Groups)
        {
            foreach (var member in members)
            {
                await api.EnsureAsync(
                    HttpMethod.Put, $"/v1/instances/{member}/multicast-groups/{group}?project={DemoContent.Project}",
                    DemoContent.Join(sources), ct).ConfigureAwait(false);
            }
        }

        await UntilAsync("every group is active with every member joined", () => GroupsConvergedAsync(ct), ct).ConfigureAwait(false);
        screen.Tick("multicast", $"{DemoContent.Groups.Length} groups converged");
    }

    private async Task PoolsAsync(CancellationToken ct)
    {
        foreach (var (name, first, last) in DemoContent.Pools)
        {
            if (await api.EnsureAsync(HttpMethod.Post, "/v1/system/ip-pools", DemoContent.Pool(name), ct).ConfigureAwait(false) is null)
            {
                continue;
            }

            await api.EnsureAsync(
                HttpMethod.Post, $"/v1/system/ip-pools/{name}/ranges/add",
                new JsonObject { ["first"] = first, ["last"] = last }, ct).ConfigureAwait(false);
            await api.EnsureAsync(
                HttpMethod.Post, $"/v1/system/ip-pools/{name}/silos",
                new JsonObject { ["silo"] = "default", ["is_default"] = name == "mcast-asm" }, ct).ConfigureAwait(false);
        }
    }

    private async Task<bool> GroupsConvergedAsync(CancellationToken ct)
    {
        foreach (var (group, members, _) in DemoContent.Groups)
        {
            var view = await api.GetAsync($"/v1/multicast-groups/{group}", ct).ConfigureAwait(false);
            var present = await api.ListAsync($"/v1/multicast-groups/{group}/members", ct).ConfigureAwait(false);
            if ((string?)view["state"] != "Active" || present.Count < members.Length || present.Any(m => (string?)m!["state"] == "Joining")) // a list item is never null
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsRunning(JsonNode? instance) => StateOf(instance) == "running";

    private static string? StateOf(JsonNode? instance) => (string?)instance!["run_state"]; // a list item is never null

    private async Task UntilAsync(string what, Func<Task<bool>> holds, CancellationToken ct)
    {
        var start = time.GetTimestamp();
        while (!await holds().ConfigureAwait(false))
        {
            if (time.GetElapsedTime(start) > Patience)
            {
                throw new DemoFailedException($"after {Patience.TotalSeconds:0} s it is still not so that {what}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), time, ct).ConfigureAwait(false);
        }
    }
}
