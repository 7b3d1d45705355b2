using Gantry.Actors;
using Gantry.Multicast;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>What is stored of a sled's subscriptions (multicast 8.2).</summary>
[Trait("spec", "multicast/8.2")]
public sealed class SledSubscriptionsTests
{
    private static readonly Guid s_vmm = Guid.Parse("6a0c0d0e-0000-4000-8000-0000000000f1");
    private static readonly EntityAddress s_sled = SledSubscriptionsDecider.AddressOf(SledId.From(Guid.Parse("6a0c0d0e-0000-4000-8000-00000000000a")));

    [Fact]
    public void What_was_told_stays_until_it_is_taken_back_and_repeats_change_nothing()
    {
        var noted = On(SledSubscriptionsState.None, new SledSubscriptionsCommand.Note(s_vmm, "224.1.0.1"));

        noted.Told.ShouldHaveSingleItem();
        Decide(noted, new SledSubscriptionsCommand.Note(s_vmm, "224.1.0.1")).Events.ShouldBeEmpty();
        Decide(noted, new SledSubscriptionsCommand.TakeBack(s_vmm, "224.1.0.2")).Events.ShouldBeEmpty();
        On(noted, new SledSubscriptionsCommand.TakeBack(s_vmm, "224.1.0.1")).Told.ShouldBeEmpty();
    }

    [Fact]
    public void A_sled_takes_so_many_and_no_more()
    {
        var full = Enumerable.Range(0, MulticastLimits.SubscriptionsPerSled)
            .Aggregate(SledSubscriptionsState.None, (state, n) => new(state.Told.Add($"{s_vmm} 224.1.{n / 256}.{n % 256}")));

        Decide(full, new SledSubscriptionsCommand.Note(s_vmm, "224.9.0.1")).CodeOf().ShouldBe("TooManySubscriptions");
        Decide(full, new SledSubscriptionsCommand.Note(s_vmm, "224.1.0.1")).Reply.ShouldBeOfType<Reply.Accepted>();
    }

    private static Decision<SledSubscriptionsEvent> Decide(SledSubscriptionsState state, SledSubscriptionsCommand command) =>
        SledSubscriptionsDecider.Decide(state, command, Turns.At(s_sled, Turns.Start));

    private static SledSubscriptionsState On(SledSubscriptionsState state, SledSubscriptionsCommand command) =>
        Decide(state, command).Events.Aggregate(state, SledSubscriptionsDecider.Apply);
}
