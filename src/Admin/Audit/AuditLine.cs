namespace Gantry.Admin;

/// <summary>Who ordered what, by the admin listener or by the API, and what came of it.</summary>
public sealed record AuditLine
{
    /// <summary>The request.</summary>
    public required string Request { get; init; }

    /// <summary>When it was asked.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Name of the user.</summary>
    public required string Caller { get; init; }

    /// <summary>From which address.</summary>
    public required string Address { get; init; }

    /// <summary>Noun and verb of an order; of a write by the API the operation's id.</summary>
    public required string Command { get; init; }

    /// <summary>Its arguments as <c>name=value</c>; of a write by the API method, path and query, and the name in its body.</summary>
    public required string Arguments { get; init; }

    /// <summary><c>asked</c> while it runs or when the node died of it, then <c>done</c>, <c>refused: code</c> or <c>failed</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>The generation that the caller expected; null where it named none.</summary>
    public long? Before { get; init; }

    /// <summary>The generation that came of it; null where the answer says none.</summary>
    public long? After { get; init; }
}
