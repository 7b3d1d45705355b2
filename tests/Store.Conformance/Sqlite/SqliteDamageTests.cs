using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Actors.Storage.Sqlite;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Store.Conformance;

/// <summary>Damaged logs, backups, and a backup put in place of what was there.</summary>
[Trait("spec", "engine/3.6")]
public sealed class SqliteDamageTests : IAsyncLifetime
{
    private const int Commits = 20;

    private static readonly EntityAddress A = TestLane.Thing("a");

    private readonly SqliteHarness _harness = new();

    private static CancellationToken None => CancellationToken.None;

    private static StoreOptions Options => new(TestLane.ShardCount, [ThingViews.Things]);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _harness.DisposeAsync().AsTask();

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.8)]
    public async Task A_byte_that_flipped_in_the_log_before_other_commits_is_refused_and_not_skipped(double place)
    {
        var folder = await CrashedAsync();
        var log = Path.Combine(folder, "gantry.db-wal");
        Flip(log, (long)(new FileInfo(log).Length * place) + 9);

        var refused = await RefusedAsync(folder);

        refused.ShouldContain(log);
        refused.ShouldContain("truncate -s");
    }

    [Fact]
    public async Task A_tail_that_a_crash_tore_is_what_was_never_acknowledged_and_opens()
    {
        var folder = await CrashedAsync();
        using (var log = new FileStream(Path.Combine(folder, "gantry.db-wal"), FileMode.Open))
        {
            log.SetLength(log.Length - 100);
        }

        (await CountAsync(folder)).ShouldBe(Commits - 1);
    }

    [Fact]
    public async Task The_way_out_of_a_damaged_log_keeps_what_came_before()
    {
        var folder = await CrashedAsync();
        var log = Path.Combine(folder, "gantry.db-wal");
        Flip(log, new FileInfo(log).Length / 2);
        var at = LogCheck.FindDamage(log)!.Value.At;

        using (var file = new FileStream(log, FileMode.Open))
        {
            file.SetLength(at);
        }

        (await CountAsync(folder)).ShouldBeInRange(1, Commits - 1);
    }

    [Fact]
    public async Task A_backup_is_restored_adopted_and_fences_whoever_wrote_before()
    {
        var backup = Path.Combine(_harness.Folder, "backup.db");
        await using (var store = await OpenAsync(_harness.Folder))
        {
            var lane = await TestLane.JoinAsync(store);
            await lane.CommitAsync(lane.WithEvent(A, 1));
            await store.Maintenance!.BackupAsync(backup, None);
            await lane.CommitAsync(lane.WithEvent(A, 2));
        }

        var former = await Files(_harness.Folder).RestoreAsync(backup, None);

        former.ShouldNotBeNull();
        File.Exists(former).ShouldBeTrue();
        await using var again = await OpenAsync(_harness.Folder);
        again.Identity.RestoreCount.ShouldBe(1);
        (await ImageAsync(again, A)).Events.Count.ShouldBe(1);
        (await again.JoinAsync(new Incarnation(Guid.NewGuid()), "n", 1, None)).ShouldAllBe(s => s.Epoch > 4_096);
    }

    [Fact]
    public async Task A_backup_never_overwrites_and_a_damaged_one_is_not_put_in_place()
    {
        var backup = Path.Combine(_harness.Folder, "backup.db");
        await using (var store = await OpenAsync(_harness.Folder))
        {
            await store.Maintenance!.BackupAsync(backup, None);
            (await Should.ThrowAsync<StoreRefusedException>(async () => await store.Maintenance!.BackupAsync(backup, None)))
                .Message.ShouldContain("never overwrites");
        }

        using (var file = File.OpenWrite(backup))
        {
            file.SetLength(6_000);
        }

        (await Should.ThrowAsync<StoreRefusedException>(() => Files(_harness.Folder).RestoreAsync(backup, None))).Message.ShouldContain("backup");
        (await Files(_harness.Folder).CheckAsync(None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Files_of_a_store_that_a_process_holds_are_left_alone()
    {
        await using var store = await OpenAsync(_harness.Folder);

        (await Should.ThrowAsync<StoreRefusedException>(() => Files(_harness.Folder).AdoptAsync(None))).Message.ShouldContain("another process");
    }

    private static SqliteStoreFiles Files(string folder) => new(folder, TimeProvider.System, SystemRandomSource.Instance);

    private static async Task<SqliteStore> OpenAsync(string folder)
    {
        var store = SqliteHarness.On(folder);
        await store.OpenAsync(Options, None);
        return store;
    }

    // The files as a killed process leaves them: everything is in the log.
    private async Task<string> CrashedAsync()
    {
        await using var store = await OpenAsync(_harness.Folder);
        var lane = await TestLane.JoinAsync(store);
        for (var i = 1; i <= Commits; i++)
        {
            (await lane.CommitAsync(lane.WithEvent(A, i))).ShouldBeOfType<CommitResult.Committed>();
        }

        var crashed = Directory.CreateDirectory(Path.Combine(_harness.Folder, "crashed")).FullName;
        foreach (var name in new[] { "gantry.db", "gantry.db-wal" })
        {
            File.Copy(Path.Combine(_harness.Folder, name), Path.Combine(crashed, name));
        }

        return crashed;
    }

    private static void Flip(string path, long at)
    {
        using var file = new FileStream(path, FileMode.Open);
        file.Position = at;
        var before = (byte)file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(before ^ 0x10));
    }

    private static async Task<string> RefusedAsync(string folder)
    {
        await using var store = SqliteHarness.On(folder);
        return (await Should.ThrowAsync<StoreRefusedException>(async () => await store.OpenAsync(Options, None))).Message;
    }

    private static async Task<int> CountAsync(string folder)
    {
        await using var store = await OpenAsync(folder);
        return (await ImageAsync(store, A)).Events.Count;
    }

    private static async Task<EntityImage> ImageAsync(SqliteStore store, EntityAddress entity)
    {
        await foreach (var image in store.LoadAsync([entity], None))
        {
            return image;
        }

        throw new InvalidOperationException("a load answers for every entity");
    }
}
