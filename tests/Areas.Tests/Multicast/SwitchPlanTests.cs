using System.Collections.Immutable;
using Gantry.Devices;
using Gantry.Multicast;
using Gantry.Primitives;
using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

using Ip = Gantry.Multicast.Ip;

namespace Gantry.Areas.Tests.Multicast;

public sealed class SwitchPlanTests
{
    [Theory]
    [InlineData(1, 400)]
    [InlineData(2, 400)]
    [InlineData(3, 400)]
    public async Task Plan_makes_any_switch_right_and_then_has_nothing_left_to_do(int seed, int rounds)
    {
        var dice = new SeededRandomSource((ulong)seed);
        for (var round = 0; round < rounds; round++)
        {
            var port = new FakeSwitch();
            var desired = Desired(dice);
            Mess(dice, port, desired);
            var foreign = port.Groups.Where(g => GroupTag.TryParse(g.Tag) is null).ToList();
            var fronts = Fronts(port, desired);

            await RunAsync(port, SwitchPlan.Plan(desired, ActualGroup.FromAll(port.Groups)));

            var after = SwitchPlan.Plan(desired, ActualGroup.FromAll(port.Groups));
            after.Work.Where(w => w.Conflict is null).ShouldAllBe(w => w.IsDone, $"seed {seed} round {round}");
            port.Groups.Where(g => GroupTag.TryParse(g.Tag) is null).ShouldBe(foreign, ignoreOrder: true);
            fronts.ShouldBeSubsetOf(Fronts(port, desired));
            foreach (var group in desired.Groups)
            {
                var isRight = after.For(group.Id)?.IsDone ?? true;
                SwitchDiff.Of(group, ActualGroup.FromAll(port.Groups)).IsEmpty.ShouldBe(isRight, $"seed {seed} round {round} {group.Name}");
            }
        }
    }

    [Fact]
    public void New_group_is_underlay_first_with_its_members_known()
    {
        var group = Group(1, DesiredKind.Present, ["rear1"]);

        var steps = SwitchPlan.Plan(new DesiredDocument([group]), []).Work.Single().Steps;

        steps[0].ShouldBeOfType<SwitchStep.CreateUnderlay>().Body.Members.Single().PortId.ShouldBe("rear1");
        steps[1].ShouldBeOfType<SwitchStep.CreateExternal>();
    }

    [Fact]
    [Trait("spec", "switch-dpd/K5")]
    public async Task Front_ports_of_an_IPv6_group_keep_their_decapsulation_when_its_external_object_is_refused_at_first()
    {
        var address = Ip.Parse("ff0e::5");
        var front = new SwitchMember("qsfp0", 0, SwitchMember.ExternalDirection);
        var group = Group(1, DesiredKind.Present, ["rear1"]) with
        {
            Address = address,
            Tag = GroupTag.Of(Id(1), address),
            Underlay = UnderlayAddress.Derive(address, 0),
            OwnedUplinks = [front],
        };
        group = group with { Ports = [front, .. group.Ports] };
        var port = new PureSwitch(0, SwitchMode.Faithful, new PureTime(), new SeededRandomSource(1));
        await RunAsync(port, group with { VlanId = 1 }); // refused when its tables are written

        await RunAsync(port, group);

        SwitchPlan.PlanOne(group, ActualGroup.FromAll(port.Groups())).IsDone.ShouldBeTrue();
        port.Model.Tables[TableNames.Decap].Entries.Keys.ShouldBe([$"{port.Groups().Single(g => g.IsUnderlay).ExternalGroupId}"]);

        static async Task RunAsync(PureSwitch port, DesiredGroup group)
        {
            foreach (var step in SwitchPlan.PlanOne(group, ActualGroup.FromAll(port.Groups())).Steps)
            {
                var running = StepRunner.RunAsync(port, step, default).AsTask();
                var calls = new List<Action>();
                port.Collect(calls);
                calls.ForEach(c => c());
                if ((await running).Error is not null)
                {
                    return;
                }
            }
        }
    }

    [Fact]
    [Trait("spec", "switch-dpd/K6")]
    public void Empty_group_is_made_anew_and_not_filled()
    {
        var empty = Group(1, DesiredKind.Present, []);
        var full = empty with { Ports = [SwitchMember.Rear("rear1")] };

        var steps = SwitchPlan.Plan(new DesiredDocument([full]), Holding(empty)).Work.Single().Steps;

        steps.Select(s => s.GetType()).ShouldBe(
            [typeof(SwitchStep.Delete), typeof(SwitchStep.Delete), typeof(SwitchStep.CreateUnderlay), typeof(SwitchStep.CreateExternal)]);
        ((SwitchStep.Delete)steps[0]).Address.ShouldBe(full.Address);
        ((SwitchStep.Delete)steps[1]).Address.ShouldBe(full.Underlay);
    }

    [Fact]
    public void Nothing_is_pruned_while_it_is_not_known_where_every_member_is()
    {
        var was = Group(1, DesiredKind.Present, ["rear1", "rear2"]);
        var now = was with { Ports = [SwitchMember.Rear("rear3")], UnmappedJoined = [new SledId(Guid.Empty)] };

        var set = SwitchPlan.Plan(new DesiredDocument([now]), Holding(was)).Work.Single().Steps.Single();

        set.ShouldBeOfType<SwitchStep.SetMembers>().Members.Select(m => m.PortId).ShouldBe(["rear1", "rear2", "rear3"]);
    }

    [Fact]
    [Trait("spec", "multicast/FIX-18")]
    public void No_filter_and_an_empty_list_are_the_same()
    {
        var group = Group(1, DesiredKind.Present, ["rear1"]) with { Sources = [] };

        SwitchPlan.Plan(new DesiredDocument([group]), Holding(group)).HasCalls.ShouldBeFalse();
    }

    [Fact]
    public void Removals_come_before_everything_else()
    {
        var old = Group(1, DesiredKind.Present, ["rear1"]);
        var fresh = Group(2, DesiredKind.Present, ["rear1"]) with { Address = old.Address, Tag = GroupTag.Of(Id(2), old.Address) };

        var plan = SwitchPlan.Plan(new DesiredDocument([fresh, old with { Kind = DesiredKind.Absent }]), Holding(old));

        plan.Work[0].Steps.Single().ShouldBe(new SwitchStep.ResetTag(old.Tag));
        plan.Work[1].Conflict.ShouldBeNull();
        plan.Work[1].Steps.Length.ShouldBe(2);
    }

    private static async Task RunAsync(FakeSwitch port, SwitchWork plan)
    {
        foreach (var step in plan.Work.SelectMany(w => w.Steps))
        {
            (await StepRunner.RunAsync(port, step, default)).Error.ShouldBeNull();
        }
    }

    private static DesiredDocument Desired(SeededRandomSource dice)
    {
        var groups = ImmutableArray.CreateBuilder<DesiredGroup>();
        foreach (var n in Enumerable.Range(1, dice.Next(6)))
        {
            var kind = dice.Next(4) switch { 0 => DesiredKind.Absent, 1 => DesiredKind.LeftAlone, _ => DesiredKind.Present };
            var ports = Enumerable.Range(0, 5).Where(_ => dice.Next(2) == 0).Select(i => $"rear{i}").ToArray();
            groups.Add(Group(n, kind, ports) with
            {
                Sources = [.. Enumerable.Range(0, 3).Where(_ => dice.Next(2) == 0).Select(i => Ip.V4(0x0A000000u + (uint)i))],
                UnmappedJoined = dice.Next(5) == 0 ? [new SledId(Guid.Empty)] : [],
            });
        }

        return new DesiredDocument(groups.ToImmutable());
    }

    // Anything that a switch may hold: right, half, changed, foreign, orphaned.
    private static void Mess(SeededRandomSource dice, FakeSwitch port, DesiredDocument desired)
    {
        foreach (var group in desired.Groups)
        {
            var tag = dice.Next(8) == 0 ? "foreign" : group.Tag;
            var hasUnderlay = dice.Next(3) > 0;
            if (hasUnderlay)
            {
                var members = Enumerable.Range(0, 6).Where(_ => dice.Next(2) == 0).Select(i => SwitchMember.Rear($"rear{i}")).ToList();
                if (dice.Next(4) == 0)
                {
                    members.Add(new SwitchMember("qsfp0", 0, SwitchMember.ExternalDirection));
                }

                port.Plant(Underlay(group) with { Tag = tag, Members = [.. members] });
            }

            if (hasUnderlay && dice.Next(3) > 0)
            {
                port.Plant(External(group) with
                {
                    Tag = tag,
                    Sources = dice.Next(2) == 0 ? ["10.9.9.9"] : External(group).Sources,
                    VlanId = dice.Next(4) == 0 ? 7 : null,
                });
            }
        }

        if (dice.Next(3) == 0)
        {
            var orphan = Group(99, DesiredKind.Present, ["rear1"]);
            port.Plant(Underlay(orphan));
            port.Plant(External(orphan));
        }

        if (dice.Next(3) == 0)
        {
            port.Plant(Underlay(Group(98, DesiredKind.Present, ["rear1"])) with { Tag = "foreign" });
        }
    }

    private static List<string> Fronts(FakeSwitch port, DesiredDocument desired)
    {
        var kept = desired.Groups.Where(g => g.Kind != DesiredKind.Absent).Select(g => g.Tag).Append("foreign").ToHashSet();
        return [.. port.Groups
            .Where(g => kept.Contains(g.Tag))
            .SelectMany(g => g.Members.Where(m => !SwitchPlan.IsPrunable(m)).Select(m => $"{g.Address} {m.PortId}"))];
    }

    private static ImmutableArray<ActualGroup> Holding(DesiredGroup group) => ActualGroup.FromAll([Underlay(group), External(group)]);

    private static SwitchGroup Underlay(DesiredGroup group) => new()
    {
        Address = group.Underlay.ToString(),
        IsUnderlay = true,
        Tag = group.Tag,
        ExternalGroupId = 1,
        Members = group.Ports,
    };

    private static SwitchGroup External(DesiredGroup group) => new()
    {
        Address = group.Address.ToString(),
        IsUnderlay = false,
        Tag = group.Tag,
        ExternalGroupId = 1,
        Nat = group.Nat,
        Sources = [.. group.Sources.Select(s => s.ToString())],
    };

    private static DesiredGroup Group(int n, DesiredKind kind, string[] ports)
    {
        var address = Ip.V4(0xE0020000u + (uint)n);
        return new DesiredGroup
        {
            Id = Id(n),
            Name = $"group-{n}",
            Tag = GroupTag.Of(Id(n), address),
            Kind = kind,
            Address = address,
            Underlay = UnderlayAddress.Derive(address, 0),
            Ports = [.. ports.Select(SwitchMember.Rear)],
        };
    }

    private static GroupId Id(int n) => new(GuidForm.FromText($"group {n}"));
}
