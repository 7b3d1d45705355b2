using Gantry.Actors;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>What an outcome that is not <c>Accepted</c> becomes on the wire (engine 2.4).</summary>
internal static class OutcomeAnswers
{
    public static Failure FailureOf<T>(Outcome<T> outcome) where T : class => outcome switch
    {
        Outcome<T>.Refused refused => Failure.Of(refused.Why),
        Outcome<T>.Overloaded overloaded => Later(
            ApiErrors.Overloaded, "too much to do at this object; the command was certainly not executed", overloaded.RetryAfter),
        Outcome<T>.Unavailable { OwnerUrl: { } owner } cut => Later(
            ApiErrors.OwnerUnreachable, "the node that has this object cannot be reached from this one; the command was certainly not executed", cut.RetryAfter) with
        {
            Remedy = $"ask that node: {owner}",
        },
        Outcome<T>.Unavailable unavailable => Later(
            ApiErrors.StoreUnavailable, "the store cannot be reached now; the command was certainly not executed", unavailable.RetryAfter),
        Outcome<T>.Unknown unknown => Unknown(unknown.Reason),
        _ => throw Invariant.Unreachable("an accepted outcome is no failure"),
    };

    public static IResult Fail<T>(Outcome<T> outcome) where T : class => new FailureResult(FailureOf(outcome));

    public static Failure Later(string reason, string message, TimeSpan retryAfter) => new()
    {
        Status = 503,
        ErrorCode = "ServiceNotAvailable",
        Message = message,
        Reason = reason,
        Remedy = "try again after the time given",
        RetryAfter = retryAfter,
    };

    public static Failure Unknown(string why) => new()
    {
        Status = 504,
        ErrorCode = "Internal",
        Message = $"it is not known whether this was done: {why}",
        Reason = ApiErrors.OutcomeUnknown,
        Remedy = "send it again with the same Idempotency-Key (PUT and DELETE as they are): it is done once at most",
    };
}
