using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>Hands the outcomes of one reply type on as another's.</summary>
internal static class OutcomeExtensions
{
    /// <summary>The outcome, with a lost claim told as what it means to the caller.</summary>
    public static Outcome<T> WhenClaimTaken<T>(this Outcome<T> outcome, Func<Refusal> why) where T : class =>
        outcome is Outcome<T>.Refused { Why.Code: MulticastErrors.ClaimTaken } ? new Outcome<T>.Refused(why()) : outcome;

    /// <summary>The same outcome with another reply type; not for an accepted one.</summary>
    public static Outcome<TTo> As<TFrom, TTo>(this Outcome<TFrom> outcome)
        where TFrom : class
        where TTo : class => outcome switch
        {
            Outcome<TFrom>.Refused o => new Outcome<TTo>.Refused(o.Why),
            Outcome<TFrom>.Overloaded o => new Outcome<TTo>.Overloaded(o.RetryAfter),
            Outcome<TFrom>.Unavailable o => new Outcome<TTo>.Unavailable(o.RetryAfter),
            Outcome<TFrom>.Unknown o => new Outcome<TTo>.Unknown(o.Reason),
            _ => throw Invariant.Unreachable("an accepted outcome has a value of its own"),
        };
}
