namespace Gantry.Client;

/// <summary>Where and as whom a client calls.</summary>
public sealed record GantryClientOptions
{
    /// <summary>Base address, for example <c>http://127.0.0.1:8480</c>.</summary>
    public required Uri Address { get; init; }

    /// <summary>Bearer token; null calls without credentials.</summary>
    public string? Token { get; init; }

    /// <summary>How long one call may take, streams excepted. Default 100 s: above the longest deadline of the API (90 s).</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>Asks of every change only what it would do. Default false.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Items asked for per page of a list: 1 to 10,000. Default 1,000.</summary>
    public int PageSize { get; init; } = 1_000;
}
