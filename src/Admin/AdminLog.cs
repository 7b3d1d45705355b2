using Microsoft.Extensions.Logging;

namespace Gantry.Admin;

/// <summary>Lines of the admin listener. Events 4200 to 4299.</summary>
internal static partial class AdminLog
{
    [LoggerMessage(4200, LogLevel.Information, "admin command {Command} {Arguments} by {Caller} from {Address}, request {Request}: {Outcome}")]
    public static partial void Ran(ILogger log, string command, string arguments, string caller, string address, string request, string outcome);

    [LoggerMessage(4201, LogLevel.Error, "admin command {Command}, request {Request}, threw")]
    public static partial void Threw(ILogger log, Exception why, string command, string request);
}
