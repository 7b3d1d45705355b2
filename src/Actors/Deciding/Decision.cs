using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors;

/// <summary>What a decider answers: a reply, and for an accepted command the facts and effects to commit.</summary>
/// <remarks>Limits checked by the kernel: 64 events, 64 effects, 256 KiB.</remarks>
public sealed record Decision<TEvent>
{
    /// <summary>Accepted with a value, or refused.</summary>
    public required Reply Reply { get; init; }

    /// <summary>Facts in order. Empty for a refusal and for "already so".</summary>
    public ImmutableArray<TEvent> Events { get; init; } = [];

    /// <summary>What else commits in the same transaction. Empty unless there are events.</summary>
    public ImmutableArray<Effect> Effects { get; init; } = [];

    /// <summary>For the log alone: why a message was ignored. Not stored.</summary>
    public string? Ignored { get; init; }
}

/// <summary>Short ways to write decisions.</summary>
public static class Decision
{
    /// <summary>Accepted, nothing to record: already so.</summary>
    public static Decision<TEvent> Unchanged<TEvent>(object? value = null) =>
        new() { Reply = new Reply.Accepted(value ?? Done.Instance) };

    /// <summary>Refused, changes nothing.</summary>
    public static Decision<TEvent> Refuse<TEvent>(Refusal why) => new() { Reply = new Reply.Refused(why) };

    /// <summary>Accepted with facts and effects.</summary>
    public static Decision<TEvent> Accept<TEvent>(
        object? value, ImmutableArray<TEvent> events, ImmutableArray<Effect> effects = default) => new()
        {
            Reply = new Reply.Accepted(value ?? Done.Instance),
            Events = events,
            Effects = effects.IsDefault ? [] : effects,
        };
}

/// <summary>The answer of one decision.</summary>
public abstract record Reply
{
    private Reply()
    {
    }

    /// <summary>Done; <paramref name="Value"/> is a record with a <see cref="WireAttribute"/>, for it is kept in the receipt.</summary>
    public sealed record Accepted(object Value) : Reply;

    /// <summary>Definitively not done.</summary>
    public sealed record Refused(Refusal Why) : Reply;
}

/// <summary>The reply of commands that have nothing to say but yes.</summary>
[Wire("done")]
public sealed record Done
{
    /// <summary>The only value.</summary>
    public static readonly Done Instance = new();
}
