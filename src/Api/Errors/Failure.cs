using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Api;

/// <summary>A refusal on its way out: status and Nexus code are fixed, the request id is not known yet.</summary>
internal sealed record Failure
{
    public required int Status { get; init; }

    public string? ErrorCode { get; init; }

    public required string Message { get; init; }

    public string? Reason { get; init; }

    public string? Remedy { get; init; }

    public ImmutableArray<ErrorDetail>? Details { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Of a 412: the object as a GET shows it now.</summary>
    public IJsonAnswer? Present { get; init; }

    /// <summary>Input that could not even be read: 400 without <c>error_code</c> (vmm-sled-rack 5.1).</summary>
    public static Failure Malformed(string reason, string message, string? remedy = null) =>
        new() { Status = 400, Message = message, Reason = reason, Remedy = remedy ?? CompareWithDocument };

    /// <summary>Input that can be read and is refused: 400 <c>InvalidRequest</c>.</summary>
    public static Failure Invalid(string reason, string message, string? remedy = null) =>
        Of(Refusal.Invalid(reason, message, remedy));

    /// <summary>A refusal of a decider, a resolver or the gateway.</summary>
    public static Failure Of(Refusal why)
    {
        var (status, code) = RefusalStatus.Of(why.Kind);
        return new Failure
        {
            Status = status,
            ErrorCode = code,
            Message = why.Kind is RefusalKind.Bug ? "Internal Server Error" : why.Message,
            Reason = why.Code == code ? null : why.Code,
            Remedy = why.Remedy ?? RemedyOf(why.Kind),
            RetryAfter = why.Kind is RefusalKind.TooManyRequests or RefusalKind.Unavailable or RefusalKind.MachineGone ? TimeSpan.FromSeconds(1) : null,
        };
    }

    private const string CompareWithDocument = "compare the request with the document at /openapi/v1.json";

    // For refusals whose words leave the next step open.
    private static string? RemedyOf(RefusalKind kind) => kind switch
    {
        RefusalKind.InvalidRequest or RefusalKind.InvalidValue => CompareWithDocument,
        RefusalKind.NotFound => "list what is there; what the caller may not see looks absent, and a name belongs to the project or silo of the query",
        RefusalKind.Bug => "report it with the request_id",
        _ => null,
    };
}
