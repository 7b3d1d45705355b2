using Gantry.Actors;
using Gantry.Engine.Tests.Lanes;
using Gantry.Primitives;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Contract;

/// <summary>What a kind declares, and what is noticed when it declares too little.</summary>
public sealed class EntityKindTests
{
    private static readonly EntityKind Mute = EntityKind.Define<LedgerDecider, LedgerState, LedgerCommand, LedgerEvent>("ledger", _ => { });

    [Fact]
    [Trait("spec", "engine/2.3")]
    public void What_a_kind_does_not_say_is_what_the_specification_says() =>
        (Mute.SnapshotEvery, Mute.MailboxLimit, Mute.IdleAfter, Mute.KeepEvents).ShouldBe((200, 256, TimeSpan.FromMinutes(10), null));

    [Fact]
    [Trait("spec", "engine/2.3")]
    public void Two_kinds_of_one_name_and_a_kind_whose_state_has_no_wire_form_do_not_start()
    {
        Should.Throw<InvalidOperationException>(() => new EngineModel([LedgerArea.Module, new AreaModule { Name = "again", Kinds = [Mute] }]))
            .Message.ShouldContain("two kinds are named ledger");
        Should.Throw<InvalidOperationException>(() => new EngineModel([new AreaModule { Name = "bare", Kinds = [Mute] }]))
            .Message.ShouldContain("no [Wire] tag");
    }

    [Fact]
    [Trait("spec", "engine/2.1")]
    public async Task A_kind_that_takes_no_replies_cannot_ask_for_one()
    {
        var module = new AreaModule { Name = "mute", Kinds = [Mute], Views = LedgerArea.Module.Views, Wire = LedgerArea.Module.Wire };
        await using var engine = await EngineHarness.StartAsync(module);

        var refused = await engine.RefusedAsync(LedgerArea.At("a"), new Send(LedgerArea.At("b"), 1, ReplyToken: "t"));

        refused.Kind.ShouldBe(RefusalKind.Bug);
        refused.Message.ShouldContain("no OnReply");
        (await engine.AskAsync(LedgerArea.At("a"), new Send(LedgerArea.At("b"), 1))).ShouldBeOfType<Outcome<Done>.Accepted>();
    }
}
