using System.Collections.Immutable;
using System.Text.Json;

namespace Gantry.Api;

/// <summary>
/// The body of every answer from 400 up: the Nexus error with our finer members beside it (operator-experience 5).
/// </summary>
internal sealed record ErrorBody
{
    /// <summary>As in the header <c>x-request-id</c>.</summary>
    public required string RequestId { get; init; }

    /// <summary>The Nexus word; absent where vmm-sled-rack 5.1 says so.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>What was asked, what stopped it, the present value and the bound.</summary>
    public required string Message { get; init; }

    /// <summary>Our finer code, the one of <c>gantry explain</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>The next step.</summary>
    public string? Remedy { get; init; }

    /// <summary>All conditions that stand in the way.</summary>
    public ImmutableArray<ErrorDetail>? Details { get; init; }

    /// <summary>When to try again, in milliseconds.</summary>
    public long? RetryAfterMs { get; init; }

    /// <summary>Of a 412: the object as it is now; its ETag is in the header.</summary>
    public JsonElement? Present { get; init; }
}

/// <summary>One condition that stands in the way.</summary>
internal sealed record ErrorDetail(string Object, string Condition, string? Observed = null, string? Allowed = null);
