using System.CommandLine;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary>The command line: parses, runs, and turns every failure into four parts and an exit code.</summary>
public static class GantryApp
{
    /// <summary>Runs one command line to its exit code.</summary>
    public static async Task<int> RunAsync(string[] args, CliHost host, CancellationToken ct)
    {
        var options = new GlobalOptions();
        var root = CommandTree.Build(host, options, out var make);
        var parsed = root.Parse(WaitFor(args));
        try
        {
            return await RunAsync(args, host, options, root, make, parsed, ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            if (parsed.GetValue(options.Verbose))
            {
                await host.Error.WriteLineAsync(e.ToString()).ConfigureAwait(false);
            }

            return ErrorScreen.Write(host.Error, new CliException(ExitCodes.Unexpected, $"gantry did not expect this: {e.Message}")
            {
                Next = "try it again with -v and report what it prints",
            });
        }
    }

    private static async Task<int> RunAsync(
        string[] args, CliHost host, GlobalOptions options, RootCommand root, CommandMaker make, ParseResult parsed, CancellationToken ct)
    {
        try
        {
            if (ServedPalette.WantedOf(parsed) is { } wanted)
            {
                using var session = new Session(host, options, parsed);
                await ServedPalette.AddAsync(root, make, session, wanted, ct).ConfigureAwait(false);
                parsed = root.Parse(WaitFor(args));
            }

            if (parsed.Action is not HelpScreen && PromptLoop.IsWanted(parsed, host))
            {
                using var session = new Session(host, options, parsed);
                return await PromptLoop.RunAsync(session, ct).ConfigureAwait(false);
            }

            if (parsed.Action is not HelpScreen && UsageErrors.Find(parsed) is { } usage)
            {
                return ErrorScreen.Write(host.Error, usage);
            }

            return await parsed.InvokeAsync(
                new InvocationConfiguration { Output = host.Out, Error = host.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                ct).ConfigureAwait(false);
        }
        catch (DryRunException e)
        {
            using var session = new Session(host, options, parsed);
            return await DryRun.WriteAsync(session, e.Answer.Body, ct).ConfigureAwait(false);
        }
        catch (CliException e)
        {
            return ErrorScreen.Write(host.Error, e);
        }
        catch (GantryException e)
        {
            return ErrorScreen.Write(host.Error, e.Problem);
        }
        catch (GantryUnreachableException e)
        {
            return ErrorScreen.Write(host.Error, e);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await host.Error.WriteLineAsync("interrupted; what was asked goes on").ConfigureAwait(false);
            return ExitCodes.Interrupted;
        }
    }

    // --wait=5m is two flags in one: wait, and for so long.
    private static string[] WaitFor(string[] args) => [.. args.SelectMany(a =>
        a.StartsWith("--wait=", StringComparison.Ordinal) ? ["--wait", "--timeout", a["--wait=".Length..]] : (string[])[a])];
}
