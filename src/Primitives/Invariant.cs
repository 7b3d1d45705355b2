using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Gantry.Primitives;

/// <summary>Checks that stay on in release. A broken one is a bug: it stops the actor that met it and keeps the evidence.</summary>
public static class Invariant
{
    /// <summary>Throws <see cref="InvariantException"/> when <paramref name="holds"/> is false.</summary>
    /// <exception cref="InvariantException">The invariant does not hold.</exception>
    public static void Check(
        [DoesNotReturnIf(false)] bool holds,
        string what,
        [CallerArgumentExpression(nameof(holds))] string? condition = null)
    {
        if (!holds)
        {
            throw new InvariantException($"{what} (broken: {condition})");
        }
    }

    /// <summary>Returns the exception for a branch that cannot be reached.</summary>
    public static InvariantException Unreachable(string what) => new(what);
}

/// <summary>Thrown when code finds the world in a state that its own rules exclude.</summary>
public sealed class InvariantException(string message) : Exception(message);
