using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Gantry.Client;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Every code that a refusal can carry has a page in <c>gantry explain</c>.</summary>
public sealed partial class CodeCatalogTests
{
    [Fact]
    public void Every_code_of_every_area_is_explained()
    {
        var files = Directory.EnumerateFiles(SourceFolder(), "*Errors.cs", SearchOption.AllDirectories).ToList();
        var codes = files.SelectMany(f => Code().Matches(File.ReadAllText(f)).Select(m => m.Groups["code"].Value)).Distinct(StringComparer.Ordinal);

        files.Count.ShouldBeGreaterThan(3);
        codes.Where(c => CodeCatalog.PageOf(c) is null).Order(StringComparer.Ordinal).ShouldBeEmpty("add them to src/Client/Explain/codes.txt");
    }

    [Fact]
    public void No_page_is_empty() => CodeCatalog.Codes.Where(c => CodeCatalog.PageOf(c) is null or "").ShouldBeEmpty();

    [Theory]
    [InlineData("instance")]
    [InlineData("Joining")]
    [InlineData("no-provision")]
    [InlineData("failed")]
    [InlineData("committed")]
    [Trait("spec", "ops/2.1")]
    public async Task Kinds_and_states_are_explained_too(string word) => (await CliRun.OfAsync(null, $"explain {word}")).ExitCode.ShouldBe(0);

    [Fact]
    public void Every_state_that_tables_colour_is_explained()
    {
        var source = File.ReadAllText(Path.Combine(SourceFolder(), "Cli", "Output", "Colours.cs"));
        var words = State().Matches(source).Select(m => m.Groups["word"].Value).Except(["dumb", "up", "down", "missing", "differs"]).ToList();

        words.Count.ShouldBeGreaterThan(15);
        words.Where(w => CodeCatalog.PageOf(w) is null).ShouldBeEmpty("add them to src/Client/Explain/words.txt");
    }

    [Fact]
    [Trait("spec", "ops/2.1")]
    public void Every_column_of_every_table_is_explained()
    {
        string[] folders = ["Cli", Path.Combine("Admin", "Commands")];
        var heads = folders.SelectMany(f => Directory.EnumerateFiles(Path.Combine(SourceFolder(), f), "*.cs", SearchOption.AllDirectories))
            .SelectMany(f => Head().Matches(File.ReadAllText(f)).Select(m => m.Groups["head"].Value)).Distinct(StringComparer.Ordinal).ToList();

        heads.Count.ShouldBeGreaterThan(100);
        heads.Where(h => CodeCatalog.PageOf(h) is null).Order(StringComparer.Ordinal).ShouldBeEmpty("add them to src/Client/Explain/columns.txt");
        CodeCatalog.PageOf("sled.cubby").ShouldBe(CodeCatalog.PageOf("CUBBY"));
        CodeCatalog.PageOf("sled.nothing").ShouldBeNull();
    }

    [GeneratedRegex("(Column\\.(Of|Id|Age)\\((\\w+, )?|Names\\.Column\\(|new\\()\"(?<head>[A-Z][A-Z-]+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Head();

    [GeneratedRegex("\"(?<word>[A-Za-z][a-z-]+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex State();

    private static string SourceFolder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "src")); // a source file has a folder

    // Codes are the only string literals in these files that are one capitalised word of two humps or more.
    [GeneratedRegex("\"(?<code>([A-Z][a-z0-9]+){2,})\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Code();
}
