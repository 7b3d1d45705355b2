using System.Collections.Immutable;
using Gantry.Actors;

namespace Gantry.Admin;

/// <summary>
/// One administrative command as a node publishes it (operator-experience 2.1): clients learn it from the served palette, so a node or an
/// embedding host can add one without a new client.
/// </summary>
public sealed record PaletteCommand
{
    /// <summary>The noun, lower case letters: <c>entity</c>.</summary>
    public required string Noun { get; init; }

    /// <summary>The verb, lower case letters: <c>show</c>.</summary>
    public required string Verb { get; init; }

    /// <summary>What it does, in one sentence.</summary>
    public required string Help { get; init; }

    /// <summary>Arguments in order; required ones first.</summary>
    public ImmutableArray<PaletteArgument> Arguments { get; init; } = [];

    /// <summary>What may be lost by it.</summary>
    public PaletteGrade Grade { get; init; } = PaletteGrade.Read;

    /// <summary>The argument that a caller types again before something irreversible; null for none.</summary>
    public string? Target { get; init; }

    /// <summary>Columns of a table of its rows; every row may have more members.</summary>
    public ImmutableArray<PaletteColumn> Columns { get; init; } = [];

    /// <summary>It shows one object and not a list.</summary>
    public bool IsOne { get; init; }

    /// <summary>Does it. With a dry run nothing may change.</summary>
    public required Func<PaletteCall, CancellationToken, ValueTask<PaletteAnswer>> RunAsync { get; init; }
}

/// <summary>What may be lost by a command (operator-experience 2.5).</summary>
public enum PaletteGrade
{
    /// <summary>It only looks.</summary>
    Read,

    /// <summary>It changes what can be changed back; nobody is asked.</summary>
    Reversible,

    /// <summary>It disrupts: the effects are shown and a yes is needed.</summary>
    Disruptive,

    /// <summary>There is no way back: the effects are shown and the target is typed again.</summary>
    Irreversible,
}

/// <summary>An argument of a command.</summary>
/// <param name="Name">Lower case letters and dashes.</param>
/// <param name="Help">What it says.</param>
public sealed record PaletteArgument(string Name, string Help)
{
    /// <summary>Longest value.</summary>
    public const int LengthMax = 1_024;

    /// <summary>Must be given, and is given by place.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Given by place although it may be left out.</summary>
    public bool IsPlaced { get; init; }

    /// <summary>It is a whole number within these bounds.</summary>
    public (long Least, long Most)? Bounds { get; init; }

    /// <summary>It is present or not, without a value.</summary>
    public bool IsSwitch { get; init; }

    /// <summary>The only values; empty for any.</summary>
    public ImmutableArray<string> Choices { get; init; } = [];
}

/// <summary>A column: its head and the member it shows.</summary>
/// <param name="Head">Upper case.</param>
/// <param name="Member">Snake case.</param>
/// <param name="IsAge">The member is a time that tables show as an age.</param>
public sealed record PaletteColumn(string Head, string Member, bool IsAge = false);

/// <summary>One run of a command, its arguments checked.</summary>
/// <param name="Arguments">Values by name; a switch that is on is <c>true</c>.</param>
/// <param name="Order">On whose behalf, and whether only to look.</param>
public sealed record PaletteCall(IReadOnlyDictionary<string, string> Arguments, AdminOrder Order)
{
    /// <summary>A required argument.</summary>
    public string Text(string name) => Arguments[name];

    /// <summary>An optional argument.</summary>
    public string? TextOrNull(string name) => Arguments.GetValueOrDefault(name);

    /// <summary>A number, or what counts without one.</summary>
    public int Number(string name, int otherwise) =>
        Arguments.TryGetValue(name, out var text) ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : otherwise;

    /// <summary>A switch.</summary>
    public bool Is(string name) => Arguments.ContainsKey(name);
}
