using System.CommandLine;

namespace Gantry.Cli;

/// <summary><c>completion</c>: a script for the shell, made of the command tree, without a server.</summary>
internal static class CompletionCommand
{
    public static Command Make(CommandMaker make, RootCommand root)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh, fish or pwsh." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");
        return make.Verb("completion", "A completion script. Example: gantry completion bash > ~/.gantry.bash | gantry completion fish", (session, _) =>
        {
            session.Host.Out.Write(CompletionScripts.Of(session.Parsed.GetRequiredValue(shell), root));
            return Task.FromResult(ExitCodes.Ok);
        }, shell);
    }
}
