namespace Gantry.Admin;

/// <summary>Who ordered what by the admin listener, and what came of it.</summary>
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

    /// <summary>Noun and verb.</summary>
    public required string Command { get; init; }

    /// <summary>Its arguments as <c>name=value</c>.</summary>
    public required string Arguments { get; init; }

    /// <summary><c>asked</c> while it runs or when the node died of it, then <c>done</c>, <c>refused: code</c> or <c>failed</c>.</summary>
    public required string Outcome { get; init; }
}
