using System.CommandLine;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary><c>explain</c>: what a code, a kind or a state means, without a server.</summary>
internal static class ExplainCommand
{
    public static Command Make(CommandMaker make)
    {
        var code = new Argument<string>("code") { Description = "An error code, a kind of object or a state: SledExpunged, instance, Joining." };
        return make.Verb("explain", "What an error code, a kind of object or a state means. Example: gantry explain OutcomeUnknown | gantry explain Joining", (session, _) =>
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
