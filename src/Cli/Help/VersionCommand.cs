using System.CommandLine;
using System.Reflection;

namespace Gantry.Cli;

/// <summary><c>version</c>: of this client, without a server.</summary>
internal static class VersionCommand
{
    /// <summary>Release of this client.</summary>
    public static string Version { get; } =
        (typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+')[0];

    public static Command Make(CommandMaker make) => make.Verb("version", "The version of this client. Example: gantry version | gantry --version", (session, _) =>
    {
        session.Host.Out.WriteLine($"gantry {Version}");
        return Task.FromResult(ExitCodes.Ok);
    });
}
