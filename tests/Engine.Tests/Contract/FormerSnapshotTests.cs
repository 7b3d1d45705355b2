using System.Text.Json.Serialization;
using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Engine.Tests.Lanes;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Contract;

/// <summary>A snapshot whose state has the shape of a former release (engine 2.6, 3.5).</summary>
[Trait("spec", "engine/3.5")]
public sealed class FormerSnapshotTests
{
    private static readonly WireSet Forms = WireSet.OfForms([
        .. LedgerArea.Module.Wire[0].Forms.Where(f => f.Tag != "test.ledger"),
        new WireForm("test.ledger", 1, typeof(FormerLedger), FormerLedgerJson.Default.FormerLedger, WireUpcast.Of<ToLedger, FormerLedger, LedgerState>()),
        new WireForm("test.ledger", 2, typeof(LedgerState), LedgerJson.Default.LedgerState, null),
    ]);

    private readonly RowDecoder _decoder = new(new EngineModel([LedgerArea.Module with { Wire = [Forms] }]));

    private readonly SnapshotRow _former = new(LedgerArea.At("a"), 4, "test.ledger", 1, """{"sum":7}"""u8.ToArray());

    [Fact]
    public void Is_upcast_when_the_events_it_was_made_of_are_gone()
    {
        _decoder.IsUsable(_former).ShouldBeFalse("the events come first");

        var folded = _decoder.Fold(new EntityImage(LedgerArea.At("a"), _former, [Last]));

        folded.Revision.ShouldBe(4);
        folded.State.ShouldBeOfType<LedgerState>().Total.ShouldBe(7);
    }

    [Fact]
    public void Is_not_read_when_it_is_damaged_or_of_another_tag()
    {
        Should.Throw<WireException>(() => Fold(_former with { Damage = "flipped" })).Message.ShouldBe("flipped");
        Should.Throw<WireException>(() => Fold(_former with { Tag = "test.moved" })).Message.ShouldContain("its first events are gone");
        Should.Throw<WireException>(() => Fold(_former with { StateVersion = 3 })).Message.ShouldContain("unknown wire form");
    }

    // The newest event of an entity is never trimmed; what a snapshot covers of it is not read.
    private static EventRow Last { get; } = new(
        LedgerArea.At("a"), 4, new ShardId(0), 4, 1, "test.ledger.added", 1, DateTimeOffset.UnixEpoch, "c", "engine", null, []);

    private void Fold(SnapshotRow snapshot) => _decoder.Fold(new EntityImage(LedgerArea.At("a"), snapshot, [Last]));

    internal sealed record FormerLedger(long Sum);

    private sealed class ToLedger : IUpcaster<FormerLedger, LedgerState>
    {
        public static LedgerState Upcast(FormerLedger old) => new() { Total = old.Sum };
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FormerSnapshotTests.FormerLedger))]
internal sealed partial class FormerLedgerJson : JsonSerializerContext;
