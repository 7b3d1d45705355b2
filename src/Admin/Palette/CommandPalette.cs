using System.Collections.Immutable;

namespace Gantry.Admin;

/// <summary>Brings commands to the palette. An embedding host registers one of its own beside the engine's.</summary>
public interface IPaletteSource
{
    /// <summary>The commands; asked for once.</summary>
    IEnumerable<PaletteCommand> Commands();
}

/// <summary>All commands of this node, checked at start.</summary>
public sealed class CommandPalette
{
    /// <summary>The form in which the palette is served; raised when clients must know.</summary>
    public const int SchemaVersion = 1;

    private readonly Dictionary<(string Noun, string Verb), PaletteCommand> _commands = [];

    /// <summary>Collects them.</summary>
    /// <exception cref="InvalidOperationException">Two commands share noun and verb, or a name has a wrong form.</exception>
    public CommandPalette(IEnumerable<IPaletteSource> sources)
    {
        foreach (var command in sources.SelectMany(s => s.Commands()))
        {
            foreach (var word in (string[])[command.Noun, command.Verb, .. command.Arguments.Select(a => a.Name)])
            {
                if (word.Length is 0 or > 32 || !word.All(c => char.IsAsciiLetterLower(c) || c == '-'))
                {
                    throw new InvalidOperationException($"palette: \"{word}\" of {command.Noun} {command.Verb} is no word of lower case letters and dashes");
                }
            }

            if (!_commands.TryAdd((command.Noun, command.Verb), command))
            {
                throw new InvalidOperationException($"palette: two commands are named {command.Noun} {command.Verb}");
            }
        }

        All = [.. _commands.Values.OrderBy(c => c.Noun, StringComparer.Ordinal)];
    }

    /// <summary>By noun, verbs in the order of their source.</summary>
    public ImmutableArray<PaletteCommand> All { get; }

    /// <summary>One command, or null.</summary>
    public PaletteCommand? Find(string noun, string verb) => _commands.GetValueOrDefault((noun, verb));
}
