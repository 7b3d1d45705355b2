using Gantry.Actors;
using Gantry.Primitives;
using Shouldly;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>Short ways to say what an outcome should be.</summary>
internal static class OutcomeAssertions
{
    public static T ShouldBeAccepted<T>(this Outcome<T> outcome) where T : class =>
        outcome is Outcome<T>.Accepted accepted
            ? accepted.Value
            : throw new ShouldAssertException($"should be accepted but was {outcome}");

    public static Refusal ShouldBeRefused<T>(
        this Outcome<T> outcome, RefusalKind kind = RefusalKind.InvalidRequest, string? mentions = null) where T : class
    {
        var why = outcome is Outcome<T>.Refused refused
            ? refused.Why
            : throw new ShouldAssertException($"should be refused but was {outcome}");
        why.Kind.ShouldBe(kind);
        if (mentions is not null)
        {
            $"{why.Message} {why.Remedy}".ShouldContain(mentions, Case.Insensitive);
        }

        return why;
    }
}
