using System.CommandLine;
using Gantry.Actors.Storage;
using Gantry.Actors.Storage.Postgres;
using Gantry.Actors.Storage.Sqlite;
using Gantry.Primitives;

namespace Gantry.Node;

/// <summary><c>store</c>: what is done to the files of a SQLite store while the node is stopped; <c>adopt</c> also to a PostgreSQL store. A running node backs up by <c>gantry</c>.</summary>
internal static class StoreCommand
{
    public static Command Create()
    {
        var path = new Option<string>("--path") { Description = "The data folder (gantry.storage.path).", DefaultValueFactory = _ => "data" };
        var from = new Option<string>("--from") { Description = "The backup file.", Required = true };
        var check = new Command("check", "Reads every page, every index, the checksum of every row and the whole log.") { path };
        check.SetAction((parsed, ct) => RunAsync(parsed.GetValue(path), files => CheckAsync(files, ct)));
        var restore = new Command("restore", "Puts a backup in place and adopts it; what was there is kept beside it.") { path, from };
        restore.SetAction((parsed, ct) => RunAsync(parsed.GetValue(path), files => RestoreAsync(files, parsed.GetValue(from)!, ct))); // required
        var adopt = new Command("adopt", "Declares files that came here by other means to be the store: fences all former nodes.") { path };
        var connection = new Option<string>("--connection") { Description = "Instead of a folder: gantry.storage.connection of a PostgreSQL store whose nodes are stopped." };
        adopt.Options.Add(connection);
        adopt.SetAction((parsed, ct) => parsed.GetValue(connection) is { } database
            ? AdoptAsync(database, ct)
            : RunAsync(parsed.GetValue(path), files => AdoptAsync(files, ct)));
        var migrate = new Command("migrate", "Applies the schema steps of this release, as the next start would.") { path };
        migrate.SetAction((parsed, ct) => RunAsync(parsed.GetValue(path), files => MigrateAsync(files, ct)));
        return new Command("store", "Checks, restores, adopts or migrates the files of a stopped node.") { check, restore, adopt, migrate };
    }

    private static async Task<int> AdoptAsync(string connection, CancellationToken ct)
    {
        try
        {
            var restores = await new PostgresAdoption(new PostgresStoreOptions { ConnectionString = connection }, TimeProvider.System)
                .AdoptAsync(ct).ConfigureAwait(false);
            Console.WriteLine($"adopted; restores counted: {restores}. Start the nodes.");
            return 0;
        }
        catch (StoreRefusedException e)
        {
            await Console.Error.WriteLineAsync($"error: {e.Message}").ConfigureAwait(false);
            return StartFailure.ExitCode;
        }
    }

    private static async Task<int> RunAsync(string? path, Func<SqliteStoreFiles, Task<int>> work)
    {
        try
        {
            return await work(new SqliteStoreFiles(path!, TimeProvider.System, SystemRandomSource.Instance)).ConfigureAwait(false); // has a default
        }
        catch (StoreRefusedException e)
        {
            await Console.Error.WriteLineAsync($"error: {e.Message}").ConfigureAwait(false);
            return StartFailure.ExitCode;
        }
    }

    private static async Task<int> CheckAsync(SqliteStoreFiles files, CancellationToken ct)
    {
        var found = await files.CheckAsync(ct).ConfigureAwait(false);
        foreach (var line in found.DefaultIfEmpty("nothing is wrong"))
        {
            Console.WriteLine(line);
        }

        return found.IsEmpty ? 0 : 1;
    }

    private static async Task<int> RestoreAsync(SqliteStoreFiles files, string from, CancellationToken ct)
    {
        var former = await files.RestoreAsync(from, ct).ConfigureAwait(false);
        Console.WriteLine($"{from} is in place and adopted. {(former is null ? "There was no store before." : $"What was there is kept as {former}.")}");
        return 0;
    }

    private static async Task<int> AdoptAsync(SqliteStoreFiles files, CancellationToken ct)
    {
        Console.WriteLine($"adopted; restores counted: {await files.AdoptAsync(ct).ConfigureAwait(false)}. Start the node.");
        return 0;
    }

    private static async Task<int> MigrateAsync(SqliteStoreFiles files, CancellationToken ct)
    {
        Console.WriteLine(await files.MigrateAsync(ct).ConfigureAwait(false) is > 0 and var applied
            ? $"{applied} schema step{(applied == 1 ? "" : "s")} applied. Start the node."
            : "nothing to do: the store has every step of this release");
        return 0;
    }
}
