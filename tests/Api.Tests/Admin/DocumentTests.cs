using Gantry.Admin;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Stored documents as the palette shows them. A damaged one is what an operator looks for, so it must not fail the whole list.</summary>
[Trait("spec", "engine/10.4")]
public sealed class DocumentTests
{
    [Theory]
    [InlineData("""{"a":1}""", """{"a":1}""")]
    [InlineData("the sum of the row is wrong", "\"the sum of the row is wrong\"")]
    [InlineData("{\"a\":", "\"{\\u0022a\\u0022:\"")]
    [InlineData("", "\"\"")]
    [InlineData(null, "null")]
    public void A_document_that_cannot_be_read_is_shown_as_its_text(string? stored, string shown) =>
        (Args.Document(stored)?.ToJsonString() ?? "null").ShouldBe(shown);
}
