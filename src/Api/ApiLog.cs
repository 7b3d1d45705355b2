using Microsoft.Extensions.Logging;

namespace Gantry.Api;

/// <summary>Log lines of the gateway: EventIds 4000 to 4099.</summary>
internal static partial class ApiLog
{
    [LoggerMessage(4000, LogLevel.Information, "{Operation} {Path} by {Caller} from {Address}, request {RequestId}: {Status}")]
    public static partial void Written(
        this ILogger logger, string operation, string path, string caller, string address, string requestId, int status);

    [LoggerMessage(4001, LogLevel.Error, "{Operation} failed by a bug of ours, request {RequestId}")]
    public static partial void Broke(this ILogger logger, Exception exception, string operation, string requestId);

    [LoggerMessage(4002, LogLevel.Warning, "watch of request {RequestId} is slower than its buffer and was cut")]
    public static partial void WatchCut(this ILogger logger, string requestId);
}
