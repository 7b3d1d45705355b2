using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Inventory;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Inventory;

public sealed class SledReservationsTests
{
    [Fact]
    public void Addresses_count_up_from_one_past_ffff_and_a_repeat_gets_the_same()
    {
        var world = SledWorld.Registered();

        var first = world.Reserve(1, 1).Value<SledReserved>();
        var second = world.Reserve(2, 2).Value<SledReserved>();
        var again = world.Reserve(1, 1).Value<SledReserved>();

        first.VmmAddress.ShouldBe("fd00:1122:3344:121::1:0");
        second.VmmAddress.ShouldBe("fd00:1122:3344:121::1:1");
        again.ShouldBe(first);
    }

    [Fact]
    public void Address_of_a_released_reservation_is_not_given_again()
    {
        var world = SledWorld.Registered();
        world.Reserve(1, 1);
        world.Release(1);

        world.Reserve(2, 2).Value<SledReserved>().VmmAddress.ShouldBe("fd00:1122:3344:121::1:1");
    }

    [Theory]
    [InlineData(15, true)]
    [InlineData(16, true)]
    [InlineData(17, false)]
    public void Threads_fit_up_to_the_capacity(long threads, bool fits)
    {
        var world = SledWorld.Registered();

        (world.Reserve(1, 1, threads) is Reply.Accepted).ShouldBe(fits);
    }

    [Fact]
    public void Reservoir_that_is_used_up_refuses_with_insufficient_capacity_and_numbers()
    {
        var world = SledWorld.Registered();
        world.Reserve(1, 1, bytes: 12L << 30);

        var why = world.Reserve(2, 2, bytes: (4L << 30) + 1).Refusal();

        why.Kind.ShouldBe(RefusalKind.InsufficientCapacity);
        why.Message.ShouldContain($"{12L << 30} reserved");
        world.Reserve(2, 2, bytes: 4L << 30).ShouldBeOfType<Reply.Accepted>();
    }

    [Theory]
    [InlineData(long.MaxValue, 1)]
    [InlineData(1, long.MaxValue)]
    public void Huge_request_does_not_wrap_round(long threads, long bytes)
    {
        var world = SledWorld.Registered();
        world.Reserve(1, 1);

        world.Reserve(2, 2, threads, bytes).Refusal().Kind.ShouldBe(RefusalKind.InsufficientCapacity);
    }

    [Fact]
    public void Non_provisionable_and_expunged_sleds_take_nothing_new_but_keep_and_release_what_they_have()
    {
        var world = SledWorld.Registered();
        world.Reserve(1, 1);

        world.Do(new SetProvisionPolicy(SledPolicies.NonProvisionable));
        world.Reserve(2, 2).Refusal().Kind.ShouldBe(RefusalKind.InsufficientCapacity);
        world.Reserve(1, 1).ShouldBeOfType<Reply.Accepted>();
        world.Do(new ExpungeSled());
        world.Reserve(2, 2).Refusal().Code.ShouldBe("SledNotProvisionable");

        world.Release(1).ShouldBeOfType<Reply.Accepted>();
    }

    [Fact]
    public void One_instance_has_one_active_reservation_by_claim_and_on_this_sled_by_sight()
    {
        var world = SledWorld.Registered();

        world.Reserve(1, 1);

        world.Effects.ShouldContain(new Effect.Claim("reservation-active", SledWorld.Instance(1).ToString()));
        world.Reserve(2, 1).Refusal().Kind.ShouldBe(RefusalKind.Conflict);
        world.Reserve(3, 1, kind: ReserveSled.Target).ShouldBeOfType<Reply.Accepted>();
    }

    [Fact]
    public void Migration_swaps_by_source_giving_up_the_claim_and_target_taking_it()
    {
        var source = SledWorld.Registered();
        source.Reserve(1, 1);
        var target = SledWorld.Registered();
        target.Reserve(2, 1, kind: ReserveSled.Target);
        source.Effects.Clear();
        target.Effects.Clear();

        source.Move(1, ReserveSled.Tombstoned).ShouldBeOfType<Reply.Accepted>();
        target.Move(2, ReserveSled.Active).ShouldBeOfType<Reply.Accepted>();

        var instance = SledWorld.Instance(1).ToString();
        source.Effects.ShouldBe([new Effect.Release("reservation-active", instance)]);
        target.Effects.ShouldBe([new Effect.Release("reservation-target", instance), new Effect.Claim("reservation-active", instance)]);
        source.State.ThreadsReserved.ShouldBe(1, "a tombstone counts until it is released");
    }

    [Fact]
    public void Other_moves_are_refused_and_the_same_kind_is_success()
    {
        var world = SledWorld.Registered();
        world.Reserve(1, 1);

        world.Move(1, ReserveSled.Target).ShouldBeOfType<Reply.Refused>();
        world.Move(9, ReserveSled.Tombstoned).ShouldBeOfType<Reply.Refused>();
        world.Move(1, ReserveSled.Active).ShouldBeOfType<Reply.Accepted>();
    }

    [Fact]
    public void No_order_of_operations_ever_overcommits()
    {
        const int Seeds = 200;
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var random = new SeededRandomSource((ulong)seed);
            var world = SledWorld.Registered();
            for (var step = 0; step < 120; step++)
            {
                Step(world, random);

                var why = $"seed {seed} step {step}";
                world.State.ThreadsReserved.ShouldBeLessThanOrEqualTo(world.State.Facts.HardwareThreads, why);
                world.State.ReservoirReserved.ShouldBeLessThanOrEqualTo(world.State.Facts.ReservoirBytes, why);
                world.State.Reservations.Values.GroupBy(r => (r.Instance, r.Kind))
                    .Where(g => g.Key.Kind != ReserveSled.Tombstoned).ShouldAllBe(g => g.Count() == 1, why);
                world.State.Reservations.Values.Select(r => r.VmmAddress).ShouldBeUnique();
            }

            world.Events.Aggregate(SledDecider.Initial, SledDecider.Apply).LastUsedHost.ShouldBe(world.State.LastUsedHost);
        }
    }

    private static void Step(SledWorld world, SeededRandomSource random)
    {
        var vmm = random.Next(12);
        switch (random.Next(8))
        {
            case 0:
                world.Release(vmm);
                break;
            case 1:
                world.Move(vmm, ReserveSled.Tombstoned);
                break;
            case 2:
                world.Move(vmm, ReserveSled.Active);
                break;
            case 3:
                var policy = random.Next(3) == 0 ? SledPolicies.NonProvisionable : SledPolicies.Provisionable;
                world.Do(new SetProvisionPolicy(policy));
                break;
            default:
                var kind = random.Next(3) == 0 ? ReserveSled.Target : ReserveSled.Active;
                world.Reserve(vmm, random.Next(6), 1 + random.Next(8), (long)random.Next(8) << 30, kind);
                break;
        }
    }
}
