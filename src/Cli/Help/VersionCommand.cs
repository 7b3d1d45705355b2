using System.CommandLine;
using System.Reflection;

namespace Gantry.Cli;

/// <summary><c>version</c>: of this client, without a server.</summary>
internal static class VersionCommand
{
    public static Command Make(CommandMaker make) => make.Verb("version", "The version of this client. Example: gantry version | gantry --version", (session, _) =>
    {
        var version = typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        session.Host.Out.WriteLine($"gantry {version.Split('+')[0]}");
        return Task.FromResult(ExitCodes.Ok);
    });
}
