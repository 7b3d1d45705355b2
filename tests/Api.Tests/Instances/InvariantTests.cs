using System.Text.Json;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests.Instances;

/// <summary>
/// The invariants of vmm-sled-rack 8 that the API shows, on a rack where many users do many things at once and sleds fail: what is shown of instances,
/// VMMs, sleds and quota fits together whenever it comes to rest.
/// </summary>
public sealed class InvariantTests
{
    private const int Instances = 10;
    private const int Rounds = 4;
    private static readonly string[] s_down = ["stopped", "failed", "creating"];

    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [Trait("spec", "vmm/I1")]
    [Trait("spec", "vmm/I3")]
    [Trait("spec", "vmm/I4")]
    [Trait("spec", "vmm/I5")]
    [Trait("spec", "vmm/I6")]
    [Trait("spec", "vmm/I7")]
    public async Task Whatever_many_users_do_at_once_instances_VMMs_sleds_and_quota_fit_together(ulong seed)
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Mode = "auto", Sleds = 3 });
        var dice = new SeededRandomSource(seed);
        var ids = await Task.WhenAll(Enumerable.Range(0, Instances).Select(_ => rack.CreateAsync(1 + dice.Next(3))));
        for (var round = 0; round < Rounds; round++)
        {
            var wishes = ids.Select(id => (Id: id, Wish: dice.Next(8), Sled: dice.Next(3))).ToList();
            await Task.WhenAll(wishes.Select(async w =>
            {
                (await WishAsync(rack, w.Id, w.Wish, w.Sled)).Status.ShouldBeLessThan(500 + 8, w.ToString()); // 507: no room
                await RoomIsNeverOvercommittedAsync(rack);
            }));

            string? broken = null;
            await rack.HoldsAsync(
                async () =>
                {
                    await rack.PassAsync(TimeSpan.FromSeconds(1));
                    return (broken = await BrokenAsync(rack)) is null;
                },
                () => broken);
        }
    }

    private static async Task<ApiAnswer> WishAsync(InstanceRack rack, string id, int wish, int sled)
    {
        switch (wish)
        {
            case 0 or 1:
                return await rack.DoAsync(id, "stop");
            case 2:
                return await rack.DoAsync(id, "reboot");
            case 3:
                return await rack.MigrateAsync(id, $"BRM{sled}");
            case 4:
                foreach (var vmm in (await rack.VmmsAsync(id)).Where(v => v.Text("state") == "running"))
                {
                    await rack.TryHappenAsync(rack.SerialOf(vmm), sled == 0 ? "guest_shutdown" : sled == 1 ? "hypervisor_crash" : "forget_vmm", vmm);
                    await rack.RingAsync(vmm.Text("id")!);
                }

                return await rack.DoAsync(id, "reboot");
            default:
                return await rack.DoAsync(id, "start");
        }
    }

    private static async Task RoomIsNeverOvercommittedAsync(InstanceRack rack)
    {
        foreach (var sled in await rack.Admin.ListAsync("/v1/system/hardware/sleds"))
        {
            Number(sled, "threads_reserved").ShouldBeLessThanOrEqualTo(Number(sled, "usable_hardware_threads"));
        }
    }

    // Null when everything has come to rest and fits; else what does not.
    private static async Task<string?> BrokenAsync(InstanceRack rack)
    {
        var instances = (await rack.Admin.ListAsync("/v1/instances?project=default")).ToDictionary(i => i.Text("id")!);
        var vmms = await rack.Admin.ListAsync("/v1/system/vmms");
        var active = new Dictionary<string, string>();
        foreach (var sled in await rack.Admin.ListAsync("/v1/system/hardware/sleds"))
        {
            var here = sled.Text("id")!;
            foreach (var instance in await rack.Admin.ListAsync($"/v1/system/hardware/sleds/{here}/instances"))
            {
                var id = instances.Keys.Single(i => instances[i].Text("name") == instance.Text("name"));
                if (!active.TryAdd(id, here))
                {
                    return $"I1: {id} is active on two sleds";
                }
            }

            var wanted = vmms.Where(v => v.Text("sled_id") == here && v.Text("state") != "saga_unwound").Sum(v => Number(instances[v.Text("instance_id")!], "ncpus"));
            if (Number(sled, "threads_reserved") != wanted)
            {
                return $"I5, I6: sled {here} has {Number(sled, "threads_reserved")} threads reserved for VMMs with {wanted}";
            }
        }

        foreach (var (id, instance) in instances)
        {
            var isDown = s_down.Contains(instance.Text("run_state"));
            if (isDown == active.ContainsKey(id))
            {
                return $"I1: {id} is {instance.Text("run_state")} and its active VMM is on {active.GetValueOrDefault(id, "no sled")}";
            }

            if (!isDown && instance.Text("run_state") != "running")
            {
                return $"{id} is still {instance.Text("run_state")}";
            }

            if (!isDown && !vmms.Any(v => v.Text("instance_id") == id && v.Text("sled_id") == active[id]))
            {
                return $"I4: the record of the active VMM of {id} is gone";
            }
        }

        if (vmms.Find(v => v.Text("state") == "failed" != v.Text("failure_reason") is not null) is { ValueKind: JsonValueKind.Object } odd)
        {
            return $"I3: {odd}";
        }

        var charged = Number((await rack.Admin.GetAsync("/v1/system/utilization/silos/default").Expect(200)).Body.GetProperty("provisioned"), "cpus");
        var due = instances.Where(i => active.ContainsKey(i.Key)).Sum(i => Number(i.Value, "ncpus"));
        return charged == due ? null : $"I7: {charged} vCPUs are charged for {due}";
    }

    private static long Number(JsonElement of, string member) => of.GetProperty(member).GetInt64();
}
