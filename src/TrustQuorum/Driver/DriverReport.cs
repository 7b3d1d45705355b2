using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.TrustQuorum;

/// <summary>What one pass over one rack did.</summary>
internal sealed record DriverReport(RackId Rack, long Epoch)
{
    /// <summary>A body of one line instead of results.</summary>
    public string? Line { get; init; }

    /// <summary>Why the pass failed as a whole.</summary>
    public string? Error { get; init; }

    public ImmutableArray<CommitResult> Commits { get; init; } = [];

    public ImmutableArray<StartResult> Starts { get; init; } = [];

    public const string Preparing = "Prepare phase in progress.";

    public const string Committing = "Commit phase in progress.";

    public const string Inactive = "Configuration became inactive: fully committed or aborted.";

    public static string Decommissioned(BaseboardId coordinator) => $"Coordinator ({coordinator}) was decommissioned.";
}

/// <summary>What one client carried.</summary>
internal sealed record CommitResult(
    BaseboardId Client, ImmutableArray<BaseboardId> Acked, ImmutableArray<BaseboardId> Pending, ImmutableArray<string> Errors);

/// <summary>What one helper started.</summary>
internal sealed record StartResult(
    BaseboardId Client, ImmutableArray<(BaseboardId Sled, SledId Id)> Started, ImmutableArray<(BaseboardId Sled, string Why)> Errors);
