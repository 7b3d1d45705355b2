using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Actors.Storage.Sqlite;
using Gantry.Primitives;
using Shouldly;
using SQLitePCL;
using Xunit;

namespace Gantry.Store.Conformance;

/// <summary>What the lane makes of an error (the table of engine 3.3), with SQLite's codes.</summary>
[Trait("spec", "engine/3.3")]
public sealed class SqliteErrorsTests : IAsyncLifetime
{
    private static readonly EntityAddress A = TestLane.Thing("a");

    private readonly SqliteHarness _harness = new();
    private SqliteStore _store = null!; // set before each test
    private TestLane _lane = null!; // set before each test

    public async Task InitializeAsync()
    {
        _store = SqliteHarness.On(_harness.Folder);
        await _store.OpenAsync(new StoreOptions(TestLane.ShardCount, [ThingViews.Things]), CancellationToken.None);
        _lane = await TestLane.JoinAsync(_store);
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        await _harness.DisposeAsync();
    }

    [Theory]
    [InlineData(raw.SQLITE_BUSY)]
    [InlineData(raw.SQLITE_FULL)]
    [InlineData(raw.SQLITE_IOERR)]
    [InlineData(raw.SQLITE_READONLY)]
    [InlineData(raw.SQLITE_NOMEM)]
    public async Task A_failure_before_the_end_is_unavailable_with_a_known_outcome(int code)
    {
        FailOnce(CommitPoint.Written, code);

        var failure = await Should.ThrowAsync<StoreConnectionException>(async () => await _lane.CommitAsync(_lane.WithEvent(A, 1)));

        failure.IsOutcomeKnown.ShouldBeTrue();
        failure.Message.ShouldContain("gantry.db");
        (await _lane.CommitAsync(_lane.WithEvent(A, 1))).ShouldBeOfType<CommitResult.Committed>();
    }

    [Theory]
    [InlineData(raw.SQLITE_CORRUPT)]
    [InlineData(raw.SQLITE_MISUSE)]
    public async Task Damage_and_misuse_end_the_incarnation(int code)
    {
        FailOnce(CommitPoint.Written, code);

        await Should.ThrowAsync<InvariantException>(async () => await _lane.CommitAsync(_lane.WithEvent(A, 1)));
    }

    [Theory]
    [InlineData(raw.SQLITE_FULL)]
    [InlineData(raw.SQLITE_BUSY)]
    public async Task A_full_disk_at_the_end_is_taken_back_for_certain(int code)
    {
        FailOnce(CommitPoint.AtEnd, code);

        var failure = await Should.ThrowAsync<StoreConnectionException>(async () => await _lane.CommitAsync(_lane.WithEvent(A, 1)));

        failure.IsOutcomeKnown.ShouldBeTrue();
        (await _lane.CommitAsync(_lane.WithEvent(A, 1))).ShouldBeOfType<CommitResult.Committed>();
    }

    [Theory]
    [InlineData(0xD800)]
    [InlineData(0xDFFF)]
    [InlineData(0)]
    public async Task Text_that_no_column_takes_is_poison(int unit)
    {
        var text = $"in {(char)unit} between";

        var result = await _lane.CommitAsync(_lane.Empty(A) with { Claims = [TestLane.Claim(A, text)] });

        result.ShouldBeOfType<CommitResult.Poisoned>();
        (await _lane.CommitAsync(_lane.WithEvent(A, 1))).ShouldBeOfType<CommitResult.Committed>();
    }

    [Fact]
    public async Task A_really_full_store_says_so_and_goes_on_when_there_is_room()
    {
        await _store.ExecuteAsync("PRAGMA max_page_count = 60");
        StoreConnectionException? full = null;
        var sequence = 0;
        while (full is null)
        {
            var batch = _lane.WithEvent(A, sequence + 1);
            var large = batch with { Events = [batch.Events[0] with { Body = new byte[20_000] }] };
            try
            {
                (await _lane.CommitAsync(large)).ShouldBeOfType<CommitResult.Committed>();
                sequence++;
            }
            catch (StoreConnectionException e)
            {
                full = e;
            }
        }

        await _store.ExecuteAsync("PRAGMA max_page_count = 100000");

        full.IsOutcomeKnown.ShouldBeTrue();
        (await _lane.CommitAsync(_lane.WithEvent(A, sequence + 1))).ShouldBeOfType<CommitResult.Committed>();
    }

    [Fact]
    public async Task A_log_that_is_copied_often_loses_nothing()
    {
        var folder = Path.Combine(_harness.Folder, "often");
        await using (var store = new SqliteStore(
            new SqliteStoreOptions { Folder = folder, CheckpointPages = 10 }, TimeProvider.System, SystemRandomSource.Instance))
        {
            await store.OpenAsync(new StoreOptions(TestLane.ShardCount, []), CancellationToken.None);
            var lane = await TestLane.JoinAsync(store);
            for (var i = 1; i <= 200; i++)
            {
                (await lane.CommitAsync(lane.WithEvent(A, i))).ShouldBeOfType<CommitResult.Committed>();
            }

            new FileInfo(Path.Combine(folder, "gantry.db-wal")).Length.ShouldBeLessThan(2_000_000);
        }

        File.Exists(Path.Combine(folder, "gantry.db-wal")).ShouldBeFalse();
        await using var again = new SqliteStore(new SqliteStoreOptions { Folder = folder }, TimeProvider.System, SystemRandomSource.Instance);
        await again.OpenAsync(new StoreOptions(TestLane.ShardCount, []), CancellationToken.None);
        (await again.HistoryAsync(A, 0, 1_000, CancellationToken.None).CountAsync()).ShouldBe(200);
        (await again.Maintenance.CheckAsync(CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Snapshots_and_trims_leave_the_sync_at_every_commit_as_it_was()
    {
        const long Full = 2;
        await _lane.CommitAsync(_lane.WithEvent(A, 1));
        await _store.SaveSnapshotsAsync(_lane.Me, [new SnapshotRow(A, 1, "thing", 1, [1])], CancellationToken.None);
        (await _store.ExecuteAsync("PRAGMA synchronous")).ShouldBe(Full);

        await _store.TrimReceiptsAsync(TestLane.Noon, ReceiptScope.All, 10, CancellationToken.None);
        (await _store.ExecuteAsync("PRAGMA synchronous")).ShouldBe(Full);

        FailOnce(CommitPoint.AfterEnd, raw.SQLITE_IOERR);
        await Should.ThrowAsync<StoreConnectionException>(async () => await _lane.CommitAsync(_lane.WithEvent(A, 2)));
        (await _store.ExecuteAsync("PRAGMA synchronous")).ShouldBe(Full);
    }

    [Fact]
    public async Task A_view_snapshot_that_is_never_given_back_is_named_when_readers_run_out()
    {
        var held = new List<IStoreSnapshot>();
        for (var i = 0; i < ReadPool.OpenMax; i++)
        {
            held.Add(await _store.SnapshotAsync(CancellationToken.None));
        }

        var refused = await Should.ThrowAsync<StoreConnectionException>(async () => await _store.PingAsync(CancellationToken.None));
        foreach (var snapshot in held)
        {
            await snapshot.DisposeAsync();
        }

        refused.Message.ShouldContain("snapshot");
        await _store.PingAsync(CancellationToken.None);
    }

    [Fact]
    public void The_library_in_use_is_named()
    {
        SqliteStore.Library.ShouldMatch("^(system|bundled) 3\\.[0-9]+\\.[0-9]+");
    }

    private void FailOnce(CommitPoint at, int code) => _store.Fault = point =>
    {
        if (point == at)
        {
            _store.Fault = null;
            throw new SqliteFailure(code, "made by a test");
        }
    };
}
