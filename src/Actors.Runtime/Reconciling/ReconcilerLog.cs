using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>What reconcilers say. Events 1050 to 1069 of the runtime's block.</summary>
internal static partial class ReconcilerLog
{
    [LoggerMessage(1050, LogLevel.Warning, "Reconciler {Reconciler} fails on {Key} and will retry: {Reason}")]
    public static partial void KeyFails(this ILogger log, string reconciler, string key, string reason);

    [LoggerMessage(1051, LogLevel.Debug, "Reconciler {Reconciler} fails on {Key}, attempt {Attempt}: {Reason}")]
    public static partial void KeyFailsAgain(this ILogger log, string reconciler, string key, int attempt, string reason);

    [LoggerMessage(1052, LogLevel.Information, "Reconciler {Reconciler} succeeds on {Key} again after {Failures} failures")]
    public static partial void KeyRecovered(this ILogger log, string reconciler, string key, int failures);

    [LoggerMessage(1053, LogLevel.Debug, "A turn of reconciler {Reconciler} on {Key} threw")]
    public static partial void TurnThrew(this ILogger log, string reconciler, string key, Exception exception);

    [LoggerMessage(1054, LogLevel.Warning, "Reconciler {Reconciler} cannot list its keys and will retry")]
    public static partial void ListingFailed(this ILogger log, string reconciler, Exception exception);

    [LoggerMessage(1055, LogLevel.Warning, "Reconciler {Reconciler} has no room for {Count} keys; they are tried at the next listing")]
    public static partial void TooManyKeys(this ILogger log, string reconciler, int count);

    [LoggerMessage(1056, LogLevel.Error, "The queue of reconciler {Reconciler} broke; it starts over")]
    public static partial void WorkerRestarts(this ILogger log, string reconciler, Exception exception);

    [LoggerMessage(1057, LogLevel.Warning, "Reconciler {Reconciler} stopped with {Count} turns still running")]
    public static partial void TurnsLeftBehind(this ILogger log, string reconciler, int count);

    [LoggerMessage(1069, LogLevel.Warning, "The shard of {Key} has left, and the turn of reconciler {Reconciler} on it does not hear that it is cancelled: it is forgotten")]
    public static partial void TurnForgotten(this ILogger log, string reconciler, string key);

    [LoggerMessage(1068, LogLevel.Error, "The turn of reconciler {Reconciler} on {Key} hangs: it has not ended after {Seconds} s, though it was cancelled. Other keys go on; restart this node when convenient")]
    public static partial void TurnHangs(this ILogger log, string reconciler, string key, double seconds);

    [LoggerMessage(1058, LogLevel.Warning, "A nudge for reconciler {Reconciler} was dropped: there is none of that name")]
    public static partial void NudgeWithoutReconciler(this ILogger log, string reconciler);

    [LoggerMessage(1060, LogLevel.Warning, "Reconciler {Reconciler} paused: {IsPaused}, by {Caller}")]
    public static partial void Paused(this ILogger log, string reconciler, bool isPaused, string caller);

    [LoggerMessage(1059, LogLevel.Error, "A nudge rule of reconciler {Reconciler} threw on {Entity}")]
    public static partial void NudgeRuleThrew(this ILogger log, string reconciler, EntityAddress entity, Exception exception);
}
