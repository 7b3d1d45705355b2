using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>What the SQLite store has to say.</summary>
internal static partial class SqliteStoreLog
{
    [LoggerMessage(1110, LogLevel.Information, "Store {File} is open: {Library}, {ShardCount} shards, cluster {ClusterId}")]
    public static partial void Opened(ILogger logger, string file, string library, int shardCount, Guid clusterId);

    [LoggerMessage(1111, LogLevel.Warning, "The log of {File} could not be copied into it; it grows until that works: {Why}")]
    public static partial void CheckpointFailed(ILogger logger, string file, string why);
}
