using Gantry.Primitives;
using Gantry.Tenancy;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Tenancy;

public sealed class TokenTextTests
{
    private readonly SeededRandomSource _random = new(7);

    [Fact]
    public void A_new_token_is_read_back_and_recognised_by_its_hash()
    {
        var token = TokenText.New(_random);

        TokenText.TryParse(token.Reveal(), out var again).ShouldBeTrue();

        again.Is(token.Hashed(_random)).ShouldBeTrue();
        token.Hashed(_random).ShouldNotBe(token.Hashed(_random), "each hash has a salt of its own");
    }

    [Fact]
    public void Another_token_with_the_same_prefix_is_not_recognised()
    {
        var token = TokenText.New(_random);
        TokenText.TryParse($"gnt_{token.Prefix}_{new string('a', 64)}", out var other).ShouldBeTrue();

        other.Is(token.Hashed(_random)).ShouldBeFalse();
    }

    [Fact]
    public void Printing_a_token_shows_its_prefix_only()
    {
        var token = TokenText.New(_random);

        token.ToString().ShouldBe($"gnt_{token.Prefix}_***");
        $"{token}".ShouldNotContain(token.Reveal()[20..]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("gnt_")]
    [InlineData("gnt_abcdef")]
    [InlineData("gnt_abcdef_")]
    [InlineData("gnt_abcde_0123456789012345678901234567890123456789")]
    [InlineData("gnt_ABCDEF_0123456789012345678901234567890123456789")]
    [InlineData("gnt_abcdef_0123456789012345678901234567890123456_89")]
    [InlineData("tok_abcdef_0123456789012345678901234567890123456789")]
    public void What_has_another_form_is_no_token(string? text) => TokenText.TryParse(text, out _).ShouldBeFalse();
}
