using Gantry.Primitives;

namespace Gantry.Api;

/// <summary>The <c>reason</c> codes of the gateway itself; each has a page in <c>gantry explain</c>.</summary>
internal static class ApiErrors
{
    public const string BadApiVersion = "BadApiVersion";
    public const string BadFilter = "BadFilter";
    public const string BadIdempotencyKey = "BadIdempotencyKey";
    public const string BadIfMatch = "BadIfMatch";
    public const string BadPageToken = "BadPageToken";
    public const string BodyTooLarge = "BodyTooLarge";
    public const string MalformedBody = "MalformedBody";
    public const string MalformedPath = "MalformedPath";
    public const string MalformedQuery = "MalformedQuery";
    public const string MemberNotServed = "MemberNotServed";
    public const string MethodNotAllowed = "MethodNotAllowed";
    public const string NoCredentials = "NoCredentials";
    public const string NoSuchRoute = "NoSuchRoute";
    public const string Overloaded = "Overloaded";
    public const string OutcomeUnknown = "OutcomeUnknown";
    public const string RoleTooLow = "RoleTooLow";
    public const string StoreUnavailable = "StoreUnavailable";

    public const string OwnerUnreachable = "OwnerUnreachable";
    public const string TooManyRequests = "TooManyRequests";
    public const string UnknownMember = "UnknownMember";
    public const string UnknownQueryParameter = "UnknownQueryParameter";
    public const string WatchExpired = "WatchExpired";

    /// <summary>No token, or one that is not known.</summary>
    public static Refusal Unauthorized() => new(
        RefusalKind.Unauthorized,
        NoCredentials,
        "credentials missing or invalid",
        "send the header \"Authorization: Bearer <token>\"; with the CLI, set GANTRY_TOKEN or a context");

    /// <summary>The caller is known and may not.</summary>
    public static Refusal Forbidden(string wanted, string? has) => new(
        RefusalKind.Forbidden,
        RoleTooLow,
        $"this needs {wanted}; your role there is {has ?? "none"}",
        "ask a fleet admin for the role, or use a token that has it");
}
