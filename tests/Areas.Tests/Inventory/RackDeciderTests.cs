using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Inventory;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Inventory;

public sealed class RackDeciderTests
{
    private static readonly EntityAddress Self = Addresses.Rack(SledWorld.Rack);
    private RackState _state = RackDecider.Initial;
    private int _revision;

    [Theory]
    [InlineData("fd00:1122:3344:100::/56", true)]
    [InlineData("fd00:1122:3344:100::/64", false)]
    [InlineData("10.0.0.0/8", false)]
    [InlineData("rack", false)]
    public void Rack_subnet_is_an_ipv6_56(string subnet, bool isFine)
    {
        (Do(new DeclareRack(subnet)) is Reply.Accepted).ShouldBe(isFine);
    }

    [Fact]
    public void Same_declaration_is_success_and_another_subnet_is_refused()
    {
        Declare();

        Do(new DeclareRack("fd00:1122:3344:0100::/56")).ShouldBeOfType<Reply.Accepted>();
        Do(new DeclareRack("fd00:1122:3344:200::/56")).Refusal().Kind.ShouldBe(RefusalKind.Conflict);
        _revision.ShouldBe(1);
    }

    [Fact]
    public void Sleds_get_the_lowest_free_octet_from_33_and_keep_it()
    {
        Declare();

        Allocate(1).ShouldBe("fd00:1122:3344:121::/64");
        Allocate(2).ShouldBe("fd00:1122:3344:122::/64");
        Allocate(1).ShouldBe("fd00:1122:3344:121::/64");
    }

    [Fact]
    [Trait("spec", "tq/6.4")]
    public void The_octet_of_a_decommissioned_sled_rests_until_no_other_is_left_and_the_longest_rested_goes_first()
    {
        Declare();
        Allocate(1);
        Allocate(2);
        Do(new ReleaseSledFromRack(Sled(2), IsDecommissioned: true));
        Do(new ReleaseSledFromRack(Sled(1), IsDecommissioned: true));

        for (var octet = InventoryLimits.SubnetOctetFirst + 2; octet <= InventoryLimits.SubnetOctetLast; octet++)
        {
            Allocate(octet).ShouldBe($"fd00:1122:3344:1{octet:x2}::/64");
            Do(new ReleaseSledFromRack(Sled(octet), IsDecommissioned: false));
        }

        Allocate(901).ShouldBe("fd00:1122:3344:122::/64");
        Allocate(902).ShouldBe("fd00:1122:3344:121::/64");
        Do(new ReleaseSledFromRack(Sled(901), IsDecommissioned: true));
        Allocate(903).ShouldBe("fd00:1122:3344:122::/64");
        Do(new AllocateSubnet(Sled(904), "s904", "part")).Refusal().Code.ShouldBe("RackSubnetsUsedUp");
    }

    [Fact]
    public void Hardware_in_service_may_not_join_again_until_its_sled_is_expunged()
    {
        Declare();
        Allocate(1, serial: "BRM1");

        Do(new AllocateSubnet(Sled(2), "BRM1", "part")).Refusal().Code.ShouldBe("BaseboardInService");
        Do(new ReleaseSledFromRack(Sled(1), IsDecommissioned: false));

        Allocate(2, serial: "BRM1").ShouldBe("fd00:1122:3344:122::/64");
        Do(new AllocateSubnet(Sled(1), "BRM1", "part")).Refusal().Code.ShouldBe("SledRetired");
    }

    [Fact]
    public void Rack_takes_32_sleds()
    {
        Declare();
        for (var i = 0; i < InventoryLimits.SledsPerRackMax; i++)
        {
            Allocate(i);
        }

        Do(new AllocateSubnet(Sled(99), "s99", "part")).Refusal().Kind.ShouldBe(RefusalKind.InsufficientCapacity);
        Do(new ReleaseSledFromRack(Sled(0), IsDecommissioned: false));
        Do(new AllocateSubnet(Sled(99), "s99", "part")).ShouldBeOfType<Reply.Accepted>();
    }

    [Fact]
    public void Octets_run_out_when_retired_sleds_are_never_decommissioned()
    {
        Declare();
        for (var i = 0; i <= InventoryLimits.SubnetOctetLast - InventoryLimits.SubnetOctetFirst; i++)
        {
            Allocate(i);
            Do(new ReleaseSledFromRack(Sled(i), IsDecommissioned: false));
        }

        Do(new AllocateSubnet(Sled(999), "s999", "part")).Refusal().Code.ShouldBe("RackSubnetsUsedUp");
    }

    [Fact]
    public void Service_processors_are_replaced_whole_and_rows_of_those_gone_go()
    {
        Declare();
        var sp0 = new ServiceProcessorSeen("sled", 0, "p", "s0", "A0");
        var sp1 = new ServiceProcessorSeen("sled", 1, "p", "s1", "A0");
        Do(new RecordServiceProcessors([sp1, sp0], SledWorld.Start));
        var before = _state;

        Do(new RecordServiceProcessors([sp0], SledWorld.Start.AddMinutes(1)));

        RackView.Project(Self, before, new ServiceProcessorsSeen([sp0], SledWorld.Start), _state)
            .Select(op => (op is ViewOp.Delete, op.Key))
            .ShouldBe([(true, $"{SledWorld.Rack}-sled-1"), (false, $"{SledWorld.Rack}-sled-0")]);
    }

    [Fact]
    public void Unchanged_service_processors_are_written_again_only_when_they_grew_old()
    {
        Declare();
        var sp = new ServiceProcessorSeen("sled", 0, "p", "s0", "A0");
        Do(new RecordServiceProcessors([sp], SledWorld.Start));
        var revision = _revision;

        Do(new RecordServiceProcessors([sp], SledWorld.Start + InventoryLimits.AgeStep - TimeSpan.FromSeconds(1)));
        _revision.ShouldBe(revision);
        Do(new RecordServiceProcessors([sp], SledWorld.Start + InventoryLimits.AgeStep));
        _revision.ShouldBe(revision + 1);
    }

    [Fact]
    public void Undeclared_rack_is_not_found()
    {
        Do(new AllocateSubnet(Sled(1), "s", "p")).Refusal().Kind.ShouldBe(RefusalKind.NotFound);
    }

    private static SledId Sled(int n) => SledId.From(GuidForm.FromText($"sled {n}"));

    private void Declare() => Do(new DeclareRack("fd00:1122:3344:100::/56")).ShouldBeOfType<Reply.Accepted>();

    private string Allocate(int sled, string? serial = null) =>
        Do(new AllocateSubnet(Sled(sled), serial ?? $"s{sled}", "part")).Value<SubnetAllocated>().Subnet;

    private Reply Do(RackCommand command)
    {
        var turn = new Turn(Self, _revision, SledWorld.Start, new CommandKey("k"), Principal.Engine);
        var decision = RackDecider.Decide(_state, command, turn);
        _revision += decision.Events.Length;
        _state = decision.Events.Aggregate(_state, RackDecider.Apply);
        return decision.Reply;
    }
}
