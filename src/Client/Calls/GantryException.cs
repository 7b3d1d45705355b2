using System.Collections.Immutable;

namespace Gantry.Client;

/// <summary>The API said no. Everything it said is here.</summary>
public sealed class GantryException(ApiProblem problem) : Exception(problem.Message)
{
    /// <summary>The answer.</summary>
    public ApiProblem Problem { get; } = problem;
}

/// <summary>The API could not be reached; nothing was done.</summary>
public sealed class GantryUnreachableException(Uri address, string why, Exception inner)
    : Exception($"{address} does not answer: {why}", inner)
{
    /// <summary>Who did not answer.</summary>
    public Uri Address { get; } = address;
}

/// <summary>The end of a dry run: nothing was changed, and the answer says what would have been.</summary>
public sealed class DryRunException(ApiReply answer) : Exception("a dry run ends at its first change")
{
    /// <summary>The effects.</summary>
    public ApiReply Answer { get; } = answer;
}

/// <summary>An error answer (operator-experience 5).</summary>
public sealed record ApiProblem
{
    /// <summary>HTTP status.</summary>
    public int Status { get; init; }

    /// <summary>As in <c>x-request-id</c>.</summary>
    public string? RequestId { get; init; }

    /// <summary>The Nexus word.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>What happened.</summary>
    public required string Message { get; init; }

    /// <summary>The finer code, the one of <c>gantry explain</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>The next step.</summary>
    public string? Remedy { get; init; }

    /// <summary>All conditions that stand in the way.</summary>
    public ImmutableArray<ApiProblemDetail>? Details { get; init; }

    /// <summary>When to try again, in milliseconds.</summary>
    public long? RetryAfterMs { get; init; }

    /// <summary>It is not known whether it was done; the same key may be sent again.</summary>
    public bool IsOutcomeUnknown => Status == 504 && Reason == OutcomeUnknown;

    internal const string OutcomeUnknown = "OutcomeUnknown";
}

/// <summary>One condition that stands in the way.</summary>
public sealed record ApiProblemDetail(string Object, string Condition, string? Observed = null, string? Allowed = null);
