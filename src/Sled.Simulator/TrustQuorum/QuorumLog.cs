using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Sled.Simulator;

/// <summary>Log lines of simulated quorum nodes: 3240 to 3259.</summary>
internal static partial class QuorumLog
{
    [LoggerMessage(3240, LogLevel.Debug, "Quorum node of {Serial}: {What}, epoch {Epoch}, peer {Peer}")]
    public static partial void Note(ILogger log, string serial, TqNoteKind what, ulong epoch, BaseboardId? peer);

    [LoggerMessage(3241, LogLevel.Error, "Quorum node of {Serial} stopped; restart the sled")]
    public static partial void Stopped(ILogger log, Exception why, string serial);

    [LoggerMessage(3242, LogLevel.Information, "Sled {Serial} unlocked its disks with the secret of epoch {Epoch}")]
    public static partial void Unlocked(ILogger log, string serial, ulong epoch);

    [LoggerMessage(3243, LogLevel.Warning, "Sled {Serial} cannot unlock its disks yet: {Why}")]
    public static partial void Locked(ILogger log, string serial, string why);

    [LoggerMessage(3245, LogLevel.Warning, "Sled {Serial}: a copy of the quorum state {What} at {Folder}, the other one serves: {Why}")]
    public static partial void DriveTrouble(ILogger log, string serial, string what, string folder, string why);

    [LoggerMessage(3246, LogLevel.Warning, "Quorum node of {Serial}: {What}, epoch {Epoch}, peer {Peer}")]
    public static partial void Alarmed(ILogger log, string serial, TqNoteKind what, ulong epoch, BaseboardId? peer);

    [LoggerMessage(3247, LogLevel.Warning, "Sled {Serial}: its disks have the key of epoch {Keyed} and the node knows {Latest}; they are left alone")]
    public static partial void DisksAhead(ILogger log, string serial, ulong? keyed, ulong latest);

    [LoggerMessage(3244, LogLevel.Information, "Sled {Serial} was started as {Id} by a member of its rack")]
    public static partial void AgentStarted(ILogger log, string serial, Guid id);
}
