namespace Gantry.Sled.Simulator;

/// <summary>Sends one ring and says how it ended.</summary>
internal interface IRingSender
{
    /// <summary>Never throws for what the network can do.</summary>
    Task<RingResult> SendAsync(Guid vmm, CancellationToken ct);
}

/// <summary>End of a ring.</summary>
/// <param name="Status">HTTP status; 0 when there was none.</param>
/// <param name="ErrorCode">The code in the body of an error.</param>
/// <param name="Why">For logs.</param>
internal readonly record struct RingResult(int Status, string? ErrorCode, string Why)
{
    /// <summary>Only this makes a sled forget (3.8): a bare 404 is an unknown route.</summary>
    public bool IsUnknownVmm => Status == 404 && ErrorCode == "ObjectNotFound";

    /// <summary>Transport errors and 5xx are tried again; everything else is final (D4).</summary>
    public bool IsFinal => Status is > 0 and < 500;
}
