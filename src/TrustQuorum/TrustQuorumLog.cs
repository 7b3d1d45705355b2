using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.TrustQuorum;

/// <summary>Every log line of the area; event ids from 2400.</summary>
internal static partial class TrustQuorumLog
{
    [LoggerMessage(2400, LogLevel.Information, "rack {Rack}: coordinator {Sled} took epoch {Epoch}")]
    public static partial void CoordinatorTook(this ILogger log, RackId rack, long epoch, BaseboardId sled);

    [LoggerMessage(2401, LogLevel.Warning, "rack {Rack}: coordinator {Sled} did not take epoch {Epoch}, which stays preparing: {Why}")]
    public static partial void CoordinatorFailed(this ILogger log, RackId rack, long epoch, BaseboardId sled, string why);

    [LoggerMessage(2402, LogLevel.Information, "rack {Rack}: epoch {Epoch} is committing")]
    public static partial void Committing(this ILogger log, RackId rack, long epoch);

    [LoggerMessage(2403, LogLevel.Information, "rack {Rack}: every member committed epoch {Epoch}")]
    public static partial void Committed(this ILogger log, RackId rack, long epoch);

    [LoggerMessage(2404, LogLevel.Warning, "rack {Rack}: coordinator {Sled} holds no state for epoch {Epoch}; an abort is needed")]
    public static partial void CoordinatorLost(this ILogger log, RackId rack, long epoch, BaseboardId sled);

    [LoggerMessage(2405, LogLevel.Information, "rack {Rack}: the agent of {Sled} was started as sled {Id} by {Helper}")]
    public static partial void SledStarted(this ILogger log, RackId rack, BaseboardId sled, SledId id, BaseboardId helper);

    [LoggerMessage(2406, LogLevel.Warning, "rack {Rack}: the agent of {Sled} could not be started: {Why}")]
    public static partial void SledNotStarted(this ILogger log, RackId rack, BaseboardId sled, string why);

    [LoggerMessage(2407, LogLevel.Warning, "rack {Rack}: a report on epoch {Epoch} was rejected: {Why}")]
    public static partial void ReportRejected(this ILogger log, RackId rack, long epoch, string why);
}
