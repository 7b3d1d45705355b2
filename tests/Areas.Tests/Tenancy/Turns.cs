using Gantry.Actors;

namespace Gantry.Areas.Tests;

/// <summary>Turns for plain calls of deciders.</summary>
internal static class Turns
{
    public static readonly DateTimeOffset Start = new(2026, 8, 21, 10, 0, 0, TimeSpan.Zero);

    public static Turn At(EntityAddress self, DateTimeOffset? now = null, string key = "k") =>
        new(self, 0, now ?? Start, new CommandKey(key), new Principal(PrincipalKind.User, "u1", "admin"));

    /// <summary>Folds the events of a decision into a state.</summary>
    public static TState Fold<TState, TEvent>(this Decision<TEvent> decision, TState state, Func<TState, TEvent, TState> apply) =>
        decision.Events.Aggregate(state, apply);

    public static string? CodeOf<TEvent>(this Decision<TEvent> decision) => (decision.Reply as Reply.Refused)?.Why.Code;
}
