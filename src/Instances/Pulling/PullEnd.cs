namespace Gantry.Instances;

/// <summary>What one look at a VMM came to (vmm 3.9): a state, a verdict, or nothing certain.</summary>
/// <param name="Standing">The VMM's record after it; null when there is none any more, or nothing was learnt.</param>
/// <param name="Failure">The verdict, one of <see cref="FailureReasons"/>.</param>
/// <param name="Incomplete">Why nothing is certain: <c>client_error</c>, <c>unreachable</c>, an HTTP status, <c>instance_not_found</c>, <c>update_failed</c>.</param>
internal sealed record PullEnd(VmmStanding? Standing, string? Failure = null, string? Incomplete = null)
{
    public const string Unreachable = "unreachable";
    public const string ClientError = "client_error";
    public const string NotFound = "instance_not_found";
    public const string UpdateFailed = "update_failed";

    /// <summary>For metrics: a closed set but for HTTP statuses, of which there are few.</summary>
    public string Word => Incomplete ?? Failure ?? "success";
}
