using Gantry.Actors.Storage;
using Gantry.Actors.Storage.Postgres;
using Gantry.Actors.Storage.Sqlite;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Hosting;

/// <summary>Makes the store that the settings name.</summary>
internal static class StoreFactory
{
    public static IActorStore Make(StorageOptions options, TimeProvider time, IRandomSource random, ILoggerFactory loggers) => options.Kind switch
    {
        "memory" => new MemoryStore(random),
        "postgres" => new PostgresStore(PostgresOf(options), time, random, loggers.CreateLogger<PostgresStore>()),
        _ => new SqliteStore(new SqliteStoreOptions { Folder = options.Path }, time, random, loggers.CreateLogger<SqliteStore>()),
    };

    private static PostgresStoreOptions PostgresOf(StorageOptions options) => options.Connection.Length == 0
        ? throw new StoreRefusedException(
            "gantry.storage.kind is postgres, but gantry.storage.connection is empty. Give a connection string, for example "
            + "Host=127.0.0.1;Username=gantry;Database=gantry")
        : new PostgresStoreOptions { ConnectionString = options.Connection, IsUnsafeAllowed = options.AllowUnsafe };
}
