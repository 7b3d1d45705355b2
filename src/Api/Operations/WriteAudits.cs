using Gantry.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace Gantry.Api;

/// <summary>
/// Tells the audit of the host what became of a write. Not told: trials, what came without credentials, and what was turned away for coming too
/// fast; these change nothing, and whoever sends them must not fill the trail.
/// </summary>
internal static class WriteAudits
{
    private const string Unknown = "unknown";

    /// <summary>Takes the write down; anything else is passed over.</summary>
    /// <param name="call">The request.</param>
    /// <param name="gate">Where the audit is.</param>
    /// <param name="came">When it came.</param>
    /// <param name="answer">What it is answered; null when its caller has hung up, so that what it did is not known here.</param>
    public static void Record(ApiCall call, Gate gate, DateTimeOffset came, IResult? answer)
    {
        if (gate.Audit is not { } audit || !call.Operation.IsWrite || call.IsDryRun || call.CallerOrNull is not { } caller
            || answer is FailureResult { Failure.Status: 401 or 429 })
        {
            return;
        }

        audit.Record(new AuditedWrite
        {
            Request = RequestIds.Of(call.Http),
            At = came,
            Caller = caller.Name,
            Address = call.Http.Connection.RemoteIpAddress?.ToString() ?? "in process",
            Operation = call.Operation.Id,
            Target = TargetOf(call),
            Outcome = OutcomeOf(answer),
            Before = call.IfMatch,
            After = (answer as IJsonAnswer)?.Generation,
        });
    }

    private static string TargetOf(ApiCall call)
    {
        var request = call.Http.Request;
        var target = $"{request.Method} {UriHelper.BuildRelative(request.PathBase, request.Path, request.QueryString)}";
        return call.NameInBody() is { } name ? $"{target} name={name}" : target;
    }

    private static string OutcomeOf(IResult? answer) => answer switch
    {
        null => $"{Unknown}: the caller hung up",
        FailureResult { Failure.Status: 504 } => Unknown,
        FailureResult { Failure: { Status: < 500 } refused } => $"refused: {WordOf(refused)}",
        FailureResult { Failure: var failed } => $"failed: {WordOf(failed)}",
        _ => "done",
    };

    private static string WordOf(Failure failure) => failure.Reason ?? failure.ErrorCode ?? failure.Status.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
