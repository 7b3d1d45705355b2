using Gantry.Actors;
using Gantry.Actors.Storage.Sqlite;
using Gantry.Primitives;
using Gantry.Tests;

namespace Gantry.Engine.Tests.Supervising;

/// <summary>A process of its own for poison that ends processes: an engine on SQLite with the area of trouble.</summary>
internal static class PoisonHost
{
    /// <summary>What the process says when it has outlived its poison.</summary>
    public const string Survived = "SURVIVED";

    public static async Task<int> Main(string[] args)
    {
        if (args is not ["poison-host", var how, var folder])
        {
            return 0;
        }

        var isFirst = !Directory.Exists(folder);
        var store = new SqliteStore(new SqliteStoreOptions { Folder = folder }, TimeProvider.System, SystemRandomSource.Instance);
        await using (store)
        {
            await using var engine = await EngineHarness.StartAsync([TroubleArea.Module], store, turnsFile: TurnsFile(how, folder));
            if (how == "load" && isFirst)
            {
                // By code that could still read it: the next start has other code.
                TroubleDecider.Mended = TroubleDecider.Mended.Add("victim");
                await engine.MustAsync(TroubleArea.At("victim"), new Provoke("apply", "kill"));
                return 0;
            }

            await PoisonAsync(engine, how == "load" ? "decide" : how);
            await engine.MustAsync(TroubleArea.At("calm"), new Calm());
            var isolated = engine.Engine.EntityAdmin.Quarantined();
            var parked = await engine.Engine.MailAdmin.ListAsync(new MailQuestion(), CancellationToken.None);
            await Console.Out.WriteLineAsync($"{Survived} {isolated.SingleOrDefault()?.Entity} parked={parked.Length}");
        }

        return 0;
    }

    // Without the file of turns a message has to be found by how often it was loaded.
    private static string? TurnsFile(string how, string folder) => how == "mail" ? null : Path.Combine(folder, "turns");

    private static async Task PoisonAsync(EngineHarness engine, string how)
    {
        var victim = TroubleArea.At("victim");
        if (how == "mail")
        {
            await engine.MustAsync(
                TroubleArea.At("sender"), new Post(victim, [new Provoke("decide", "kill"), new Calm()]), key: "posted-once");
            await engine.QuietAsync();
            return;
        }

        // What a client does that got no answer: the same command again, at every start. A quarantined entity says "unavailable".
        await engine.AskAsync(victim, new Provoke(how, "kill"), key: "asked-once");
    }
}
