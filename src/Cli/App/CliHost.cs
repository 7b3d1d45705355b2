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
        Environment = System.Environment.GetEnvironmentVariable,
        ConfigPath = Path.Combine(
            System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".config", "gantry", "config.toml"),
    };
}
