using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Instances;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Instances;

/// <summary>Which sled is chosen: the platforms of vmm 4.10, and what an operator who empties a sled is told.</summary>
public sealed class PlacementTests
{
    [Theory]
    [InlineData("amd_milan", "amd_milan", "amd_turin_dense", true)]
    [InlineData("amd_turin", "amd_turin", "amd_turin_dense", true)]
    [InlineData("amd_turin", "amd_turin", "amd_milan", false)]
    [InlineData(null, "amd_milan", "amd_turin_dense", true)]
    [InlineData(null, "sled_default", "unknown", false)]
    public void A_running_VMM_goes_where_its_own_platform_may_migrate(string? asked, string vmm, string family, bool isChosen)
    {
        var wanted = Wanted(asked) with { VmmPlatform = vmm };

        (Choose(wanted, Sled(family)) is not null).ShouldBe(isChosen);
    }

    [Fact]
    public void A_start_with_an_explicit_platform_stays_away_from_dense_sleds()
    {
        Choose(Wanted("amd_turin"), Sled("amd_turin_dense")).ShouldBeNull();
        Choose(Wanted("amd_turin"), Sled("amd_turin")).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("sled_default", "unknown", "sled_default")]
    [InlineData("amd_turin", "amd_milan", "amd_turin")]
    [InlineData("amd_milan", "amd_milan", "room")]
    public void Why_a_VMM_cannot_leave_names_its_platform_or_the_room(string vmm, string family, string named) =>
        Placement.WhyNowhere([Sled(family)], vmm).ShouldContain(named);

    [Fact]
    public void Why_none_was_chosen_counts_each_sled_once_and_says_what_is_free()
    {
        SledRow[] sleds = [Sled("amd_milan") with { ReservoirBytes = 0 }, Sled("amd_milan"), Sled("amd_milan") with { Policy = "non_provisionable" }];

        var choice = Placement.Choose([.. sleds], Wanted("amd_milan") with { Cpus = 17 }, AffinityInputs.None, ImmutableHashSet<SledId>.Empty, new SeededRandomSource(1));

        choice.Sled.ShouldBeNull();
        choice.Why!.Message.ShouldBe( // no sled means a reason
            "no sled has room for 17 CPUs and 1 GiB of memory: of 3 sleds 2 short of threads, 1 not provisionable. Most free on one: 16 threads, 32 GiB");
        choice.Why.Remedy.ShouldNotBeNull().ShouldContain("gantry sled list");
    }

    [Theory]
    [InlineData(VmmWords.Starting, null)]
    [InlineData(VmmWords.Running, true)]
    [InlineData(VmmWords.Stopping, true)]
    [InlineData(VmmWords.Destroyed, false)]
    [InlineData(VmmWords.Failed, false)]
    [InlineData(null, false)]
    [Trait("spec", "vmm/I7")]
    public void The_last_step_of_a_start_fails_when_its_VMM_has_ended_already(string? state, bool? isAccepted)
    {
        var end = PutStateActivity.Already(state, InstanceBench.Active);

        (end is null ? null : (bool?)(end is Reply.Accepted)).ShouldBe(isAccepted);
    }

    private static ReserveVmm Wanted(string? platform) => new(InstanceBench.Active, InstanceBench.Instance, 2, 1L << 30, platform);

    private static SledRow? Choose(ReserveVmm wanted, params SledRow[] sleds) =>
        Placement.Choose([.. sleds], wanted, AffinityInputs.None, ImmutableHashSet<SledId>.Empty, new SeededRandomSource(1)).Sled;

    private static SledRow Sled(string family) => new()
    {
        Id = InstanceBench.SledA, Rack = default, Serial = "BRM0", Part = "p", Revision = 1, Role = "gimlet", Policy = "provisionable", State = "active",
        Address = "[::1]:1", HardwareThreads = 16, PhysicalRamBytes = 64L << 30, ReservoirBytes = 32L << 30, ThreadsReserved = 0, ReservoirReservedBytes = 0,
        CpuFamily = family, AgentGeneration = 1, TimeCreated = Turns.Start, TimeModified = Turns.Start, Generation = 1,
    };
}
