using Microsoft.Extensions.Logging;

namespace Gantry.Devices;

internal static partial class AdapterLog
{
    [LoggerMessage(3000, LogLevel.Information, "{Kind} {Key} answers again.")]
    public static partial void Up(ILogger logger, string kind, string key);

    [LoggerMessage(3001, LogLevel.Warning, "{Kind} {Key} is suspect: {Why}")]
    public static partial void Suspect(ILogger logger, string kind, string key, string? why);

    [LoggerMessage(3002, LogLevel.Warning, "{Kind} {Key} is down; calls fail at once until a probe succeeds: {Why}")]
    public static partial void Down(ILogger logger, string kind, string key, string? why);

    [LoggerMessage(3003, LogLevel.Warning, "{Kind} {Key} was restarted and lost its state; all of it is pushed again.")]
    public static partial void Reborn(ILogger logger, string kind, string key);

    [LoggerMessage(3004, LogLevel.Error, "Adapter of {Kind} {Key} threw in {Operation} and was restarted ({Count} in 5 min).")]
    public static partial void Restarted(ILogger logger, Exception why, string kind, string key, string operation, int count);

    [LoggerMessage(3005, LogLevel.Error, "Adapter of {Kind} {Key} threw too often and stays down until the node restarts.")]
    public static partial void Held(ILogger logger, string kind, string key);

    [LoggerMessage(3006, LogLevel.Error, "The listener for changes of {Kind} {Key} threw.")]
    public static partial void ListenerThrew(ILogger logger, Exception why, string kind, string key);

    [LoggerMessage(3007, LogLevel.Error, "Adapter of {Kind} {Key} threw in {Operation}, which it passes on to the node that holds the device.")]
    public static partial void CallThrew(ILogger logger, Exception why, string kind, string key, string operation);
}
