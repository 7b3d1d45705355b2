using System.Text.Json;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests.Instances;

/// <summary>Migration: scenarios 47 to 50 of vmm-sled-rack 9.</summary>
public sealed class MigrationTests
{
    [Fact]
    [Trait("spec", "vmm/47")]
    [Trait("spec", "vmm/I16")]
    [Trait("spec", "vmm/I5")]
    public async Task A_running_instance_moves_with_its_reservation()
    {
        await using var rack = await InstanceRack.StartAsync();
        var (id, source, target, migration) = await BegunAsync(rack);
        (await rack.StateAsync(id)).ShouldBe("migrating");

        await rack.SourceAsync(source, migration, succeeds: true);
        await rack.PokeAsync(source, isSingleStep: true);
        await rack.PokeAsync(source, isSingleStep: true);
        (await rack.StateAsync(id)).ShouldBe("migrating");
        await rack.PokeAsync(target);
        await rack.PokeAsync(source);

        await rack.ShowsAsync(id, "running");
        await rack.HoldsAsync(async () => await rack.FindVmmAsync(source.Text("id")!) is null);
        var now = await rack.VmmAsync(id);
        now.Text("id").ShouldBe(target.Text("id"));
        now.GetProperty("migration_in").Text("state").ShouldBe("completed");
        await rack.HoldsAsync(async () => await ThreadsAsync(rack, target) == 2 && await ThreadsAsync(rack, source) == 0);

        // The reservation that it has now is an active one: it can go back.
        await rack.MigrateAsync(id, rack.SerialOf(source)).Expect(202);
    }

    [Fact]
    [Trait("spec", "vmm/48")]
    [Trait("spec", "vmm/I16")]
    public async Task The_source_alone_does_not_end_a_migration()
    {
        await using var rack = await InstanceRack.StartAsync();
        var (id, source, target, migration) = await BegunAsync(rack);
        await rack.SourceAsync(source, migration, succeeds: true);

        await rack.PokeAsync(source);

        await rack.HoldsAsync(async () => await rack.FindVmmAsync(source.Text("id")!) is null);
        (await rack.StateAsync(id)).ShouldBe("migrating");
        (await rack.MigrateAsync(id, InstanceRack.A)).Status.ShouldBeOneOf(400, 409);
        (await rack.MigrateAsync(id, InstanceRack.B)).Status.ShouldBeOneOf(400, 409);
        await rack.PokeAsync(target);
        await rack.ShowsAsync(id, "running");
        await rack.HoldsAsync(async () => await ThreadsAsync(rack, target) == 2 && await rack.ThreadsAsync() == 2);
        await rack.MigrateAsync(id, rack.SerialOf(source)).Expect(202);
    }

    [Fact]
    [Trait("spec", "vmm/49")]
    public async Task A_target_that_fails_leaves_the_guest_where_it_was()
    {
        await using var rack = await InstanceRack.StartAsync();
        var (id, source, target, _) = await BegunAsync(rack);

        await rack.HappensAsync(rack.SerialOf(target), "hypervisor_crash", target);

        await rack.ShowsAsync(id, "running");
        await rack.HoldsAsync(async () => await rack.FindVmmAsync(target.Text("id")!) is null && await rack.ThreadsAsync() == 2);
        (await rack.VmmAsync(id)).Text("id").ShouldBe(source.Text("id"));
        await rack.MigrateAsync(id, rack.SerialOf(target)).Expect(202);
    }

    [Fact]
    [Trait("spec", "vmm/50")]
    public async Task What_cannot_be_migrated_is_refused()
    {
        await using var rack = await InstanceRack.StartAsync();
        var stopped = await rack.CreateAsync(start: false);
        (await rack.MigrateAsync(stopped, InstanceRack.A)).ExpectFailure(400, "InvalidRequest", "InstanceNotMigratable");

        var id = await rack.RunningAsync(8);
        var vmm = await rack.VmmAsync(id);
        var own = rack.SerialOf(vmm);
        var other = own == InstanceRack.A ? InstanceRack.B : InstanceRack.A;
        (await rack.MigrateAsync(id, own)).ExpectFailure(400, "InvalidRequest", "MigrationToOwnSled");
        var filler = await rack.CreateAsync(16);
        (await rack.StateAsync(filler)).ShouldBe("starting");
        (await rack.MigrateAsync(id, other)).ExpectFailure(507, "InsufficientCapacity");
        (await rack.StateAsync(id)).ShouldBe("running");
        var filling = await rack.VmmAsync(filler);
        await rack.DoAsync(filler, "stop").Expect(202);
        await rack.PokeAsync(filling);
        await rack.ShowsAsync(filler, "stopped");

        var policy = $"/v1/system/hardware/sleds/{rack.SledOf(other).Id}/provision-policy";
        await rack.Admin.PutAsync(policy, new { State = "non_provisionable" }).Expect(200);
        (await rack.MigrateAsync(id, other)).ExpectFailure(507, "InsufficientCapacity");
        await rack.Admin.PutAsync(policy, new { State = "provisionable" }).Expect(200);

        await rack.HoldsAsync(async () => await rack.ThreadsAsync() == 8);
        await rack.MigrateAsync(id, other).Expect(202);
        (await rack.MigrateAsync(id, other)).Status.ShouldBeOneOf(400, 409);
    }

    [Fact]
    [Trait("spec", "vmm/50")]
    public async Task A_platform_of_the_sleds_own_moves_nowhere()
    {
        await using var rack = await InstanceRack.StartAsync(new InstanceRackOptions { Families = ["unknown", "unknown"] });
        var id = await rack.RunningAsync();
        var own = rack.SerialOf(await rack.VmmAsync(id));

        (await rack.MigrateAsync(id, own == InstanceRack.A ? InstanceRack.B : InstanceRack.A))
            .ExpectFailure(400, "InvalidRequest", "PlatformNotMigratable");
    }

    [Fact]
    [Trait("spec", "vmm/49")]
    public async Task A_target_that_cannot_be_registered_leaves_nothing_of_the_migration()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync();
        var source = await rack.VmmAsync(id);
        var other = rack.SerialOf(source) == InstanceRack.A ? InstanceRack.B : InstanceRack.A;
        await rack.StatusFaultAsync(other, "PUT", "/vmms/*", 500, count: 1);

        (await rack.MigrateAsync(id, other)).ExpectFailure(500, "Internal");

        await rack.ShowsAsync(id, "running");
        await rack.HoldsAsync(async () => await rack.ThreadsAsync() == 2 && (await rack.VmmsAsync(id)).Count == 1);
        await rack.MigrateAsync(id, other).Expect(202);
    }

    private static async Task<(string Id, JsonElement Source, JsonElement Target, Guid Migration)> BegunAsync(InstanceRack rack)
    {
        var id = await rack.RunningAsync();
        var source = await rack.VmmAsync(id);
        await rack.MigrateAsync(id, rack.SerialOf(source) == InstanceRack.A ? InstanceRack.B : InstanceRack.A).Expect(202);
        var target = (await rack.VmmsAsync(id)).First(v => v.Text("id") != source.Text("id"));
        return (id, source, target, target.GetProperty("migration_in").GetProperty("migration_id").GetGuid());
    }

    private static async Task<long> ThreadsAsync(InstanceRack rack, JsonElement vmm) =>
        (await rack.Admin.GetAsync($"/v1/system/hardware/sleds/{vmm.Text("sled_id")}").Expect(200)).Body.GetProperty("threads_reserved").GetInt64();
}
