using Gantry.Contracts;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>Series by switch are those of the recorded switches (engine 10.1: tags from closed sets only).</summary>
public sealed class SwitchSeriesTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("spec", "engine/10.1")]
    public async Task A_switch_that_is_not_recorded_any_more_has_no_series(bool byTurn)
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.1", "224.2.0.9");
        (await world.JoinAsync(await world.RunningAsync(4), "224.2.0.5")).ShouldBeAccepted();
        await world.ConvergeAsync();
        (await world.ListAsync()).Length.ShouldBe(2);
        Fill(world, 0).ShouldNotBeEmpty();
        Fill(world, 1).ShouldBe(Fill(world, 0));
        world.Measure("multicast.switch.foreign").Keys.ShouldBe([$"switch={MulticastWorld.Key(0)}", $"switch={MulticastWorld.Key(1)}"], ignoreOrder: true);

        world.Views.Drop(InventoryViews.Switches, MulticastWorld.Key(1));
        if (byTurn)
        {
            await world.PassAsync();
        }
        else
        {
            (await world.ListAsync()).ShouldBe([MulticastWorld.Key(0)]);
        }

        Fill(world, 0).ShouldNotBeEmpty();
        Fill(world, 1).ShouldBeEmpty();
        world.Measure("multicast.switch.foreign").Keys.ShouldBe([$"switch={MulticastWorld.Key(0)}"]);
        world.Forgotten.ShouldContain(MulticastWorld.Key(1));
        world.Forgotten.ShouldNotContain(MulticastWorld.Key(0));
    }

    private static string[] Fill(MulticastWorld world, int slot) =>
    [
        .. world.Measure("multicast.switch.table.fill")
            .Where(m => m.Key.StartsWith($"switch={MulticastWorld.Key(slot)} ", StringComparison.Ordinal))
            .Select(m => $"{m.Key.Split(' ')[1]} {m.Value}")
            .Order(StringComparer.Ordinal),
    ];
}
