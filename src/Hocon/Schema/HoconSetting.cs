using System.Diagnostics.CodeAnalysis;

namespace Gantry.Hocon;

/// <summary>One setting as the reference file documents it.</summary>
public sealed record HoconSetting
{
    /// <summary>Dotted path, <c>gantry</c> included.</summary>
    public required string Path { get; init; }

    /// <summary>Its value when nothing else is said.</summary>
    public required HoconValue Default { get; init; }

    /// <summary>What it is, in words.</summary>
    public required string Summary { get; init; }

    /// <summary>What sort of value it takes.</summary>
    public required HoconUnit Unit { get; init; }

    /// <summary>Text of the allowed range, as documented.</summary>
    public required string Range { get; init; }

    /// <summary>What goes wrong at the low end, or when it is empty or off.</summary>
    public required string Low { get; init; }

    /// <summary>What goes wrong at the high end, or when it is wrong or on.</summary>
    public required string High { get; init; }

    /// <summary>For a list of objects: an example element, whose names are the known ones.</summary>
    public HoconObject? Element { get; init; }
}

/// <summary>Sorts of values.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "The words of the reference file.")]
public enum HoconUnit
{
    /// <summary>Any text; the range says what is meant.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Count,

    /// <summary>A number with a unit of time.</summary>
    Duration,

    /// <summary>A number with a unit of bytes.</summary>
    Size,

    /// <summary>true or false.</summary>
    Switch,

    /// <summary>One of the words in the range.</summary>
    Choice,

    /// <summary>A list of texts.</summary>
    Texts,

    /// <summary>A list of objects.</summary>
    Objects,
}
