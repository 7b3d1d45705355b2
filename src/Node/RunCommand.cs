using System.CommandLine;
using Gantry.Hocon;

namespace Gantry.Node;

/// <summary><c>run</c>: one node from configuration files, until it is told to stop.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var config = new Option<string[]>("--config")
        {
            Description = "A HOCON file; may be given several times, later ones override earlier ones.",
            DefaultValueFactory = _ => ["hocon/single.conf"],
        };
        var set = new Option<string[]>("--set")
        {
            Description = "One setting, path=value, for example --set gantry.storage.path=/var/lib/gantry.",
        };
        var command = new Command("run", "Starts a node and serves until it is stopped.") { config, set };
        command.SetAction((parsed, ct) => RunAsync(parsed.GetValue(config) ?? [], parsed.GetValue(set) ?? [], ct));
        return command;
    }

    private static async Task<int> RunAsync(string[] files, string[] settings, CancellationToken ct)
    {
        try
        {
            var app = NodeHost.Build(files, settings.Select(Setting));
            await using (app.ConfigureAwait(false))
            {
                await app.RunAsync(ct).ConfigureAwait(false);
                return 0;
            }
        }
        catch (Exception e) when (StartFailure.Explain(e) is { } text)
        {
            await Console.Error.WriteLineAsync(text).ConfigureAwait(false);
            return StartFailure.ExitCode;
        }
    }

    private static KeyValuePair<string, string> Setting(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at > 0
            ? KeyValuePair.Create(text[..at], text[(at + 1)..])
            : throw new HoconException(
                new HoconPosition("command line", 0, 0), $"--set {text}", "a setting is path=value", "write --set gantry.a.b=value");
    }
}
