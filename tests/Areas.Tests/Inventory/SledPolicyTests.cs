using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Inventory;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Inventory;

public sealed class SledPolicyTests
{
    [Fact]
    public void Setting_the_policy_answers_old_and_new_and_the_same_again_is_success()
    {
        var world = SledWorld.Registered();

        world.Do(new SetProvisionPolicy(SledPolicies.NonProvisionable)).Value<ProvisionPolicySet>()
            .ShouldBe(new ProvisionPolicySet(SledPolicies.Provisionable, SledPolicies.NonProvisionable));
        world.Do(new SetProvisionPolicy(SledPolicies.NonProvisionable)).Value<ProvisionPolicySet>()
            .ShouldBe(new ProvisionPolicySet(SledPolicies.NonProvisionable, SledPolicies.NonProvisionable));

        world.State.Generation.ShouldBe(2);
    }

    [Fact]
    public void Unknown_policy_and_unknown_state_are_refused()
    {
        var world = SledWorld.Registered();

        world.Do(new SetProvisionPolicy("expunged")).Refusal().Kind.ShouldBe(RefusalKind.InvalidValue);
        world.Do(new SetSledState("retired")).Refusal().Kind.ShouldBe(RefusalKind.InvalidValue);
    }

    [Fact]
    public void Expunge_answers_the_previous_policy_at_once_and_frees_the_baseboard()
    {
        var world = SledWorld.Registered();
        world.Do(new SetProvisionPolicy(SledPolicies.NonProvisionable));

        world.Do(new ExpungeSled()).Value<SledWasExpunged>().PreviousPolicy.ShouldBe(SledPolicies.NonProvisionable);
        world.Do(new ExpungeSled()).Value<SledWasExpunged>().PreviousPolicy.ShouldBe(SledPolicies.Expunged);

        world.Effects.OfType<Effect.Post>().Single().Command.ShouldBe(new ReleaseSledFromRack(world.Id, IsDecommissioned: false));
    }

    [Fact]
    [Trait("spec", "vmm/I4")]
    public void A_sled_is_removed_only_while_it_is_closed_and_nothing_is_reserved_there()
    {
        var world = SledWorld.Registered();
        world.Do(new SledCommand.Retire()).Refusal().Code.ShouldBe("DrainTakenBack");
        world.Reserve(1, 1);
        world.Do(new SetProvisionPolicy(SledPolicies.NonProvisionable));

        var why = world.Do(new SledCommand.Retire()).Refusal();

        (why.Code, why.Kind).ShouldBe(("SledNotEmpty", RefusalKind.Unavailable));
        why.Message.ShouldContain(SledWorld.Vmm(1).ToString());
        world.State.Policy.ShouldBe(SledPolicies.NonProvisionable);
        world.Release(1);
        world.Do(new SledCommand.Retire()).ShouldBeOfType<Reply.Accepted>();
        world.Do(new SledCommand.Retire()).ShouldBeOfType<Reply.Accepted>("a repeat is success");
        world.State.Policy.ShouldBe(SledPolicies.Expunged);
    }

    [Fact]
    public void Decommission_needs_expunged_and_empty_and_is_final()
    {
        var world = SledWorld.Registered();
        world.Reserve(1, 1);

        world.Do(new SetSledState(SledStates.Decommissioned)).Refusal().Code.ShouldBe("SledInService");
        world.Do(new ExpungeSled());
        world.Do(new SetSledState(SledStates.Active)).ShouldBeOfType<Reply.Accepted>();
        world.Do(new SetSledState(SledStates.Decommissioned)).Refusal().Code.ShouldBe("SledHasReservations");
        world.Release(1);
        world.Do(new SetSledState(SledStates.Decommissioned)).ShouldBeOfType<Reply.Accepted>();
        world.Do(new SetSledState(SledStates.Decommissioned)).ShouldBeOfType<Reply.Accepted>();

        world.Do(new SetSledState(SledStates.Active)).Refusal().Kind.ShouldBe(RefusalKind.Conflict);
        world.Do(new ExpungeSled()).Refusal().Kind.ShouldBe(RefusalKind.Conflict);
        world.Do(new SetProvisionPolicy(SledPolicies.Provisionable)).Refusal().Kind.ShouldBe(RefusalKind.Conflict);
    }

    [Fact]
    public void Sled_that_never_registered_is_not_found_but_releasing_there_is_success()
    {
        var world = new SledWorld();

        world.Do(new SetProvisionPolicy(SledPolicies.Provisionable)).Refusal().Kind.ShouldBe(RefusalKind.NotFound);
        world.Reserve(1, 1).Refusal().Kind.ShouldBe(RefusalKind.NotFound);
        world.Release(1).ShouldBeOfType<Reply.Accepted>();
    }

    [Fact]
    public void Place_is_told_to_both_switches_once_and_goes_with_the_sled()
    {
        var world = SledWorld.Registered();

        world.Do(new RecordSledInventory(new SledPlaceSeen(5, "rear5"), AgentAnswered: true, world.Now));
        world.Do(new RecordSledInventory(new SledPlaceSeen(5, "rear5"), AgentAnswered: true, world.Now.AddMinutes(1)));

        world.Effects.ShouldBe(
        [
            new Effect.Nudge(Reconcilers.Multicast, Addresses.SwitchKey(SledWorld.Rack, 0)),
            new Effect.Nudge(Reconcilers.Multicast, Addresses.SwitchKey(SledWorld.Rack, 1)),
        ]);
        world.Events.Count(e => e is SledInventoried).ShouldBe(1);
        Rows(world).ShouldContain(op => op.View == InventoryViews.SledPorts && op is ViewOp.Upsert);

        world.Do(new ExpungeSled());
        Rows(world).ShouldContain(op => op.View == InventoryViews.SledPorts && op is ViewOp.Delete);
    }

    [Fact]
    public void Part_that_did_not_answer_leaves_the_former_place()
    {
        var world = SledWorld.Registered();
        world.Do(new RecordSledInventory(new SledPlaceSeen(5, "rear5"), AgentAnswered: false, world.Now));

        world.Do(new RecordSledInventory(Place: null, AgentAnswered: true, world.Now.AddMinutes(10)));

        world.State.Place.ShouldBe(new SledPlace(5, "rear5", SledWorld.Start));
        world.State.TimeInventoried.ShouldBe(SledWorld.Start.AddMinutes(10));
    }

    private static System.Collections.Immutable.ImmutableArray<ViewOp> Rows(SledWorld world) =>
        SledView.Project(Addresses.Sled(world.Id), world.State, world.Events[^1], world.State);
}
