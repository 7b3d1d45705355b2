using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Inventory;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Inventory;

public sealed class SledRegistrationTests
{
    [Fact]
    public void New_sled_is_provisionable_and_active_and_wakes_the_inventory()
    {
        var world = new SledWorld();

        world.Do(SledWorld.Registration()).ShouldBeOfType<Reply.Accepted>();

        world.State.IsProvisionable.ShouldBeTrue();
        world.State.AgentGeneration.ShouldBe(1);
        world.Effects.ShouldContain(new Effect.Nudge(Reconcilers.InventoryCollection, SledWorld.Rack.ToString()));
    }

    [Fact]
    [Trait("spec", "vmm/55")]
    public void Generation_that_is_not_newer_is_refused_and_the_record_stays()
    {
        var world = SledWorld.Registered();
        world.Do(SledWorld.Registration(3));
        var before = world.State;

        foreach (var generation in new long[] { 1, 2, 3 })
        {
            var why = world.Do(SledWorld.Registration(generation, SledWorld.Facts(threads: 99))).Refusal();
            why.Kind.ShouldBe(RefusalKind.Conflict);
            why.Message.ShouldContain("generation 3");
        }

        world.State.ShouldBe(before);
    }

    [Fact]
    public void Newer_generation_changes_facts_but_never_policy_state_or_baseboard()
    {
        var world = SledWorld.Registered();
        world.Do(new SetProvisionPolicy(SledPolicies.NonProvisionable));

        var same = SledWorld.Registration(2, SledWorld.Facts(threads: 32));
        world.Do(same with { Baseboard = same.Baseboard with { Revision = 99 } });

        world.State.Facts.HardwareThreads.ShouldBe(32);
        world.State.Policy.ShouldBe(SledPolicies.NonProvisionable);
        world.State.Baseboard.ShouldBe(same.Baseboard);
    }

    [Theory]
    [InlineData("BRM42220032", null)]
    [InlineData(null, "913-0000020")]
    public void Another_board_never_registers_under_a_known_id_whatever_its_generation(string? serial, string? part)
    {
        var world = SledWorld.Registered();
        var before = world.State;
        var other = SledWorld.Registration(9, SledWorld.Facts(threads: 32));

        var why = world.Do(other with
        {
            Baseboard = new SledBaseboard(serial ?? other.Baseboard.Serial, part ?? other.Baseboard.Part, 6),
        }).Refusal();

        why.Kind.ShouldBe(RefusalKind.Conflict);
        why.Code.ShouldBe("BaseboardDiffers");
        world.State.ShouldBe(before);
    }

    [Fact]
    [Trait("spec", "vmm/54")]
    public void Expunged_sled_takes_no_provision_policy_but_may_register_and_stays_expunged()
    {
        var world = SledWorld.Registered();
        world.Do(new ExpungeSled());

        world.Do(new SetProvisionPolicy(SledPolicies.Provisionable)).Refusal().Kind.ShouldBe(RefusalKind.Conflict);
        world.Do(SledWorld.Registration(2)).ShouldBeOfType<Reply.Accepted>();

        world.State.Policy.ShouldBe(SledPolicies.Expunged);
        world.State.AgentGeneration.ShouldBe(2);
    }

    [Fact]
    public void Decommissioned_sled_may_not_register()
    {
        var world = SledWorld.Registered();
        world.Do(new ExpungeSled());
        world.Do(new SetSledState(SledStates.Decommissioned));

        world.Do(SledWorld.Registration(2)).Refusal().Code.ShouldBe("SledDecommissioned");
    }

    public static TheoryData<string, SledFacts> BadFacts => new()
    {
        { "sa_address", SledWorld.Facts() with { Address = "nowhere" } },
        { "sa_address", SledWorld.Facts() with { Address = "fd00::1" } },
        { "role", SledWorld.Facts() with { Role = "cosmo" } },
        { "cpu_family", SledWorld.Facts() with { CpuFamily = "z80" } },
        { "repo_depot_port", SledWorld.Facts() with { RepoDepotPort = 65_536 } },
        { "usable_hardware_threads", SledWorld.Facts() with { HardwareThreads = -1 } },
        { "reservoir_size", SledWorld.Facts() with { ReservoirBytes = 64L << 30 } },
        { "reservoir_size", SledWorld.Facts() with { ReservoirBytes = -1 } },
    };

    [Theory]
    [MemberData(nameof(BadFacts))]
    public void Field_out_of_range_is_refused_by_name_and_nothing_is_stored(string field, SledFacts facts)
    {
        var world = new SledWorld();

        var why = world.Do(SledWorld.Registration(facts: facts)).Refusal();

        why.Kind.ShouldBe(RefusalKind.InvalidValue);
        why.Message.ShouldContain(field);
        world.Events.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(InventoryLimits.BaseboardTextMax, true)]
    [InlineData(InventoryLimits.BaseboardTextMax + 1, false)]
    public void Serial_length_has_bounds(int length, bool isFine)
    {
        var world = new SledWorld();
        var baseboard = new SledBaseboard(new string('s', length), "p", 1);

        var reply = world.Do(SledWorld.Registration() with { Baseboard = baseboard });

        (reply is Reply.Accepted).ShouldBe(isFine);
    }
}
