using Gantry.Actors.Kernel;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>Log lines of the engine's shells: 1000 to 1049.</summary>
internal static partial class RuntimeLog
{
    [LoggerMessage(1000, LogLevel.Information, "The engine is up: incarnation {Incarnation}, {Shards} shards on {Lanes} lanes")]
    public static partial void Started(ILogger log, string incarnation, int shards, int lanes);

    [LoggerMessage(1001, LogLevel.Information, "The engine has stopped")]
    public static partial void Stopped(ILogger log);

    [LoggerMessage(1002, LogLevel.Error, "Lane {Lane} is over and everybody in hand was answered: {Why}")]
    public static partial void LaneEnded(ILogger log, int lane, string why);

    [LoggerMessage(1003, LogLevel.Critical, "Lane {Lane} broke; its last inputs: {Inputs}")]
    public static partial void LaneBroke(ILogger log, Exception error, int lane, string inputs);

    [LoggerMessage(1004, LogLevel.Critical, "A store call of lane {Lane} failed in a way that a store may not")]
    public static partial void StoreBroke(ILogger log, Exception error, int lane);

    [LoggerMessage(1005, LogLevel.Warning, "{Count} snapshots were not written; nothing is lost, the next loads take longer: {Why}")]
    public static partial void SnapshotFailed(ILogger log, int count, string why);

    [LoggerMessage(1006, LogLevel.Error, "Lane {Lane}: {Entity} has a bug: {Why}")]
    public static partial void DeciderBug(ILogger log, int lane, string entity, string why);

    [LoggerMessage(1007, LogLevel.Warning, "Lane {Lane}: a message to {Entity} was parked: {Why}")]
    public static partial void MailParked(ILogger log, int lane, string entity, string why);

    [LoggerMessage(1008, LogLevel.Error, "Lane {Lane}: {Entity} is quarantined, its data cannot be read: {Why}")]
    public static partial void Quarantined(ILogger log, int lane, string entity, string why);

    [LoggerMessage(1009, LogLevel.Error, "Lane {Lane}: the store refused rows of {Entity}: {Why}")]
    public static partial void Poisoned(ILogger log, int lane, string entity, string why);

    [LoggerMessage(1010, LogLevel.Warning, "Lane {Lane}: the store did not answer and is asked again: {Why}")]
    public static partial void StoreUnavailable(ILogger log, int lane, string why);

    [LoggerMessage(1011, LogLevel.Information, "Lane {Lane}: a broken commit was resolved: {Why}")]
    public static partial void CommitResolved(ILogger log, int lane, string why);

    [LoggerMessage(1012, LogLevel.Debug, "Lane {Lane}: {Entity} lost a claim: {Why}")]
    public static partial void ClaimConflict(ILogger log, int lane, string entity, string why);

    [LoggerMessage(1013, LogLevel.Warning, "Activity {Name} failed on {Token} and will be run again in {Delay}: {Why}")]
    public static partial void ActivityFailed(ILogger log, string name, string token, TimeSpan delay, string why);

    [LoggerMessage(1014, LogLevel.Error, "There is no activity named {Name}; the one who waits for {Token} is told so")]
    public static partial void NoActivity(ILogger log, string name, string token);

    [LoggerMessage(1015, LogLevel.Warning, "Old receipts were not removed and will be later: {Why}")]
    public static partial void TrimFailed(ILogger log, string why);

    [LoggerMessage(1016, LogLevel.Error, "An event of {Entity} cannot be read and is left out of the feed: {Why}")]
    public static partial void FeedEventUnreadable(ILogger log, string entity, string why);

    public static void Note(ILogger log, LaneOutput.Note note, int lane)
    {
        var entity = note.Entity?.ToString() ?? "";
        switch (note.What)
        {
            case LaneNote.DeciderBug:
                DeciderBug(log, lane, entity, note.Text);
                break;
            case LaneNote.MailParked:
                MailParked(log, lane, entity, note.Text);
                break;
            case LaneNote.Quarantined:
                Quarantined(log, lane, entity, note.Text);
                break;
            case LaneNote.Poisoned:
                Poisoned(log, lane, entity, note.Text);
                break;
            case LaneNote.StoreUnavailable:
                StoreUnavailable(log, lane, note.Text);
                break;
            case LaneNote.CommitResolved:
                CommitResolved(log, lane, note.Text);
                break;
            default:
                ClaimConflict(log, lane, entity, note.Text);
                break;
        }
    }
}
