namespace Gantry.Actors.Runtime;

/// <summary>How an engine runs.</summary>
public sealed record ActorEngineOptions
{
    /// <summary>Name of the node in the store and in logs.</summary>
    public string NodeId { get; init; } = "node-1";

    /// <summary>Shards of a store that is created; one that exists must agree. 1 to 4,096.</summary>
    public int ShardCount { get; init; } = ShardId.DefaultCount;

    /// <summary>Single-threaded loops that share the shards. One for SQLite, whose writer is one anyway (engine 3.2).</summary>
    public int Lanes { get; init; } = 1;

    /// <summary>How it is a member of a cluster; not looked at without membership.</summary>
    public ClusterOptions Cluster { get; init; } = new();

    /// <summary>One run of an activity; past it the activity is cancelled and run again with back-off.</summary>
    public TimeSpan ActivityDeadline { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>At stop, commands in hand are waited for so long.</summary>
    public TimeSpan StopPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Dead letters older than this are removed (engine 3.5).</summary>
    public TimeSpan ParkedFor { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Entities that ended longer ago keep their state and their last event only (engine 3.5).</summary>
    public TimeSpan EndedFor { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Folder for the last inputs of a lane that broke; null writes them to the log.</summary>
    public string? EvidenceFolder { get; init; }

    /// <summary>
    /// File that names, after the process ended, whose code ran then; removed at a stop in order. Null keeps no such trace, so a client command
    /// that ends the process does so as often as it is sent.
    /// </summary>
    public string? TurnsFile { get; init; }
}
