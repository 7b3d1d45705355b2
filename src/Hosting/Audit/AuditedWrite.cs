namespace Gantry.Hosting;

/// <summary>One write over HTTP as the trail keeps it. Bodies are not in it: they may hold what only the caller may know.</summary>
public sealed record AuditedWrite
{
    /// <summary>Id of the request: <c>x-request-id</c> of its answer.</summary>
    public required string Request { get; init; }

    /// <summary>When it came.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Name of the user.</summary>
    public required string Caller { get; init; }

    /// <summary>From which address.</summary>
    public required string Address { get; init; }

    /// <summary>The operation as the API's document names it: <c>instance_create</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>Method, path and query, and the name that the body gives.</summary>
    public required string Target { get; init; }

    /// <summary><c>done</c>, <c>refused: reason</c>, <c>failed: reason</c>, or <c>unknown</c> when nobody can tell.</summary>
    public required string Outcome { get; init; }

    /// <summary>The generation that the caller expected, by <c>If-Match</c>; null without.</summary>
    public long? Before { get; init; }

    /// <summary>The generation that the answer says; null where it says none.</summary>
    public long? After { get; init; }
}
