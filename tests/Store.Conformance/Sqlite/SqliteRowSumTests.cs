using System.Text;
using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Actors.Storage.Sqlite;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Store.Conformance;

/// <summary>A flipped byte of the database file is found, or it changed nothing (decision 0008).</summary>
[Trait("spec", "engine/3.2")]
public sealed class SqliteRowSumTests : IAsyncLifetime
{
    private const int Entities = 40;

    private static readonly byte[] Marker = "a body of which one byte will flip"u8.ToArray();

    private readonly SqliteHarness _harness = new();
    private readonly List<(EntityAddress Entity, string Key)> _receipts = [];

    private string Database => Path.Combine(_harness.Folder, "gantry.db");

    private static CancellationToken None => CancellationToken.None;

    private static StoreOptions Options => new(TestLane.ShardCount, [ThingViews.Things]);

    private static EntityAddress Marked => TestLane.Thing("t7");

    public Task InitializeAsync() => FillAsync();

    public Task DisposeAsync() => _harness.DisposeAsync().AsTask();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_byte_that_flips_anywhere_is_found_or_changes_nothing(int seed)
    {
        var random = new Random(seed);
        var before = await DumpAsync(Database);
        var found = 0;
        for (var i = 0; i < 120; i++)
        {
            var at = random.NextInt64(new FileInfo(Database).Length);
            var bits = (byte)random.Next(1, 256);
            var copy = Flipped(at, bits);

            if (await IsFoundAsync(copy))
            {
                found++;
                continue;
            }

            (await DumpAsync(copy)).ShouldBe(before, $"seed {seed}: byte {at} of {Database} xor {bits} was found by nobody");
        }

        // Much of a file this small is empty pages; a check that finds nothing proves nothing.
        found.ShouldBeGreaterThan(20);
    }

    [Fact]
    public async Task Every_byte_of_an_event_is_watched_at_its_load_and_no_other_entity_is_concerned()
    {
        var at = File.ReadAllBytes(Database).AsSpan().IndexOf(Marker);
        for (var i = 0; i < Marker.Length; i++)
        {
            await using var store = await OpenAsync(Path.GetDirectoryName(Flipped(at + i, 0x20))!); // a file has a folder

            var images = new List<EntityImage>();
            await foreach (var image in store.LoadAsync([TestLane.Thing("t6"), Marked, TestLane.Thing("t8")], None))
            {
                images.Add(image);
            }

            var damaged = images[1].Events.Single(e => e.Damage is not null);
            damaged.Damage.ShouldNotBeNull().ShouldContain("store check");
            damaged.Body.ShouldBeEmpty();
            images[0].Events.Concat(images[2].Events).ShouldAllBe(e => e.Damage == null);
        }
    }

    [Theory]
    [InlineData("UPDATE mail SET due_at = due_at + 1")]
    [InlineData("UPDATE mail SET loads = loads + 1")]
    [InlineData("UPDATE mail SET dst_shard = 200")]
    [InlineData("UPDATE mail SET entity = 'no address ' || src_pos || src_shard")]
    public async Task A_message_whose_row_is_damaged_is_given_as_such_to_be_parked(string damage)
    {
        Sql(damage);
        await using var store = await OpenAsync(_harness.Folder);

        var mail = new List<MailRow>();
        await foreach (var row in store.ScanMailAsync([new ShardId(3)], DateTimeOffset.MaxValue, 1_000, None))
        {
            mail.Add(row);
        }

        mail.Count.ShouldBe(Entities / 2);
        mail.ShouldAllBe(m => m.Damage != null && m.Body.Length == 0);
    }

    [Fact]
    public async Task A_damaged_message_stays_damaged_when_it_is_parked_and_is_not_sent_again()
    {
        Sql("UPDATE mail SET body = x'00'");
        await using var store = await OpenAsync(_harness.Folder);
        var lane = await TestLane.JoinAsync(store);
        var mail = (await store.Maintenance!.ListMailAsync(null, null, 1, None)).Single();

        var parking = lane.Empty() with { ConsumedMail = [mail.Id], Parked = [new ParkedRow(mail.Id, TestLane.Noon, 1, "UNREADABLE")] };
        (await lane.CommitAsync(parking)).ShouldBeOfType<CommitResult.Committed>();

        (await store.Maintenance.FindParkedAsync(mail.Id, None)).ShouldNotBeNull().Mail.Damage.ShouldNotBeNull();
        (await store.Maintenance.RestoreParkedAsync([mail.Id], None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_message_that_was_parked_and_restored_is_whole()
    {
        await using var store = await OpenAsync(_harness.Folder);
        var lane = await TestLane.JoinAsync(store);
        var mail = (await store.Maintenance!.ListMailAsync(null, null, 1, None)).Single();
        await lane.CommitAsync(lane.Empty() with { ConsumedMail = [mail.Id], Parked = [new ParkedRow(mail.Id, TestLane.Noon, 3, "why")] });

        (await store.Maintenance.FindParkedAsync(mail.Id, None)).ShouldNotBeNull().Mail.Damage.ShouldBeNull();
        (await store.Maintenance.RestoreParkedAsync([mail.Id], None)).Length.ShouldBe(1);

        (await store.Maintenance.FindMailAsync(mail.Id, None)).ShouldNotBeNull().Damage.ShouldBeNull();
        (await store.Maintenance.CheckAsync(None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Damaged_snapshots_receipts_and_view_rows_are_given_as_such()
    {
        Sql("UPDATE snapshot SET seq = seq + 1");
        Sql("UPDATE receipt SET reply = x'00'");
        Sql("UPDATE view_things SET name = 'another'");
        await using var store = await OpenAsync(_harness.Folder);

        var (entity, key) = _receipts[0];
        (await store.FindReceiptAsync(entity, key, None)).ShouldNotBeNull().Damage.ShouldNotBeNull().ShouldContain(key);
        var page = await store.QueryAsync(new ViewRowQuery(ThingViews.Things, [], null, false, null, 1_000), None);
        page.Rows.ShouldNotBeEmpty();
        page.Rows.ShouldAllBe(r => r.Damage!.Contains("gantry view rebuild things")); // each is damaged
        await foreach (var image in store.LoadAsync([entity], None))
        {
            image.Snapshot.ShouldNotBeNull().Damage.ShouldNotBeNull();
        }
    }

    [Fact]
    public async Task A_rebuild_mends_damaged_view_rows_whoever_they_name()
    {
        Sql("UPDATE view_things SET entity = 'thing/t9' WHERE key = 'k3'");
        await using var store = await OpenAsync(_harness.Folder);
        var lane = await TestLane.JoinAsync(store);
        var row = lane.Upsert(TestLane.Thing("t3"), "k3", 2, new ThingRow("n", 3, "g"));

        (await store.Maintenance!.ReplaceViewRowsAsync(TestLane.Thing("t3"), 2, [], [row], None)).ShouldBeTrue();

        (await store.Maintenance.CheckAsync(None)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("UPDATE claim SET value = 'free' WHERE value = 'v5'", "claim")]
    [InlineData("UPDATE shard SET epoch = epoch - 1 WHERE shard = 4", "shard")]
    [InlineData("UPDATE cluster SET restore_count = 9", "cluster")]
    public async Task What_no_load_would_notice_is_refused_at_opening(string damage, string table)
    {
        Sql(damage);

        var refused = (await Should.ThrowAsync<StoreRefusedException>(async () => await OpenAsync(_harness.Folder))).Message;

        refused.ShouldContain(Database);
        refused.ShouldContain($"of {table}");
        refused.ShouldContain("restore a backup");
    }

    [Theory]
    [InlineData("UPDATE shard SET epoch = epoch - 1 WHERE shard = 3", "shard")]
    [InlineData("UPDATE cluster SET restore_count = 9", "cluster")]
    public async Task A_damaged_row_is_not_sealed_by_an_adoption(string damage, string table)
    {
        Sql(damage);

        (await Should.ThrowAsync<StoreRefusedException>(() => Files(_harness.Folder).AdoptAsync(None))).Message.ShouldContain($"of {table}");

        (await Files(_harness.Folder).CheckAsync(None)).ShouldContain(line => line.Contains($"of {table}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_folder_of_the_release_before_is_sealed_at_its_first_opening()
    {
        var before = await DumpAsync(Database);
        AsBefore();

        (await DumpAsync(Database)).ShouldBe(before);

        (await Files(_harness.Folder).CheckAsync(None)).ShouldBeEmpty();
        Sql("UPDATE event SET ver = 2 WHERE seq = 2");
        (await Files(_harness.Folder).CheckAsync(None)).Length.ShouldBe(Entities);
    }

    private static SqliteStoreFiles Files(string folder) => new(folder, TimeProvider.System, SystemRandomSource.Instance);

    private static async Task<SqliteStore> OpenAsync(string folder)
    {
        var store = SqliteHarness.On(folder);
        await store.OpenAsync(Options, None);
        return store;
    }

    private static async Task<bool> IsFoundAsync(string file)
    {
        try
        {
            return (await Files(Path.GetDirectoryName(file)!).CheckAsync(None)).Length > 0; // a file has a folder
        }
        catch (StoreRefusedException)
        {
            return true;
        }
    }

    // On a copy: reading joins, and that writes.
    private async Task<string> DumpAsync(string file)
    {
        var folder = Directory.CreateTempSubdirectory("gantry-dump-");
        try
        {
            File.Copy(file, Path.Combine(folder.FullName, "gantry.db"));
            await using var store = await OpenAsync(folder.FullName);
            return await StoreDump.OfAsync(store, _receipts);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private string Flipped(long at, byte bits)
    {
        var copy = Path.Combine(Directory.CreateDirectory(Path.Combine(_harness.Folder, $"flipped-{at}-{bits}")).FullName, "gantry.db");
        var bytes = File.ReadAllBytes(Database);
        bytes[at] ^= bits;
        File.WriteAllBytes(copy, bytes);
        return copy;
    }

    private void Sql(string sql)
    {
        using var connection = Connection.Open(Database);
        connection.Execute(sql);
    }

    // Events, snapshots, receipts, plain mail and timers, parked mail, claims, view rows.
    private async Task FillAsync()
    {
        await using var store = await OpenAsync(_harness.Folder);
        var lane = await TestLane.JoinAsync(store);
        for (var i = 0; i < Entities; i++)
        {
            var entity = TestLane.Thing($"t{i}");
            var second = lane.Event(entity, 2) with { Body = entity == Marked ? Marker : Encoding.UTF8.GetBytes($"body {i}") };
            var mail = lane.Mail(entity, TestLane.Thing($"t{i + 1}"), i % 4 == 0 ? TestLane.Noon : null, i % 4 == 0 ? "timer" : null);
            var batch = lane.WithEvent(entity, 1) with
            {
                Events = [lane.Event(entity, 1), second],
                Receipts = [TestLane.Receipt(entity, $"key-{i}")],
                Claims = [TestLane.Claim(entity, $"v{i}")],
                Mail = [mail],
                Views = [lane.Upsert(entity, $"k{i}", 2, new ThingRow($"name {i}", i, "g"))],
            };
            (await lane.CommitAsync(batch)).ShouldBeOfType<CommitResult.Committed>();
            _receipts.Add((entity, $"key-{i}"));
            if (i % 2 == 1)
            {
                await lane.CommitAsync(lane.Empty() with { ConsumedMail = [mail.Id], Parked = [new ParkedRow(mail.Id, TestLane.Noon, 3, "why")] });
            }
        }

        await store.SaveSnapshotsAsync(lane.Me, [.. _receipts.Where((_, i) => i % 5 == 0).Select(r => new SnapshotRow(r.Entity, 1, "thing", 1, [1, 2, 3]))], None);
    }

    // The tables as the first schema step made them.
    private void AsBefore()
    {
        using var connection = Connection.Open(Database);
        foreach (var table in SummedTable.All.Select(t => t.Name).Append("view_things"))
        {
            connection.Execute($"ALTER TABLE {table} DROP COLUMN sum");
        }

        connection.Execute("DELETE FROM schema_step WHERE level = 2");
        connection.Execute("UPDATE view_shape SET shape = replace(shape, ',+sum', '')");
    }
}
