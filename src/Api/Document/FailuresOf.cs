using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>How an operation may fail: what follows from its form, and what its declaration adds.</summary>
internal static class FailuresOf
{
    public static IEnumerable<FailureShape> Operation(Operation operation) => Common(operation).Concat(operation.Failures).DistinctBy(f => (f.Status, f.ErrorCode, f.Why));

    private static IEnumerable<FailureShape> Common(Operation operation)
    {
        yield return new FailureShape(400, null, "path, query, header or body cannot be read");
        yield return new FailureShape(400, "InvalidRequest", "something unknown or out of its bounds is asked for; the message names it");
        if (!operation.IsFree)
        {
            yield return new FailureShape(401, "Unauthorized", "credentials missing or invalid");
        }

        if (operation.Needs.Scope is RoleScope.Fleet or RoleScope.Silo or RoleScope.Project)
        {
            yield return new FailureShape(403, "Forbidden", $"this needs {operation.Needs}");
        }

        if (operation.Parameters.Length > 0 || operation.Needs.Scope is RoleScope.Project)
        {
            yield return new FailureShape(404, "ObjectNotFound", "the object is absent or hidden from the caller");
        }

        if (operation.IsWrite)
        {
            foreach (var failure in OfWrites(operation))
            {
                yield return failure;
            }
        }

        yield return new FailureShape(500, "Internal", "a bug of ours; the log has it under the request id");
        yield return new FailureShape(503, "ServiceNotAvailable", "not done for sure; try again after Retry-After");
    }

    private static IEnumerable<FailureShape> OfWrites(Operation operation)
    {
        if (operation.Parameters.Length > 0)
        {
            yield return new FailureShape(412, "PreconditionFailed", "If-Match names another generation than the present one, which the answer carries");
        }

        if (HttpMethods.IsPost(operation.Method))
        {
            yield return new FailureShape(422, "IdempotencyKeyReused", "the Idempotency-Key was used with another body");
        }

        yield return new FailureShape(429, "TooManyRequests", "more writes a second than one caller may send");
        yield return new FailureShape(504, "Internal", "OutcomeUnknown: it is not known whether it was done; repeat it with the same key");
    }
}
