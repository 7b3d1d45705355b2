using Gantry.Actors.Storage;
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
        _ => new SqliteStore(new SqliteStoreOptions { Folder = options.Path }, time, random, loggers.CreateLogger<SqliteStore>()),
    };
}
