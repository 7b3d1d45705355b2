using Gantry.Actors.Storage;
using Gantry.Actors.Storage.Sqlite;
using Gantry.Node;
using Gantry.Primitives;
using Microsoft.Extensions.DependencyInjection;

namespace Gantry.Chaos;

/// <summary>The program of the kill-point tests: a node as it is shipped, with a <see cref="MortalStore"/> around its store.</summary>
internal static class MortalNode
{
    /// <summary>Arguments: the configuration file and the file that says after which commit to die.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var app = NodeHost.Build([args[0]], [], builder =>
        {
            var folder = builder.Configuration["gantry:storage:path"] ?? throw new InvalidOperationException("no data folder is configured");
            builder.Services.AddSingleton<IActorStore>(new MortalStore(
                new SqliteStore(new SqliteStoreOptions { Folder = folder }, TimeProvider.System, SystemRandomSource.Instance), args[1]));
        });
        await using (app)
        {
            await app.RunAsync();
            return 0;
        }
    }
}
