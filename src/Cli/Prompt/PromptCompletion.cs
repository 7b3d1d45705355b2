using System.CommandLine;
using System.CommandLine.Completions;

namespace Gantry.Cli;

/// <summary>What may follow a line that is typed at the prompt: nouns, verbs, flags, and the values that a flag or an argument knows. Pure.</summary>
internal static class PromptCompletion
{
    /// <summary>Words of the prompt itself.</summary>
    public static readonly string[] Own = ["help", "history", "exit"];

    /// <summary>The word that is being typed (empty after a space) and what it may become, in order.</summary>
    public static (string Word, IReadOnlyList<string> Choices) Of(Command root, string line)
    {
        var words = PromptWords.Of(line).ToList();
        var isNew = line.Length == 0 || char.IsWhiteSpace(line[^1]);
        var word = isNew || words.Count == 0 ? "" : words[^1];
        var before = isNew ? words : words.Take(words.Count - 1).ToList();
        if (before is ["help", ..])
        {
            before = [.. before.Skip(1)];
        }

        var (command, rest) = Descend(root, before);
        var placed = rest.Count(r => !r.StartsWith('-'));
        var choices = ValuesOf(command, rest is [.., var last] ? last : null) ?? (command.Subcommands.Count > 0 && placed > 0 ? [] : WordsOf(root, command, placed, before.Count == 0));
        if (choices.Count == 0 || word.StartsWith('-'))
        {
            choices = command.Subcommands.Count > 0 && placed > 0 ? [] : [.. FlagsOf(command, root)];
        }

        return (word, [.. choices.Where(c => c.StartsWith(word, StringComparison.OrdinalIgnoreCase)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
    }

    /// <summary>What all choices begin with, at least the word itself.</summary>
    public static string Common(string word, IReadOnlyList<string> choices)
    {
        if (choices.Count == 0)
        {
            return word;
        }

        var common = choices[0];
        foreach (var choice in choices)
        {
            common = common[..common.Zip(choice).TakeWhile(p => p.First == p.Second).Count()];
        }

        return common.Length < word.Length ? word : common;
    }

    private static (Command Command, IReadOnlyList<string> Others) Descend(Command root, IReadOnlyList<string> words)
    {
        var command = root;
        for (var i = 0; i < words.Count; i++)
        {
            if (command.Subcommands.FirstOrDefault(c => c.Name == words[i] || c.Aliases.Contains(words[i])) is not { } next)
            {
                return (command, [.. words.Skip(i)]);
            }

            command = next;
        }

        return (command, []);
    }

    private static List<string> WordsOf(Command root, Command command, int placed, bool isFirst) =>
    [
        .. command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name),
        .. command == root && isFirst ? Own : [],
        .. command.Arguments.Skip(placed).Take(1).SelectMany(Labels),
    ];

    // Null when the word before is no flag that wants one of certain values.
    private static IReadOnlyList<string>? ValuesOf(Command command, string? flag)
    {
        var option = Up(command).SelectMany(c => c.Options).FirstOrDefault(o => o.Name == flag || (flag is not null && o.Aliases.Contains(flag)));
        return option is null || option.Arity.MaximumNumberOfValues == 0 || option.ValueType == typeof(bool) ? null : [.. Labels(option)];
    }

    private static IEnumerable<string> FlagsOf(Command command, Command root) =>
        Up(command).SelectMany(c => c.Options.Where(o => !o.Hidden && (c == command || o.Recursive || c == root))).Select(o => o.Name)
            .Where(n => n.StartsWith("--", StringComparison.Ordinal));

    private static IEnumerable<Command> Up(Command command)
    {
        for (Symbol? symbol = command; symbol is Command one; symbol = symbol.Parents.FirstOrDefault())
        {
            yield return one;
        }
    }

    private static IEnumerable<string> Labels(Symbol symbol) => symbol.GetCompletions(CompletionContext.Empty).Select(c => c.Label);
}
