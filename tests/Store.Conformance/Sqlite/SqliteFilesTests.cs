using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Actors.Storage.Sqlite;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Store.Conformance;

/// <summary>What can become of the files of a store: it opens with all that was acknowledged, or refuses and says what to do.</summary>
[Trait("spec", "engine/3.2")]
public sealed class SqliteFilesTests : IAsyncLifetime
{
    private static readonly EntityAddress A = TestLane.Thing("a");

    private readonly SqliteHarness _harness = new();

    private string Database => Path.Combine(_harness.Folder, "gantry.db");

    private static CancellationToken None => CancellationToken.None;

    private static StoreOptions Options => new(TestLane.ShardCount, [ThingViews.Things]);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _harness.DisposeAsync().AsTask();

    [Fact]
    public async Task A_second_opener_is_refused_with_the_holder_and_the_remedy()
    {
        await using var first = await OpenAsync();

        var refused = await RefusedAsync(_harness.Folder);

        refused.ShouldContain(_harness.Folder);
        refused.ShouldContain($"process {Environment.ProcessId}");
        refused.ShouldContain("gantry.storage.path");
    }

    [Fact]
    public async Task A_second_opener_that_waits_gets_in_when_the_first_leaves()
    {
        var first = await OpenAsync();
        await using var second = new SqliteStore(
            new SqliteStoreOptions { Folder = _harness.Folder }, TimeProvider.System, SystemRandomSource.Instance);
        var opening = second.OpenAsync(Options, None).AsTask();

        opening.IsCompleted.ShouldBeFalse();
        await first.DisposeAsync();
        await opening;
    }

    [Fact]
    public async Task All_that_was_acknowledged_is_there_after_a_crash()
    {
        await using var store = await OpenAsync();
        var lane = await TestLane.JoinAsync(store);
        for (var i = 1; i <= 50; i++)
        {
            (await lane.CommitAsync(lane.WithEvent(A, i))).ShouldBeOfType<CommitResult.Committed>();
        }

        // The files as a killed process leaves them: the log was never copied into the database.
        var crashed = Directory.CreateDirectory(Path.Combine(_harness.Folder, "crashed")).FullName;
        foreach (var file in new[] { Database, Database + "-wal" })
        {
            File.Copy(file, Path.Combine(crashed, Path.GetFileName(file)));
        }

        await using var again = SqliteHarness.On(crashed);
        await again.OpenAsync(Options, None);

        (await ImageAsync(again, A)).Events.Count.ShouldBe(50);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4_096)]
    [InlineData(20_000)]
    public async Task A_file_cut_short_is_refused_and_left_alone(int length)
    {
        await MadeAsync();
        using (var file = File.OpenWrite(Database))
        {
            file.SetLength(length);
        }

        (await RefusedAsync(_harness.Folder)).ShouldContain(Database);
        new FileInfo(Database).Length.ShouldBe(length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4_096)]
    [InlineData(12_288)]
    public async Task A_file_with_garbage_in_it_is_refused(int at)
    {
        await MadeAsync();
        using (var file = File.OpenWrite(Database))
        {
            file.Position = at;
            file.Write(Enumerable.Repeat((byte)0xA5, 4_096).ToArray());
        }

        var refused = await RefusedAsync(_harness.Folder);

        refused.ShouldContain(Database);
        refused.ShouldContain("backup");
    }

    [Fact]
    public async Task A_database_of_another_program_is_refused()
    {
        using (var other = Connection.Open(Database, create: true))
        {
            other.Execute("CREATE TABLE notes (text TEXT)");
        }

        (await RefusedAsync(_harness.Folder)).ShouldContain("not one of Gantry");
    }

    [Fact]
    public async Task A_store_of_a_newer_release_is_refused()
    {
        await MadeAsync();
        Sql("INSERT INTO schema_step VALUES (99, 0, 'x')");

        (await RefusedAsync(_harness.Folder)).ShouldContain("newer release");
    }

    [Fact]
    public async Task A_schema_step_with_another_checksum_is_refused()
    {
        await MadeAsync();
        Sql("UPDATE schema_step SET checksum = 'x' WHERE level = 1");

        (await RefusedAsync(_harness.Folder)).ShouldContain("checksum");
    }

    [Fact]
    public async Task Another_hash_version_is_refused()
    {
        await MadeAsync();
        Sql("UPDATE cluster SET hash_version = hash_version + 1");
        Sql($"UPDATE cluster SET sum = {SummedTable.Of("cluster").Sum}");

        (await RefusedAsync(_harness.Folder)).ShouldContain("hash version");
    }

    [Fact]
    public async Task A_store_that_vanished_is_not_replaced_by_an_empty_one()
    {
        await MadeAsync();
        File.Delete(Database);

        (await RefusedAsync(_harness.Folder)).ShouldContain($"{Database} is gone");
        File.Exists(Database).ShouldBeFalse();
    }

    [Fact]
    public async Task A_start_that_crashed_while_it_made_the_store_is_made_again()
    {
        File.WriteAllText(Database + ".unfinished", "half a database");

        await using var store = await OpenAsync();

        store.Identity.ShardCount.ShouldBe(TestLane.ShardCount);
    }

    [Theory]
    [InlineData("/proc/gantry-store")]
    [InlineData("/dev/null")]
    public async Task A_folder_that_cannot_be_written_is_refused(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        (await RefusedAsync(folder)).ShouldContain("cannot be written");
    }

    [Fact]
    public async Task A_full_disk_at_the_signing_is_refused_and_lets_the_folder_go()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        await MadeAsync();
        var holder = Database + ".holder";
        File.Delete(holder);
        File.CreateSymbolicLink(holder, "/dev/full");

        var refused = await RefusedAsync(_harness.Folder);

        refused.ShouldContain(holder);
        refused.ShouldContain("make room on it");
        File.Delete(holder);
        await using var again = await OpenAsync();
        (await ImageAsync(again, A)).Events.Count.ShouldBe(1);
    }

    [Fact]
    [Trait("spec", "engine/2.6")]
    public async Task A_store_that_a_newer_release_finalized_is_refused()
    {
        await MadeAsync();
        Sql("UPDATE cluster SET write_level = write_level + 1");
        Sql($"UPDATE cluster SET sum = {SummedTable.Of("cluster").Sum}");

        var refused = await RefusedAsync(_harness.Folder);

        refused.ShouldContain(Database);
        refused.ShouldContain("wire level 2");
        refused.ShouldContain("Start that release again");
    }

    [Fact]
    public async Task A_view_with_other_columns_is_made_anew_from_its_documents()
    {
        await using (var store = await OpenAsync())
        {
            var lane = await TestLane.JoinAsync(store);
            await lane.CommitAsync(lane.Empty(A) with { Views = [lane.Upsert(A, "k", 3, new ThingRow("n", 5, "g"))] });
        }

        var changed = new ViewSchema<ThingRow>(
            "things", ThingJson.Default.ThingRow, ViewColumn<ThingRow>.Text("shout", r => r.Name?.ToUpperInvariant()));
        await using var again = SqliteHarness.On(_harness.Folder);
        await again.OpenAsync(Options with { Views = [changed] }, None);

        var page = await again.QueryAsync(
            new ViewRowQuery(changed, [new ViewTest("shout", ViewTestKind.Equal, "N")], "shout", false, null, 10), None);

        (page.Rows.Single().Key, page.Rows[0].Revision, page.Rows[0].Entity).ShouldBe(("k", 3L, A));
    }

    private async Task<SqliteStore> OpenAsync()
    {
        var store = SqliteHarness.On(_harness.Folder);
        await store.OpenAsync(Options, None);
        return store;
    }

    private async Task MadeAsync()
    {
        await using var store = await OpenAsync();
        var lane = await TestLane.JoinAsync(store);
        await lane.CommitAsync(lane.WithEvent(A, 1));
    }

    private static async Task<string> RefusedAsync(string folder)
    {
        await using var store = SqliteHarness.On(folder);
        return (await Should.ThrowAsync<StoreRefusedException>(async () => await store.OpenAsync(Options, None))).Message;
    }

    private static async Task<EntityImage> ImageAsync(SqliteStore store, EntityAddress entity)
    {
        await foreach (var image in store.LoadAsync([entity], None))
        {
            return image;
        }

        throw new InvalidOperationException("a load answers for every entity");
    }

    private void Sql(string sql)
    {
        using var connection = Connection.Open(Database);
        connection.Execute(sql);
    }
}
