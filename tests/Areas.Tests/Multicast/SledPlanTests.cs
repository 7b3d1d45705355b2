using System.Collections.Immutable;
using Gantry.Devices;
using Gantry.Multicast;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>What packet engines are told (multicast 8.2), from any mess to the program.</summary>
[Trait("spec", "multicast/8.2")]
public sealed class SledPlanTests
{
    [Theory]
    [InlineData(1, 400)]
    [InlineData(2, 400)]
    public void Plan_makes_any_packet_engine_right_and_then_has_nothing_left_to_do(int seed, int rounds)
    {
        var dice = new SeededRandomSource((ulong)seed);
        for (var round = 0; round < rounds; round++)
        {
            var program = new SledProgram(Some(dice, "224.1.0.", "ff04::"), Some(dice, "ff04::", "fd00::"));
            var (mappings, forwarding) = Mess(dice);

            foreach (var step in SledPlan.Plan(program, Holding(mappings, forwarding)))
            {
                Run(step, mappings, forwarding);
            }

            SledPlan.Plan(program, Holding(mappings, forwarding)).ShouldBeEmpty($"seed {seed} round {round}");
            mappings.ShouldBe(program.Mappings, ignoreOrder: true);
            forwarding.Keys.ShouldBe(program.Forwarding.Keys, ignoreOrder: true);
            forwarding.Values.ShouldAllBe(hops => hops.Length == 1);
        }
    }

    [Fact]
    public void Stale_underlay_address_is_cleared_before_the_new_one_is_set()
    {
        var program = new SledProgram(Map(("224.1.0.1", "ff04::2")), Map(("ff04::2", "fd00::1")));
        var holding = new SledHolding(
            [new SledGroupMapping("224.1.0.1", "ff04::1")], [SledPlan.Wanted("ff04::1", "fd00::1")]);

        SledPlan.Plan(program, holding).Select(s => s.GetType()).ShouldBe(
        [
            typeof(SledStep.ClearMapping), typeof(SledStep.ClearForwarding), typeof(SledStep.SetForwarding), typeof(SledStep.SetMapping),
        ]);
    }

    [Fact]
    public void Second_next_hop_is_no_forwarding_of_ours()
    {
        var program = new SledProgram(Map(), Map(("ff04::1", "fd00::1")));
        var twice = new SledForwarding("ff04::1", [.. SledPlan.Wanted("ff04::1", "fd00::1").NextHops, .. SledPlan.Wanted("ff04::1", "fd00::2").NextHops]);

        SledPlan.Plan(program, new SledHolding([], [twice])).Select(s => s.GetType())
            .ShouldBe([typeof(SledStep.ClearForwarding), typeof(SledStep.SetForwarding)]);
    }

    [Fact]
    public void What_is_listed_twice_is_cleared_and_throws_nothing()
    {
        var program = new SledProgram(Map(("224.1.0.1", "ff04::2")), Map(("ff04::2", "fd00::1")));
        var right = SledPlan.Wanted("ff04::2", "fd00::1");
        var holding = new SledHolding(
            [new SledGroupMapping("224.1.0.1", "ff04::1"), new SledGroupMapping("224.1.0.1", "ff04::2")], [right, right]);

        SledPlan.Plan(program, holding).ShouldBe(
        [
            new SledStep.ClearMapping(holding.Mappings[0]), new SledStep.ClearForwarding("ff04::2"), new SledStep.SetForwarding(SledPlan.Wanted("ff04::2", "fd00::1")),
        ],
        comparer: ByKind);
    }

    private static readonly EqualityComparer<SledStep> ByKind = EqualityComparer<SledStep>.Create((a, b) => a?.GetType() == b?.GetType());

    private static void Run(
        SledStep step, Dictionary<string, string> mappings, Dictionary<string, ImmutableArray<SledNextHop>> forwarding)
    {
        switch (step)
        {
            case SledStep.ClearMapping s:
                mappings.Remove(s.Mapping.Group);
                break;
            case SledStep.SetMapping s:
                mappings[s.Mapping.Group] = s.Mapping.Underlay;
                break;
            case SledStep.ClearForwarding s:
                forwarding.Remove(s.Underlay);
                break;
            case SledStep.SetForwarding s:
                forwarding[s.Forwarding.Underlay] = [.. forwarding.GetValueOrDefault(s.Forwarding.Underlay, []), .. s.Forwarding.NextHops];
                break;
        }
    }

    private static SledHolding Holding(Dictionary<string, string> mappings, Dictionary<string, ImmutableArray<SledNextHop>> forwarding) => new(
        [.. mappings.Select(m => new SledGroupMapping(m.Key, m.Value))], [.. forwarding.Select(f => new SledForwarding(f.Key, f.Value))]);

    private static (Dictionary<string, string> Mappings, Dictionary<string, ImmutableArray<SledNextHop>> Forwarding) Mess(SeededRandomSource dice) => (
        Some(dice, "224.1.0.", "ff04::").ToDictionary(),
        Some(dice, "ff04::", "fd00::").ToDictionary(
            f => f.Key,
            f => dice.Next(4) switch
            {
                0 => [],
                1 => ImmutableArray.Create(new SledNextHop(f.Value, "both", SledSourceFilter.None)),
                2 => [new SledNextHop(f.Value, "underlay", new SledSourceFilter("include", ["10.0.0.1"]))],
                _ => SledPlan.Wanted(f.Key, f.Value).NextHops,
            }));

    private static ImmutableSortedDictionary<string, string> Some(SeededRandomSource dice, string key, string value) => Map(
        [.. Enumerable.Range(1, 6).Where(_ => dice.Next(2) == 0).Select(i => ($"{key}{i}", $"{value}{dice.Next(3) + 1}"))]);

    private static ImmutableSortedDictionary<string, string> Map(params (string Key, string Value)[] pairs) =>
        pairs.ToImmutableSortedDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal);
}
