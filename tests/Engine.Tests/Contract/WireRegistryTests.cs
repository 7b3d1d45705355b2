using System.Text;
using Gantry.Actors;
using Gantry.Engine.Tests.Lanes;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Contract;

public sealed class WireRegistryTests
{
    private static readonly WireSet Ledger = LedgerArea.Module.Wire[0];

    [Fact]
    [Trait("spec", "engine/2.6")]
    public void A_body_reads_back_as_it_was_written_under_a_tag_that_is_no_class_name()
    {
        var registry = new WireRegistry([Ledger, EngineWire.Set]);

        var body = registry.Encode(new Added(3, "x"));

        body.Tag.ShouldBe("test.ledger.added");
        Encoding.UTF8.GetString(body.Body).ShouldBe("""{"by":3,"note":"x"}""");
        registry.Decode(body.Tag, body.Version, body.Body).ShouldBe(new Added(3, "x"));
    }

    [Fact]
    [Trait("spec", "engine/2.6")]
    public void Two_types_under_one_tag_do_not_start()
    {
        var why = Should.Throw<InvalidOperationException>(() => new WireRegistry([Ledger, Ledger]));

        why.Message.ShouldContain("test.ledger");
    }

    [Theory]
    [InlineData("nobody.knows", 1, "{}")]
    [InlineData("test.ledger.added", 2, "{}")]
    [InlineData("test.ledger.added", 1, "{")]
    [InlineData("test.ledger.added", 1, "null")]
    [InlineData("test.ledger.added", 1, """{"by":"three"}""")]
    [Trait("spec", "engine/2.6")]
    public void What_cannot_be_read_is_one_kind_of_error(string tag, int version, string body)
    {
        var registry = new WireRegistry([Ledger]);

        Should.Throw<WireException>(() => registry.Decode(tag, version, Encoding.UTF8.GetBytes(body)));
    }

    [Fact]
    [Trait("spec", "engine/2.6")]
    public void A_type_without_a_tag_is_named()
    {
        var registry = new WireRegistry([Ledger]);

        Should.Throw<InvalidOperationException>(() => registry.Encode(new Untagged("x"))).Message.ShouldContain(nameof(Untagged));
    }

    private sealed record Untagged(string Key);
}
