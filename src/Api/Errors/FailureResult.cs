using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Writes a failure as status, <c>Retry-After</c> and error body.</summary>
internal sealed class FailureResult(Failure failure) : IResult
{
    public Failure Failure { get; } = failure;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (Failure.RetryAfter is { } wait)
        {
            httpContext.Response.Headers.RetryAfter = ((long)Math.Ceiling(wait.TotalSeconds)).ToString();
        }

        if (Failure.Status == 401)
        {
            httpContext.Response.Headers.WWWAuthenticate = "Bearer";
        }

        if (Failure.Present?.Generation is { } generation)
        {
            httpContext.Response.Headers.ETag = IfMatch.Tag(generation);
        }

        var body = new ErrorBody
        {
            RequestId = RequestIds.Of(httpContext),
            ErrorCode = Failure.ErrorCode,
            Message = Failure.Message,
            Reason = Failure.Reason,
            Remedy = Failure.Remedy,
            Details = Failure.Details,
            RetryAfterMs = Failure.RetryAfter is { } after ? (long)Math.Ceiling(after.TotalMilliseconds) : null,
            Present = Failure.Present?.Content,
        };
        return new JsonAnswer<ErrorBody>(Failure.Status, body, ApiJson.Default.ErrorBody).ExecuteAsync(httpContext);
    }
}
