using System.CommandLine;

namespace Gantry.Node;

/// <summary>A command line that is wrong: what is wrong and where to read more, never a wall of usage.</summary>
internal static class Usage
{
    /// <summary>What a wrong command line exits with, as of <c>gantry</c>.</summary>
    public const int ExitCode = 2;

    /// <summary>What is wrong; null for a command line that can run, or that asks for help.</summary>
    public static string? WhyNot(ParseResult parsed)
    {
        if (parsed.Errors.Count == 0 || parsed.Action is System.CommandLine.Help.HelpAction)
        {
            return null;
        }

        var verbs = parsed.CommandResult.Command.Subcommands.Select(c => c.Name).ToList();
        var errors = verbs.Count > 0 && parsed.UnmatchedTokens is [var word, ..]
            ? [$"there is no command '{word}'; there are {string.Join(", ", verbs)}"]
            : verbs.Count > 0 ? [$"which command? {string.Join(", ", verbs)}"] : parsed.Errors.Select(e => e.Message).Distinct(StringComparer.Ordinal);
        return $"error: {string.Join("\n  ", errors)}\n  next: {PathOf(parsed.CommandResult)} --help";
    }

    /// <summary>An option with a number between two bounds.</summary>
    public static Option<int> Number(string name, string description, int value, int least, int most) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => value,
        CustomParser = given =>
        {
            if (int.TryParse(given.Tokens[0].Value, out var number) && number >= least && number <= most)
            {
                return number;
            }

            given.AddError($"{name} is \"{given.Tokens[0].Value}\"; it is a number from {least} to {most}");
            return value;
        },
    };

    /// <summary>An option with one of the names of an enumeration, in any case.</summary>
    public static Option<T> OneOf<T>(string name, string description) where T : struct, Enum => new(name)
    {
        Description = description,
        CustomParser = given =>
        {
            if (Enum.GetNames<T>().Contains(given.Tokens[0].Value, StringComparer.OrdinalIgnoreCase))
            {
                return Enum.Parse<T>(given.Tokens[0].Value, ignoreCase: true);
            }

            given.AddError($"{name} is \"{given.Tokens[0].Value}\"; it is one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");
            return default;
        },
    };

    private static string PathOf(System.CommandLine.Parsing.CommandResult command) =>
        command.Parent is System.CommandLine.Parsing.CommandResult parent ? $"{PathOf(parent)} {command.Command.Name}" : command.Command.Name;
}
