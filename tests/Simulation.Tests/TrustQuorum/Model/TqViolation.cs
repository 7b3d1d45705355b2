using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Gantry.Simulation.TrustQuorum;

/// <summary>A property of tq 8 that does not hold.</summary>
internal sealed class TqViolation(string property, string what) : Exception($"{property}: {what}")
{
    public string Property { get; } = property;

    /// <summary>The text is only made when the property does not hold: it is asked some thousand times per schedule.</summary>
    public static void Unless(
        [DoesNotReturnIf(false)] bool holds, string property, [InterpolatedStringHandlerArgument(nameof(holds))] ref TqWhat what)
    {
        if (!holds)
        {
            throw new TqViolation(property, what.ToStringAndClear());
        }
    }

    /// <summary>The same with a fixed text.</summary>
    public static void Unless([DoesNotReturnIf(false)] bool holds, string property, string what)
    {
        if (!holds)
        {
            throw new TqViolation(property, what);
        }
    }
}

/// <summary>Text of a violation, not made when there is none.</summary>
[InterpolatedStringHandler]
internal ref struct TqWhat
{
    private DefaultInterpolatedStringHandler _text;

    public TqWhat(int literalLength, int formattedCount, bool holds, out bool isWanted)
    {
        isWanted = !holds;
        _text = holds ? default : new DefaultInterpolatedStringHandler(literalLength, formattedCount);
    }

    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public string ToStringAndClear() => _text.ToStringAndClear();
}
