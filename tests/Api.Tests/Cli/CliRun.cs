using Gantry.Cli;

namespace Gantry.Api.Tests;

/// <summary>One run of <c>gantry</c> in process, against a host or against nobody.</summary>
internal sealed record CliRun(int ExitCode, string Out, string Error)
{
    public static async Task<CliRun> OfAsync(ApiHost? host, string commandLine, string? configPath = null, string? token = null, string? typed = null, TimeProvider? clock = null, TextReader? person = null)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var input = person ?? new StringReader(typed ?? "");
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["GANTRY_HOST"] = host?.External.ToString(),
            ["GANTRY_ADMIN"] = host?.AdminListener.ToString() ?? "http://127.0.0.1:1",
            ["GANTRY_TOKEN"] = token ?? host?.AdminToken,
            ["NO_COLOR"] = "1",
        };
        var world = new CliHost
        {
            Out = output,
            Error = error,
            In = input,
            IsTerminal = typed is not null || person is not null,
            Environment = environment.GetValueOrDefault,
            Clock = clock ?? TimeProvider.System,
            ConfigPath = configPath ?? "/nowhere/config.toml",
        };
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var code = await GantryApp.RunAsync(commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries), world, patience.Token);
        return new CliRun(code, output.ToString(), error.ToString());
    }

    /// <summary>Several runs after each other as one text to review.</summary>
    public static async Task<string> TranscriptAsync(ApiHost host, string? token, params string[] commandLines)
    {
        var text = new System.Text.StringBuilder();
        foreach (var line in commandLines)
        {
            text.Append($"$ gantry {line}\n{(await OfAsync(host, line, token: token)).Redacted()}\n");
        }

        return text.ToString();
    }

    /// <summary>Output, errors and exit code as one text, with ids, times, ages and addresses taken out.</summary>
    public string Redacted() => Redaction.Of($"{Out}{(Error.Length == 0 ? "" : "-- stderr --\n" + Error)}exit {ExitCode}\n");
}
