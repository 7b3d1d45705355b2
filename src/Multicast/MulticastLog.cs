using Microsoft.Extensions.Logging;

namespace Gantry.Multicast;

/// <summary>Every log line of the area; event ids from 2300.</summary>
internal static partial class MulticastLog
{
    [LoggerMessage(2300, LogLevel.Warning, "switch {Switch} does not answer, it is left out: {Why}")]
    public static partial void SwitchSilent(this ILogger log, string @switch, string why);

    [LoggerMessage(2301, LogLevel.Warning, "switch {Switch} answers with errors: {Why}")]
    public static partial void SwitchFails(this ILogger log, string @switch, string why);

    [LoggerMessage(2302, LogLevel.Warning, "group {Group} is not right on switch {Switch}: {Why}")]
    public static partial void GroupWrong(this ILogger log, string group, string @switch, string why);

    [LoggerMessage(2303, LogLevel.Information, "group {Group} was repaired on switch {Switch}, which had lost or changed it")]
    public static partial void DriftRepaired(this ILogger log, string group, string @switch);

    [LoggerMessage(2304, LogLevel.Information, "orphan {Tag} removed from switch {Switch}")]
    public static partial void OrphanRemoved(this ILogger log, string tag, string @switch);

    [LoggerMessage(2305, LogLevel.Warning, "switch {Switch} holds {Address} under the foreign tag {Tag}; it is left alone")]
    public static partial void ForeignFound(this ILogger log, string @switch, string address, string tag);

    [LoggerMessage(2306, LogLevel.Warning, "switch {Switch} has diverged on {Tag}: its objects are removed and made again")]
    public static partial void Diverged(this ILogger log, string @switch, string tag);

    [LoggerMessage(2307, LogLevel.Error, "switch {Switch} has diverged beyond repair by tag: every group is removed and made again")]
    public static partial void FullReset(this ILogger log, string @switch);

    [LoggerMessage(2312, LogLevel.Error, "switch {Switch} has diverged beyond repair by tag and holds entries of others: it has to be emptied by hand")]
    public static partial void CannotReset(this ILogger log, string @switch);

    [LoggerMessage(2308, LogLevel.Information, "group {Group} is {To}, was {From}: {Reason}")]
    public static partial void GroupIs(this ILogger log, string group, string from, string to, string reason);

    [LoggerMessage(EventId = 2309, Message = "member {Member} of group {Group}, instance {Instance}, is {To}, was {From}: {Reason}")]
    public static partial void MemberIs(
        this ILogger log, LogLevel level, string member, string group, string instance, string from, string to, string reason);

    [LoggerMessage(2310, LogLevel.Debug, "join of {Group} lost a race and starts over, attempt {Attempt}: {Why}")]
    public static partial void JoinStartsOver(this ILogger log, string group, int attempt, string why);

    [LoggerMessage(2311, LogLevel.Warning, "reservation or address of group {Group} could not be given back at once, its owner's check will: {Why}")]
    public static partial void GiveBackLater(this ILogger log, string group, string why);
}
