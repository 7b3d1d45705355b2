using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors;

/// <summary>What became of an operator's order. With a dry run nothing was done and <see cref="Effects"/> says what would be.</summary>
/// <param name="IsDone">It was done, or there was nothing left to do.</param>
/// <param name="Effects">What changed or would change, one line each, for people.</param>
/// <param name="Why">Set when it was refused.</param>
public sealed record AdminAnswer(bool IsDone, ImmutableArray<string> Effects, Refusal? Why = null)
{
    /// <summary>Done.</summary>
    public static AdminAnswer Done(params ImmutableArray<string> effects) => new(true, effects);

    /// <summary>Only looked at.</summary>
    public static AdminAnswer WouldDo(params ImmutableArray<string> effects) => new(false, effects);

    /// <summary>Not done.</summary>
    public static AdminAnswer Refused(Refusal why) => new(false, [], why);
}

/// <summary>On whose behalf, and whether only to show what would happen.</summary>
/// <param name="Caller">For the log and the journal.</param>
/// <param name="IsDryRun">Change nothing; say what would change.</param>
public sealed record AdminOrder(Principal Caller, bool IsDryRun = false);
