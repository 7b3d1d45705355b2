using System.CommandLine;
using Gantry.Cli;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Help of every command fits a screen and shows two examples that parse.</summary>
[Trait("spec", "ops/2")]
public sealed class HelpTests
{
    public static TheoryData<string> Commands() => [.. PathsOf(Root(), "")];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_has_at_most_24_lines_and_two_examples(string path)
    {
        var run = await CliRun.OfAsync(null, $"{path} --help");

        run.ExitCode.ShouldBe(0, run.Error);
        var lines = run.Out.TrimEnd('\n').Split('\n');
        lines.Length.ShouldBeLessThanOrEqualTo(24, run.Out);
        var examples = lines.SkipWhile(l => l != "Examples:").Skip(1).TakeWhile(l => l.StartsWith("  gantry", StringComparison.Ordinal)).ToList();
        examples.Count.ShouldBe(2, run.Out);
        foreach (var example in examples)
        {
            var words = example.Split(['<', '>'])[0].Replace("--wait=", "--timeout=", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..];
            Root().Parse(words).UnmatchedTokens.ShouldBeEmpty(example);
        }
    }

    [Fact]
    public async Task Help_of_the_whole_is_as_reviewed() =>
        Golden.ShouldBeAsReviewed((await CliRun.OfAsync(null, "group --help")).Redacted(), "help-group");

    private static RootCommand Root() => CommandTree.Build(CliHost.OfProcess(), new GlobalOptions(), out _);

    private static IEnumerable<string> PathsOf(Command command, string path)
    {
        yield return path;
        foreach (var inner in command.Subcommands.Where(c => !c.Hidden).SelectMany(c => PathsOf(c, $"{path} {c.Name}".Trim())))
        {
            yield return inner;
        }
    }
}
