using Microsoft.Extensions.Logging;

namespace Gantry.Hosting;

/// <summary>What the host says. Events 1200 to 1299.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(1200, LogLevel.Information, "Gantry starts: store {Store}, {Kinds} kinds, {Views} views, {Reconcilers} reconcilers")]
    public static partial void Starts(this ILogger log, string store, int kinds, int views, int reconcilers);

    [LoggerMessage(1201, LogLevel.Information, "Gantry is ready after {Elapsed}, {Metrics} metrics are kept")]
    public static partial void Ready(this ILogger log, TimeSpan elapsed, int metrics);

    [LoggerMessage(1202, LogLevel.Error, "Gantry cannot start: it failed while it {Doing}")]
    public static partial void CannotStart(this ILogger log, string doing, Exception exception);

    [LoggerMessage(1209, LogLevel.Error, "Gantry cannot start: it was refused while it {Doing}: {Why}")]
    public static partial void StartRefused(this ILogger log, string doing, string why);

    [LoggerMessage(1203, LogLevel.Information, "Gantry stops")]
    public static partial void Stops(this ILogger log);

    [LoggerMessage(1204, LogLevel.Warning, "Stopping {Part} took longer than its share of the stop budget and was left behind")]
    public static partial void LeftBehind(this ILogger log, string part);

    [LoggerMessage(1205, LogLevel.Error, "Stopping {Part} failed")]
    public static partial void StopFailed(this ILogger log, string part, Exception exception);

    [LoggerMessage(1206, LogLevel.Information, "Device {Kind} {Key} is {Change}: its reconciler keys are nudged")]
    public static partial void DeviceChanged(this ILogger log, string kind, string key, Devices.DeviceChange change);

    [LoggerMessage(1208, LogLevel.Critical, "The engine ended: {Why}. Restart this process; its state is in the store")]
    public static partial void EngineEnded(this ILogger log, string why);
}
