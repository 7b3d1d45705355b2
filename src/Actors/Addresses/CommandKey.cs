using Gantry.Primitives;

namespace Gantry.Actors;

/// <summary>
/// The idempotency key of one command at one entity. A key is remembered with its reply for 24 h, in the transaction of the
/// events (engine 2.4). At most 200 bytes of printable ASCII.
/// </summary>
public readonly record struct CommandKey(string Value)
{
    /// <summary>A key that nobody will ever use again.</summary>
    public static CommandKey Fresh(IRandomSource random) => new($"once:{random.NewGuid():N}");

    /// <inheritdoc/>
    public override string ToString() => Value;
}
