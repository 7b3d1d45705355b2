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
        var until = new Option<bool>("--until-input-ends") { Description = "Stop when standard input closes, so that it does not outlive its starter." };
        var command = new Command("run", "Starts a node and serves until it is stopped.") { config, set, until };
        command.SetAction((parsed, ct) => RunAsync(
            parsed.GetValue(config) ?? [], parsed.GetValue(set) ?? [], parsed.GetValue(until), ct));
        return command;
    }

    private static async Task<int> RunAsync(string[] files, string[] settings, bool isUntilInputEnds, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        if (isUntilInputEnds)
        {
            StopAtEndOfInput(stop);
        }

        try
        {
            var app = NodeHost.Build(files, settings.Select(Setting));
            await using (app.ConfigureAwait(false))
            {
                await app.RunAsync(stop.Token).ConfigureAwait(false);
                return 0;
            }
        }
        catch (Exception e) when (StartFailure.Explain(e) is { } text)
        {
            await Console.Error.WriteLineAsync(text).ConfigureAwait(false);
            return StartFailure.ExitCode;
        }
    }

    // A thread, because a read of standard input cannot be cancelled: it goes with the process.
    private static void StopAtEndOfInput(CancellationTokenSource stop) => new Thread(() =>
    {
        using var input = Console.OpenStandardInput();
        while (input.ReadByte() >= 0)
        {
            // What is said is not listened to.
        }

        try
        {
            stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has stopped already.
        }
    })
    {
        IsBackground = true,
        Name = "end of input",
    }.Start();

    private static KeyValuePair<string, string> Setting(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at > 0
            ? KeyValuePair.Create(text[..at], text[(at + 1)..])
            : throw new HoconException(
                new HoconPosition("command line", 0, 0), $"--set {text}", "a setting is path=value", "write --set gantry.a.b=value");
    }
}
