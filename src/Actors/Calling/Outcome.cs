using Gantry.Primitives;

namespace Gantry.Actors;

/// <summary>
/// What became of a command. The difference between "certainly not" and "may have" is part of the type, because the
/// caller's next step depends on it (engine 2.4).
/// </summary>
public abstract record Outcome<T> where T : class
{
    private Outcome()
    {
    }

    /// <summary>Done, and durable when you see it.</summary>
    /// <param name="Value">The reply.</param>
    /// <param name="Revision">The entity's revision after it.</param>
    /// <param name="IsReplay">The key was known: this is the remembered reply.</param>
    public sealed record Accepted(T Value, long Revision, bool IsReplay = false) : Outcome<T>;

    /// <summary>Definitively not done; changed nothing.</summary>
    public sealed record Refused(Refusal Why) : Outcome<T>;

    /// <summary>Certainly not executed: too much to do.</summary>
    public sealed record Overloaded(TimeSpan RetryAfter) : Outcome<T>;

    /// <summary>Certainly not executed: owner or store cannot be reached.</summary>
    public sealed record Unavailable(TimeSpan RetryAfter) : Outcome<T>
    {
        /// <summary>Set when this node cannot reach the owner and the caller perhaps can: where clients reach the owner.</summary>
        public string? OwnerUrl { get; init; }
    }

    /// <summary>May have been executed: ask again with the same key.</summary>
    public sealed record Unknown(string Reason) : Outcome<T>;
}
