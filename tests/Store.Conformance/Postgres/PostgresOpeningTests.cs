using Gantry.Actors.Storage;
using Gantry.Actors.Storage.Postgres;
using Gantry.Actors;
using Gantry.Primitives;
using Gantry.Tests;
using Npgsql;
using Shouldly;
using Xunit;

namespace Gantry.Store.Conformance;

/// <summary>A database that must not be used says so, and how to go on.</summary>
[Trait("spec", "engine/3.6")]
public sealed class PostgresOpeningTests : IAsyncLifetime
{
    private static readonly StoreOptions Options = new(TestLane.ShardCount, [ThingViews.Things]);

    private readonly PostgresHarness _harness = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (TemporaryPostgres.WhyNot is null)
        {
            await _harness.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task Opening_again_keeps_the_identity()
    {
        (await OpenedAsync()).ShouldBe(await OpenedAsync());
    }

    [PostgresFact]
    public async Task Two_that_open_an_empty_database_at_once_make_one_store()
    {
        await using var first = _harness.Make();
        await using var second = _harness.Make();

        await Task.WhenAll(first.OpenAsync(Options, default).AsTask(), second.OpenAsync(Options, default).AsTask());

        first.Identity.ShouldBe(second.Identity);
    }

    [PostgresFact]
    public async Task Another_shard_count_is_refused()
    {
        await OpenedAsync();

        (await RefusedAsync(Options with { ShardCount = 16 })).ShouldContain("set it back to 8");
    }

    [PostgresFact]
    public async Task A_newer_schema_is_gone_on_with_while_it_only_adds_and_refused_from_where_it_takes_away()
    {
        await using var running = _harness.Make();
        await running.OpenAsync(Options, default);
        await RunAsync("INSERT INTO actors.schema_step VALUES (98, 0, 'x'), (99, 0, 'y')");

        (await OpenedAsync()).ShouldBe(running.Identity);

        await RunAsync("UPDATE actors.cluster SET schema_level = 99");
        (await RefusedAsync(Options)).ShouldContain("newer release (it needs schema step 99");
        (await Should.ThrowAsync<StoreRefusedException>(async () => await JoinedAsync(((PostgresStore)running).Membership, "a")))
            .Message.ShouldContain("newer release");
    }

    [PostgresFact]
    public async Task A_copy_on_another_server_is_refused_and_names_the_command()
    {
        await OpenedAsync();
        await RunAsync("UPDATE actors.cluster SET system_id = '1'");

        (await RefusedAsync(Options)).ShouldContain("gantry store adopt");
    }

    [PostgresFact]
    public async Task A_copy_on_another_server_is_adopted_with_all_former_nodes_fenced_and_every_shard_free()
    {
        await using (var former = _harness.Make())
        {
            await former.OpenAsync(Options, default);
            await TestLane.JoinAsync(former);
            (await Should.ThrowAsync<StoreRefusedException>(() => Adoption().AdoptAsync(default))).Message.ShouldContain("Stop them first");
        }

        await RunAsync("UPDATE actors.cluster SET system_id = '1'");

        (await Adoption().AdoptAsync(default)).ShouldBe(1);

        await using var store = _harness.Make();
        await store.OpenAsync(Options, default);
        store.Identity.RestoreCount.ShouldBe(1);
        var sight = await ((PostgresStore)store).Membership.ReadAsync(default);
        sight.Members.ShouldAllBe(m => m.State == MemberState.Dead && !m.HasOpenLane);
        sight.Shards.ShouldAllBe(s => s.Owner == null && s.Epoch > 4_096);
    }

    [PostgresFact, Trait("spec", "engine/3.4")]
    public async Task A_node_that_was_away_while_the_store_was_restored_does_not_join_it_again()
    {
        await using var away = _harness.Make();
        await away.OpenAsync(Options, default);
        var members = ((PostgresStore)away).Membership;
        var profile = new MemberProfile { NodeId = "a" };
        await members.JoinAsync(new Incarnation(Guid.NewGuid()), profile, 1, default);
        (await Adoption().AdoptAsync(default)).ShouldBe(1);

        (await Should.ThrowAsync<StoreRefusedException>(async () => await members.JoinAsync(new Incarnation(Guid.NewGuid()), profile, 1, default)))
            .Message.ShouldContain("start this node anew");
        (await Should.ThrowAsync<StoreRefusedException>(() => TestLane.JoinAsync(away))).Message.ShouldContain("restore 1, it knows 0");

        await RunAsync("UPDATE actors.cluster SET system_id = '1'");
        (await Should.ThrowAsync<StoreRefusedException>(async () => await members.JoinAsync(new Incarnation(Guid.NewGuid()), profile, 1, default)))
            .Message.ShouldContain("gantry store adopt");
    }

    [PostgresFact]
    public async Task A_database_without_a_store_is_not_adopted()
    {
        await using var unopened = _harness.Make();

        (await Should.ThrowAsync<StoreRefusedException>(() => Adoption().AdoptAsync(default))).Message.ShouldContain("nothing to adopt");
    }

    [PostgresFact]
    public async Task A_node_that_reads_less_than_the_cluster_writes_does_not_join()
    {
        await using var store = _harness.Make();
        await store.OpenAsync(Options, default);
        var members = ((PostgresStore)store).Membership;
        var newer = new MemberProfile { NodeId = "newer", WireLevel = 2 };
        var older = newer with { NodeId = "older", WireLevel = 1 };
        var one = new Incarnation(Guid.NewGuid());
        await members.JoinAsync(one, older, 1, default);
        (await members.RaiseWriteLevelAsync(2, default)).ShouldBeFalse("a living node reads less");
        await members.EnterAsync(one, MemberState.Up, default);
        await members.EnterAsync(one, MemberState.Left, default);
        await members.JoinAsync(new Incarnation(Guid.NewGuid()), newer, 1, default);

        (await members.RaiseWriteLevelAsync(2, default)).ShouldBeTrue();

        (await Should.ThrowAsync<StoreRefusedException>(async () => await members.JoinAsync(new Incarnation(Guid.NewGuid()), older, 1, default)))
            .Message.ShouldContain("wire level 1");
    }

    [PostgresFact, Trait("spec", "engine/3.2")]
    public async Task Rows_of_the_dead_go_a_day_after_their_end_when_no_shard_names_them()
    {
        await using var store = _harness.Make();
        await store.OpenAsync(Options, default);
        var members = ((PostgresStore)store).Membership;
        var (owner, idle) = (await JoinedAsync(members, "a"), await JoinedAsync(members, "b"));
        await members.EnterAsync(owner, MemberState.Up, default);
        await members.ClaimAsync(owner, [new ShardId(0)], default);
        await JoinedAsync(members, "a"); // supersedes the owner
        await JoinedAsync(members, "b"); // and the other
        await RunAsync("UPDATE actors.node SET started_at = 0");
        await JoinedAsync(members, "c");
        (await CountAsync("actors.node")).ShouldBe(5, "they ended just now, however long they had run");

        await RunAsync("UPDATE actors.node SET over_at = 1 WHERE state = 'dead'");
        await JoinedAsync(members, "d");

        (await CountAsync($"actors.node WHERE incarnation = '{idle.Value}'")).ShouldBe(0);
        (await CountAsync($"actors.lane WHERE incarnation = '{idle.Value}'")).ShouldBe(0);
        (await CountAsync($"actors.lane WHERE incarnation = '{owner.Value}'")).ShouldBe(1, "a shard is still to be taken from it");
        (await CountAsync("actors.node")).ShouldBe(5);
    }

    [PostgresFact]
    public async Task A_server_that_may_lose_commits_is_refused_unless_allowed()
    {
        await OpenedAsync();
        await using var store = new PostgresStore(
            new PostgresStoreOptions { ConnectionString = $"{_harness.Database};Options=-c synchronous_commit=off" }, TimeProvider.System,
            SystemRandomSource.Instance);

        (await Should.ThrowAsync<StoreRefusedException>(async () => await store.OpenAsync(Options, default))).Message
            .ShouldContain("gantry.storage.allow_unsafe");
    }

    [PostgresFact]
    public async Task A_server_that_may_lose_commits_and_is_allowed_to_says_so()
    {
        await OpenedAsync();
        await RunAsync("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$");
        await using var store = _harness.Make();

        await store.OpenAsync(Options, default);

        store.WhyUnsafe.ShouldNotBeNull().ShouldContain("synchronous_commit = off");
    }

    [PostgresFact]
    public async Task A_server_that_is_not_there_is_refused_with_its_place()
    {
        await using var store = PostgresHarness.On("Host=127.0.0.1;Port=1;Username=nobody;Database=none");

        (await Should.ThrowAsync<StoreRefusedException>(async () => await store.OpenAsync(Options, default))).Message.ShouldContain("127.0.0.1:1");
    }

    [PostgresFact]
    public async Task A_view_gets_columns_from_its_documents_and_the_release_before_goes_on_with_it()
    {
        var slim = new ViewSchema<ThingRow>("things", ThingJson.Default.ThingRow, ViewColumn<ThingRow>.Text("name", r => r.Name));
        await using var before = _harness.Make();
        await before.OpenAsync(Options with { Views = [slim] }, default);
        var (lane, thing) = (await TestLane.JoinAsync(before), TestLane.Thing("a"));
        await lane.CommitAsync(lane.WithEvent(thing, 1) with { Views = [Slim(1, 5)] });

        await using var after = _harness.Make();
        await after.OpenAsync(Options, default);
        (await SizedAsync(5)).ShouldBe(["a"], "filled from the documents");

        await using (var again = _harness.Make())
        {
            await again.OpenAsync(Options with { Views = [slim] }, default);
        }

        (await lane.CommitAsync(lane.WithEvent(thing, 2) with { Views = [Slim(2, 6)] })).ShouldBeOfType<CommitResult.Committed>();
        (await SizedAsync(5)).ShouldBe(["a"], "a node of the release before does not write the column");

        // Until it is folded anew, when none of them is left.
        var unfolded = (await after.Maintenance!.UnfoldedViewsAsync(default)).ShouldHaveSingleItem();
        unfolded.View.ShouldBe("things");
        await after.Maintenance.NoteFoldedAsync([unfolded with { Shape = "an older one" }], default);
        (await after.Maintenance.UnfoldedViewsAsync(default)).ShouldBe([unfolded], "it changed again while it was folded");
        await after.Maintenance.NoteFoldedAsync([unfolded], default);
        (await after.Maintenance.UnfoldedViewsAsync(default)).ShouldBeEmpty();

        ViewRowOp Slim(long revision, long size)
        {
            var op = lane.Upsert(thing, "a", revision, new ThingRow("n", size, "g"));
            return op with { View = slim, Columns = ["n"] };
        }

        async Task<IEnumerable<string>> SizedAsync(long size)
        {
            var query = new ViewRowQuery(ThingViews.Things, [new ViewTest("size", ViewTestKind.Equal, size)], null, false, null, 10);
            return (await after.QueryAsync(query, default)).Rows.Select(r => r.Key);
        }
    }

    [PostgresFact]
    public async Task A_view_whose_column_has_another_type_is_made_anew_from_its_documents()
    {
        var other = new ViewSchema<ThingRow>("things", ThingJson.Default.ThingRow, ViewColumn<ThingRow>.Text("size", r => $"{r.Size}"));
        await using (var store = _harness.Make())
        {
            await store.OpenAsync(Options, default);
            var (lane, thing) = (await TestLane.JoinAsync(store), TestLane.Thing("a"));
            await lane.CommitAsync(lane.WithEvent(thing, 1) with { Views = [lane.Upsert(thing, "a", 1, new ThingRow("n", 5, "g"))] });
        }

        await using var again = _harness.Make();
        await again.OpenAsync(Options with { Views = [other] }, default);

        var query = new ViewRowQuery(other, [new ViewTest("size", ViewTestKind.Equal, "5")], null, false, null, 10);
        (await again.QueryAsync(query, default)).Rows.Select(r => r.Key).ShouldBe(["a"]);
    }

    private static async Task<Incarnation> JoinedAsync(IMembershipStore members, string name)
    {
        var me = new Incarnation(Guid.NewGuid());
        await members.JoinAsync(me, new MemberProfile { NodeId = name }, 1, default);
        return me;
    }

    private async Task<long> CountAsync(string from)
    {
        await using var connection = new NpgsqlConnection($"{_harness.Database};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"SELECT count(*) FROM {from}", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private PostgresAdoption Adoption() => new(new PostgresStoreOptions { ConnectionString = _harness.Database }, TimeProvider.System);

    private async Task<StoreIdentity> OpenedAsync()
    {
        await using var store = _harness.Make();
        await store.OpenAsync(Options, default);
        return store.Identity;
    }

    private async Task<string> RefusedAsync(StoreOptions options)
    {
        await using var store = _harness.Make();
        return (await Should.ThrowAsync<StoreRefusedException>(async () => await store.OpenAsync(options, default))).Message;
    }

    private async Task RunAsync(string sql)
    {
        await using var connection = new NpgsqlConnection($"{_harness.Database};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
