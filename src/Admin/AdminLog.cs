using Microsoft.Extensions.Logging;

namespace Gantry.Admin;

/// <summary>Lines of the admin listener. Events 4200 to 4299.</summary>
internal static partial class AdminLog
{
    [LoggerMessage(4200, LogLevel.Information, "admin command {Command} {Arguments} by {Caller} from {Address}, request {Request}: {Outcome}")]
    public static partial void Ran(ILogger log, string command, string arguments, string caller, string address, string request, string outcome);

    [LoggerMessage(4201, LogLevel.Error, "admin command {Command}, request {Request}, threw")]
    public static partial void Threw(ILogger log, Exception why, string command, string request);

    [LoggerMessage(4202, LogLevel.Warning, "the audit of API writes cannot be written for now ({Why}); {Waiting} wait, and the writes themselves go on")]
    public static partial void AuditWaits(ILogger log, string why, int waiting);

    [LoggerMessage(4203, LogLevel.Warning, "{Count} API writes are missing from the audit trail: there was no room for more. The log and the journal have them")]
    public static partial void AuditGap(ILogger log, long count);

    [LoggerMessage(4204, LogLevel.Warning, "{Count} API writes did not reach the audit trail before the stop ({Why}). The log and the journal have them")]
    public static partial void AuditLeft(ILogger log, int count, string why);
}
