using System.CommandLine;
using Gantry.Node;
using Shouldly;
using Xunit;

namespace Gantry.Architecture.Tests;

/// <summary>What a person reads who starts the node's program wrongly: what is wrong and where to read more, no wall of usage, no stack.</summary>
[Trait("spec", "ops/2.3")]
public sealed class NodeUsageTests
{
    [Theory]
    [InlineData("demo --port abc", "--port is \"abc\"; it is a number from 1024 to ")]
    [InlineData("demo --port 70000", "--port is \"70000\"; it is a number from 1024 to ")]
    [InlineData("demo --sleds 2", "--sleds is \"2\"; it is a number from 3 to 31")]
    [InlineData("demo --faults wild", "--faults is \"wild\"; it is one of calm, rough, storm")]
    [InlineData("demo --nodes 3", "3 nodes need a database that they share: add --postgres temporary")]
    [InlineData("demo --bogus", "'--bogus'")]
    [InlineData("nowhere", "'nowhere'")]
    public void A_wrong_command_line_is_named_in_few_lines(string line, string said)
    {
        var text = Usage.WhyNot(Root().Parse(line)).ShouldNotBeNull();

        text.ShouldContain(said);
        text.ShouldContain("next: ");
        text.Split('\n').Length.ShouldBeLessThanOrEqualTo(5, text);
    }

    [Theory]
    [InlineData("demo")]
    [InlineData("demo --port 9480 --faults ROUGH --exit-when-ready")]
    [InlineData("demo --help")]
    [InlineData("--help")]
    public void A_right_one_runs(string line) => Usage.WhyNot(Root().Parse(line)).ShouldBeNull();

    private static RootCommand Root() => new("Gantry") { DemoCommand.Create() };
}
