using Gantry.Primitives;

namespace Gantry.Cli;

/// <summary>The world around one run of the command line, so that tests can give another one.</summary>
public sealed record CliHost
{
    /// <summary>Data.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Progress, notes, errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Answers to prompts.</summary>
    public required TextReader In { get; init; }

    /// <summary>Whether a person sits there: colour, prompts, waiting by default.</summary>
    public required bool IsTerminal { get; init; }

    /// <summary>Environment variables.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>The contexts' file.</summary>
    public required string ConfigPath { get; init; }

    /// <summary>Reads a key for the prompt; null where only whole lines can be read.</summary>
    public Func<ConsoleKeyInfo>? ReadKey { get; init; }

    /// <summary>A token that ends with the next Ctrl-C; null where there is none.</summary>
    public Func<CancellationToken>? Interrupts { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The dice.</summary>
    public IRandomSource Random { get; init; } = SystemRandomSource.Instance;

    /// <summary>The process's own world.</summary>
    public static CliHost OfProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        In = Console.In,
        IsTerminal = !Console.IsOutputRedirected && !Console.IsInputRedirected,
        ReadKey = Console.IsOutputRedirected || Console.IsInputRedirected || System.Environment.GetEnvironmentVariable("TERM") == "dumb"
            ? null
            : Key,
        Environment = System.Environment.GetEnvironmentVariable,
        ConfigPath = Path.Combine(
            System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".config", "gantry", "config.toml"),
    };

    // While a line is typed Ctrl-C is a key like others; while a command runs it interrupts.
    private static ConsoleKeyInfo Key()
    {
        Console.TreatControlCAsInput = true;
        try
        {
            return Console.ReadKey(intercept: true);
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }
}
