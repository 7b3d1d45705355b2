using System.Text.Json;
using Gantry.Actors.Storage.Sqlite;
using Gantry.Cli;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>
/// The drill of engine 3.6 on a node: back up while it works, go on, lose the folder, restore, adopt, start, and every check is clean; what was
/// acknowledged before the backup is there, what came after it is gone, and nothing is doubled.
/// </summary>
[Trait("spec", "engine/3.6")]
public sealed class RestoreDrillTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gantry-drill-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_backup_of_a_working_node_is_restored_adopted_and_clean()
    {
        var copy = Path.Combine(_folder.FullName, "copy.db");
        var data = Path.Combine(_folder.FullName, "new");
        await using (var host = await StartAsync(Path.Combine(_folder.FullName, "old")))
        {
            using var admin = host.As(host.AdminToken);
            for (var i = 0; i < 20; i++)
            {
                await ProjectAsync(admin, $"before-{i}");
            }

            using var stop = new CancellationTokenSource();
            var meanwhile = BusyAsync(admin, stop.Token);
            var run = await CliRun.OfAsync(host, $"store backup {copy}");
            run.ExitCode.ShouldBe(0, run.Error);
            await ProjectAsync(admin, "after-the-backup");
            await stop.CancelAsync();
            await meanwhile;
        }

        var files = new SqliteStoreFiles(data, TimeProvider.System, SystemRandomSource.Instance);
        (await files.RestoreAsync(copy, default)).ShouldBeNull();
        (await files.RestoreAsync(copy, default)).ShouldNotBeNull();
        (await files.RestoreAsync(copy, default)).ShouldEndWith(".before-restore-2");
        (await files.AdoptAsync(default)).ShouldBe(2);
        (await files.MigrateAsync(default)).ShouldBe(0);
        (await files.CheckAsync(default)).ShouldBeEmpty();

        await using var again = await StartAsync(data);
        foreach (var check in (string[])["store check", "journal verify", "view check"])
        {
            var run = await CliRun.OfAsync(again, check);
            run.ExitCode.ShouldBe(0, $"{check}: {run.Out}{run.Error}");
        }

        using var client = again.As(again.AdminToken);
        var names = (await client.ListAsync("/v1/projects")).Select(p => p.Text("name")).ToList();
        names.Count(n => n!.StartsWith("before-", StringComparison.Ordinal)).ShouldBe(20);
        names.ShouldNotContain("after-the-backup");
        names.ShouldBeUnique();
        await ProjectAsync(client, "after-the-backup");
        JsonDocument.Parse((await CliRun.OfAsync(again, "store show -o json")).Out).RootElement.GetProperty("restore_count").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task A_running_node_keeps_every_file_command_out_and_says_so()
    {
        var data = Path.Combine(_folder.FullName, "held");
        await using var host = await StartAsync(data);
        var files = new SqliteStoreFiles(data, TimeProvider.System, SystemRandomSource.Instance);

        foreach (var work in (Func<Task>[])[() => files.CheckAsync(default), () => files.AdoptAsync(default), () => files.MigrateAsync(default), () => files.RestoreAsync("x", default)])
        {
            (await Should.ThrowAsync<Gantry.Actors.Storage.StoreRefusedException>(work)).Message.ShouldContain("is held by another process");
        }

        var run = await CliRun.OfAsync(host, "store restore copy.db --yes");
        run.ExitCode.ShouldBe(ExitCodes.Refused);
        run.Error.ShouldContain("NodeMustStop");
        run.Error.ShouldContain("--from copy.db");
    }

    private static Task<ApiHost> StartAsync(string folder) => ApiHost.StartAsync(new Dictionary<string, string?>
    {
        ["gantry:storage:kind"] = "sqlite", ["gantry:storage:path"] = folder,
    });

    private static Task<ApiAnswer> ProjectAsync(ApiClient client, string name) =>
        client.PostAsync("/v1/projects", new { Name = name, Description = "" }).Expect(201);

    private static async Task BusyAsync(ApiClient client, CancellationToken stop)
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            await ProjectAsync(client, $"busy-{i}");
        }
    }
}
