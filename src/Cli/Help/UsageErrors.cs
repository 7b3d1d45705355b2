using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;

namespace Gantry.Cli;

/// <summary>Turns what could not be parsed into one error with the nearest words instead of a wall of usage.</summary>
internal static class UsageErrors
{
    public static CliException? Find(ParseResult parsed)
    {
        if (parsed.Errors.Count == 0)
        {
            return null;
        }

        var command = parsed.CommandResult.Command;
        var path = PathOf(command, parsed);
        if (parsed.UnmatchedTokens.Count > 0)
        {
            var word = parsed.UnmatchedTokens[0];
            var isFlag = word.StartsWith('-');
            return new CliException(ExitCodes.Usage, isFlag
                ? $"\"{path}\" has no flag {word}"
                : command.Subcommands.Count > 0 ? $"\"{path}\" has no \"{word}\"" : $"\"{path}\" takes no further word \"{word}\"")
            {
                Why = Nearest.Lines(word, isFlag ? FlagsOf(command) : command.Subcommands.Select(c => c.Name)),
                Next = $"{path} --help",
            };
        }

        if (command.Subcommands.Count > 0)
        {
            var words = command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name);
            return new CliException(ExitCodes.Usage, $"\"{path}\" needs a {(command is RootCommand ? "noun" : "verb")}")
            {
                Why = [$"one of {string.Join(", ", command is RootCommand ? words.Union(ServedPalette.Usual) : words)}"],
                Next = $"{path} --help",
            };
        }

        var missing = Missing(parsed).ToList();
        if (missing.Count > 0)
        {
            return new CliException(ExitCodes.Usage, $"\"{path}\" needs {string.Join(" and ", missing)}")
            {
                Next = $"{path} --help",
            };
        }

        if (parsed.Errors[0].SymbolResult is OptionResult { IdentifierToken: { } flag, Tokens: [{ } value, ..] } result)
        {
            return OfValue(result.Option, flag.Value, value.Value, OneLine(parsed.Errors[0].Message), path);
        }

        return new CliException(ExitCodes.Usage, OneLine(parsed.Errors[0].Message))
        {
            Why = [.. parsed.Errors.Skip(1).Select(e => OneLine(e.Message))],
            Next = $"{path} --help",
        };
    }

    private static CliException OfValue(Option option, string flag, string value, string message, string path)
    {
        var choices = option.GetCompletions(CompletionContext.Empty).Select(c => c.Label).ToList();
        return choices.Count > 0 && choices.TrueForAll(c => c is not ("true" or "false"))
            ? new CliException(ExitCodes.Usage, $"{flag} cannot be \"{value}\"")
            {
                Why = Nearest.Lines(value, choices), Next = $"use {string.Join(", ", choices)}",
            }
            : new CliException(ExitCodes.Usage, message.Contains("System.", StringComparison.Ordinal) ? $"{flag} is \"{value}\"; a whole number is wanted" : message)
            {
                Next = $"{path} --help",
            };
    }

    private static IEnumerable<string> Missing(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        foreach (var argument in command.Arguments.Where(a => a.Arity.MinimumNumberOfValues > 0 && (parsed.GetResult(a)?.Tokens.Count ?? 0) == 0))
        {
            yield return argument.Name.ToUpperInvariant();
        }

        foreach (var option in command.Options.Where(o => o.Required && (parsed.GetResult(o)?.Tokens.Count ?? 0) == 0))
        {
            yield return option.Name;
        }
    }

    private static string OneLine(string message) =>
        string.Join(' ', message.Split((char[])['\n', '\r', '\t', ' '], StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.');

    private static string PathOf(Command command, ParseResult parsed)
    {
        var names = new List<string>();
        for (var result = parsed.CommandResult; result is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
        {
            names.Insert(0, result.Command is RootCommand ? "gantry" : result.Command.Name);
        }

        return names.Count == 0 ? command.Name : string.Join(' ', names);
    }

    private static IEnumerable<string> FlagsOf(Command command)
    {
        for (Symbol? symbol = command; symbol is not null; symbol = symbol.Parents.FirstOrDefault())
        {
            foreach (var option in (symbol as Command)?.Options ?? [])
            {
                if (symbol == command || option.Recursive)
                {
                    yield return option.Name;
                }
            }
        }
    }
}
