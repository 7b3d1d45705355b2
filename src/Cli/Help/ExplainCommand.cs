using System.CommandLine;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary><c>explain</c>: what a code, a kind, a state or a column means, without a server.</summary>
internal static class ExplainCommand
{
    public static Command Make(CommandMaker make)
    {
        var code = new Argument<string>("code") { Description = "An error code, a kind of object, a state or a column: SledExpunged, instance, Joining, sled.cubby." };
        return make.Verb("explain", "What an error code, a kind, a state or a column means. Example: gantry explain OutcomeUnknown | gantry explain sled.cubby", (session, _) =>
        {
            var word = session.Parsed.GetRequiredValue(code);
            var page = CodeCatalog.PageOf(word) ?? throw new CliException(ExitCodes.NotFound, $"there is no page for \"{word}\"")
            {
                Why = Nearest.Lines(word, CodeCatalog.Codes),
            };
            session.Host.Out.WriteLine(page);
            return Task.FromResult(ExitCodes.Ok);
        }, code);
    }
}
