using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>What the PostgreSQL store has to say.</summary>
internal static partial class PostgresStoreLog
{
    [LoggerMessage(1120, LogLevel.Information, "Store {Database} on {Host} is open: server {Version}, {ShardCount} shards, cluster {ClusterId}")]
    public static partial void Opened(ILogger logger, string database, string host, string version, int shardCount, Guid clusterId);

    [LoggerMessage(1121, LogLevel.Warning, "The server may lose acknowledged commits: {Settings} (gantry.storage.allow_unsafe is on)")]
    public static partial void Unsafe(ILogger logger, string settings);

    [LoggerMessage(1122, LogLevel.Warning, "{Count} sessions of older incarnations held rows and were ended")]
    public static partial void SessionsEnded(ILogger logger, int count);
}
