using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Gantry.Architecture.Tests;

public sealed partial class HouseRuleTests
{
    private static readonly string[] TopLevel =
        ["src", "tests", "hocon", "docker", "Actors.sln", "README.md", "LICENSE", "Directory.Build.props", "Directory.Packages.props", "global.json"];

    private static readonly string[] KindsAsFolders = ["Models", "Helpers", "Utils", "Managers", "Services", "Common", "Misc"];

    [Fact]
    [Trait("spec", "engine/1")]
    public void The_top_level_holds_nothing_but_what_the_layout_names()
    {
        var entries = Directory.EnumerateFileSystemEntries(RepositoryRoot.Path).Select(e => Path.GetFileName(e)!)
            .Where(e => !e.StartsWith('.') && e is not ("TestResults" or "bin" or "obj"));

        entries.Except(TopLevel).ShouldBeEmpty();
    }

    [Fact]
    public void Folders_are_features_and_not_kinds()
    {
        var folders = RepositoryRoot.Sources("src", "*.cs").Select(f => Path.GetFileName(Path.GetDirectoryName(f))!).Distinct();

        folders.Intersect(KindsAsFolders).ShouldBeEmpty();
    }

    [Fact]
    public void Nothing_is_left_for_later_without_an_issue_and_nothing_is_switched_off()
    {
        var found = RepositoryRoot.Sources("src", "*.cs").Concat(RepositoryRoot.Sources("tests", "*.cs"))
            .Where(f => !f.EndsWith(nameof(HouseRuleTests) + ".cs", StringComparison.Ordinal))
            .SelectMany(f => File.ReadLines(f).Select((line, i) => (File: f, Line: i + 1, Text: line)))
            .Where(l => Unfinished().IsMatch(l.Text))
            .Select(l => $"{Path.GetRelativePath(RepositoryRoot.Path, l.File)}:{l.Line} {l.Text.Trim()}");

        found.ShouldBeEmpty();
    }

    [Fact]
    public void Areas_hold_no_sql()
    {
        var found = RepositoryRoot.Sources("src", "*.cs")
            .Where(f => !f.Contains("/Actors.Storage.", StringComparison.Ordinal))
            .Where(f => Sql().IsMatch(File.ReadAllText(f)))
            .Select(f => Path.GetRelativePath(RepositoryRoot.Path, f));

        found.ShouldBeEmpty("all SQL lives in a store");
    }

    [Fact]
    public void An_event_id_names_one_line_of_the_log()
    {
        var twice = RepositoryRoot.Sources("src", "*.cs")
            .SelectMany(f => LogEvent().Matches(File.ReadAllText(f)).Select(m => (Id: m.Groups[1].Value, File: Path.GetFileName(f))))
            .GroupBy(e => e.Id)
            .Where(g => g.Count() > 1)
            .Select(g => $"{g.Key}: {string.Join(", ", g.Select(e => e.File))}");

        twice.ShouldBeEmpty("operators look for the number, and it is never used again");
    }

    [Fact]
    public void The_readme_is_short_and_holds_the_two_commands()
    {
        var lines = File.ReadAllLines(RepositoryRoot.At("README.md"));

        lines.Length.ShouldBeLessThan(150);
        lines.ShouldContain("dotnet run --project src/Node -c Release -- demo");
        lines.ShouldContain("dotnet test Actors.sln -c Release");
    }

    [GeneratedRegex(@"NotImplementedException|TODO(?!\(#\d+\))|\bHACK\b|\bFIXME\b|\(.*\bSkip ?= ?""", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"\bLoggerMessage\(\s*(?:EventId\s*=\s*)?(\d+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex LogEvent();

    [GeneratedRegex(@"\b(SELECT .+ FROM|INSERT INTO|DELETE FROM|CREATE TABLE)\b", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Sql();
}
