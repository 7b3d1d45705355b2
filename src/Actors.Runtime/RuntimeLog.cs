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

    [LoggerMessage(1003, LogLevel.Critical, "Lane {Lane} of {Incarnation} broke; its last inputs: {Inputs}")]
    public static partial void LaneBroke(ILogger log, Exception error, int lane, string incarnation, string inputs);

    [LoggerMessage(1004, LogLevel.Critical, "A store call of lane {Lane} failed in a way that a store may not")]
    public static partial void StoreBroke(ILogger log, Exception error, int lane);

    [LoggerMessage(1005, LogLevel.Warning, "{Count} snapshots were not written; nothing is lost, the next loads take longer: {Why}")]
    public static partial void SnapshotFailed(ILogger log, int count, string why);

    [LoggerMessage(1064, LogLevel.Error, "The snapshot of {Entity} ends with event {Snapshot}, but its journal with {Last}: it is left aside, and the journal alone counts. The store was edited or lost its tail; check it with: gantry journal verify")]
    public static partial void SnapshotAhead(ILogger log, string entity, long snapshot, long last);

    [LoggerMessage(1065, LogLevel.Error, "{Entity} is without a snapshot for {Count} times in a row, so its loads take ever longer: {Why}")]
    public static partial void SnapshotsFail(ILogger log, string entity, int count, string why);

    [LoggerMessage(1066, LogLevel.Information, "Lane {Lane}: {Entity} ignored a message: {Why}")]
    public static partial void Ignored(ILogger log, int lane, string entity, string why);

    [LoggerMessage(1006, LogLevel.Error, "Lane {Lane}: {Entity} has a bug: {Why}")]
    public static partial void DeciderBug(ILogger log, int lane, string entity, string why);

    [LoggerMessage(1007, LogLevel.Warning, "Lane {Lane}: a message to {Entity} was parked: {Why}")]
    public static partial void MailParked(ILogger log, int lane, string entity, string why);

    [LoggerMessage(1008, LogLevel.Error, "Lane {Lane}: {Entity} is quarantined (bring it back with: gantry entity release): {Why}")]
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

    [LoggerMessage(1067, LogLevel.Error, "Activities did not listen to their cancellation within {Seconds} s and are left behind, with their threads: {Names}. Restart this node when convenient")]
    public static partial void ActivitiesLeftBehind(ILogger log, string names, double seconds);

    [LoggerMessage(1017, LogLevel.Warning, "Housekeeping of the store failed and is tried again: {Why}")]
    public static partial void HousekeepingFailed(ILogger log, string why);

    [LoggerMessage(1063, LogLevel.Warning, "{Entity} ended long ago, but keeps all of its events: {Why}")]
    public static partial void EndedNotTrimmed(ILogger log, string entity, string why);

    [LoggerMessage(1018, LogLevel.Warning, "Lane {Lane}: {Entity} is loaded anew because it threw too often: {Why}")]
    public static partial void Restarted(ILogger log, int lane, string entity, string why);

    [LoggerMessage(1019, LogLevel.Information, "Lane {Lane}: {Entity} is quarantined no more; it was because {Why}")]
    public static partial void Released(ILogger log, int lane, string entity, string why);

    [LoggerMessage(1020, LogLevel.Warning, "Lane {Lane}: a {Command} took a {Kind} entity {TookMs} ms to decide; move the work to a reconciler")]
    public static partial void SlowTurn(ILogger log, int lane, string kind, string command, double tookMs);

    [LoggerMessage(1021, LogLevel.Critical, "{Entity} hangs: {What} did not end within {Seconds} s. Its thread is lost; restart this node when convenient")]
    public static partial void CodeHangs(ILogger log, string entity, string what, double seconds);

    [LoggerMessage(1061, LogLevel.Warning, "{Entity} ran {What} when the process before this one ended; named so three times within an hour it is quarantined")]
    public static partial void RanWhenTheProcessEnded(ILogger log, string entity, string what);

    [LoggerMessage(1062, LogLevel.Warning, "No trace is kept of whose code runs if this process ends, because {Path} cannot be used: {Why}")]
    public static partial void NoTurnsFile(ILogger log, string path, string why);

    [LoggerMessage(1022, LogLevel.Error, "The suspect mark of {Entity} could not be changed: {Why}")]
    public static partial void SuspectNotWritten(ILogger log, string entity, string why);

    [LoggerMessage(1023, LogLevel.Warning, "Lane {Lane} does not end and is left behind; its fence keeps what it still brings out of the store")]
    public static partial void LaneLeftBehind(ILogger log, int lane);

    [LoggerMessage(1024, LogLevel.Error, "The engine joins anew because {Why}; end {Count} of {Max} within {Minutes} min")]
    public static partial void Rejoins(ILogger log, string why, int count, int max, double minutes);

    [LoggerMessage(1025, LogLevel.Warning, "The engine cannot join anew yet: {Why}")]
    public static partial void RejoinFailed(ILogger log, string why);

    [LoggerMessage(1026, LogLevel.Warning, "Shard {Shard} has {Count} messages in the store; from {Max} on its commands are answered overloaded")]
    public static partial void MailPilesUp(ILogger log, int shard, int count, int max);

    [LoggerMessage(1027, LogLevel.Information, "{Entity} was released by {Caller}; {Count} parked messages came back")]
    public static partial void ReleasedBy(ILogger log, string entity, string caller, int count);

    [LoggerMessage(1028, LogLevel.Information, "{Entity} is loaded anew for {Caller}")]
    public static partial void ReloadedBy(ILogger log, string entity, string caller);

    [LoggerMessage(1029, LogLevel.Information, "{Count} dead letters were {What} by {Caller}")]
    public static partial void MailSettledBy(ILogger log, int count, string what, string caller);

    [LoggerMessage(1030, LogLevel.Information, "View {View} was rebuilt for {Caller}: {Count} rows")]
    public static partial void ViewsRebuilt(ILogger log, string view, long count, string caller);

    [LoggerMessage(1031, LogLevel.Warning, "Beats do not reach the store: {Why}")]
    public static partial void BeatFails(ILogger log, string why);

    [LoggerMessage(1032, LogLevel.Error, "The node was told more than it can keep and dropped {What}; the next look makes up for it")]
    public static partial void NodeEventDropped(ILogger log, string what);

    [LoggerMessage(1033, LogLevel.Critical, "The node's part in the cluster broke")]
    public static partial void NodeBroke(ILogger log, Exception error);

    [LoggerMessage(1034, LogLevel.Warning, "Incarnation {Incarnation} is over: {Why}")]
    public static partial void IncarnationOver(ILogger log, string incarnation, string why);

    [LoggerMessage(1035, LogLevel.Warning, "{Node} was quiet for {Seconds} s and is declared dead")]
    public static partial void DeclaredDead(ILogger log, string node, double seconds);

    [LoggerMessage(1036, LogLevel.Warning, "This node could not {Step} and does it again: {Why}")]
    public static partial void NodeStepFailed(ILogger log, string step, string why);

    [LoggerMessage(1037, LogLevel.Information, "{Taken} of {Asked} free shards are ours now")]
    public static partial void Claimed(ILogger log, int taken, int asked);

    [LoggerMessage(1038, LogLevel.Debug, "{Count} shards are served here, {First} first")]
    public static partial void Gained(ILogger log, int count, int first);

    [LoggerMessage(1039, LogLevel.Debug, "Shard {Shard} went to {Node} with epoch {Epoch} after {PauseMs} ms")]
    public static partial void Gave(ILogger log, int shard, string node, long epoch, double pauseMs);

    [LoggerMessage(1040, LogLevel.Warning, "Shard {Shard} did not go to {Node} and stays: {Why}")]
    public static partial void NotGiven(ILogger log, int shard, string node, string why);

    [LoggerMessage(1041, LogLevel.Warning, "{Node} did not say within {Seconds} s that it is ready for shard {Shard}; it stays")]
    public static partial void NotReady(ILogger log, string node, int shard, double seconds);

    [LoggerMessage(1042, LogLevel.Information, "The node drains: {Shards} shards go to others")]
    public static partial void Drains(ILogger log, int shards);

    [LoggerMessage(1043, LogLevel.Warning, "The drain ended with {Shards} shards left, which are released: {Why}")]
    public static partial void DrainCutShort(ILogger log, int shards, string why);

    [LoggerMessage(1044, LogLevel.Warning, "The node could not sign off; others wait for its time-to-live: {Why}")]
    public static partial void NotLeft(ILogger log, string why);

    [LoggerMessage(1045, LogLevel.Warning, "A frame from {Node} cannot be used: {Why}")]
    public static partial void FrameUnusable(ILogger log, string node, string why);

    [LoggerMessage(1046, LogLevel.Information, "The link to {Node} is {State}")]
    public static partial void LinkChanged(ILogger log, string node, string state);

    [LoggerMessage(1047, LogLevel.Warning, "A question of another node, {What}, could not be answered: {Why}")]
    public static partial void InquiryFailed(ILogger log, string what, string why);

    [LoggerMessage(1048, LogLevel.Information, "This process is {Node} from here on; its former run {Former} is over")]
    public static partial void Superseded(ILogger log, string node, string former);

    [LoggerMessage(1049, LogLevel.Information, "{Effect}, ordered by {Caller}")]
    public static partial void OrderedBy(ILogger log, string effect, string caller);

    [LoggerMessage(1015, LogLevel.Error, "Commits have failed for {Seconds} s while beats get through: this node gives its shards away")]
    public static partial void CommitsFail(ILogger log, double seconds);

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
            case LaneNote.Restarted:
                Restarted(log, lane, entity, note.Text);
                break;
            case LaneNote.Released:
                Released(log, lane, entity, note.Text);
                break;
            case LaneNote.Ignored:
                Ignored(log, lane, entity, note.Text);
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
