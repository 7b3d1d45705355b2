using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Tests;
using Npgsql;
using Shouldly;
using Xunit;

namespace Gantry.Store.Conformance;

/// <summary>What a server, its sessions and the way to it can do to a lane (the error table of engine 3.3, and 3.4).</summary>
[Trait("spec", "engine/3.3")]
public sealed class PostgresErrorsTests : IAsyncLifetime
{
    // pg_stat_activity shows the whole server, and other classes of tests run on it at this very moment.
    private const string FromOurLaneZero =
        "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'actors/%/0'";

    private static readonly EntityAddress A = TestLane.Thing("a");
    private static readonly EntityAddress B = TestLane.Thing("b");

    private readonly PostgresHarness _harness = new();
    private IActorStore _store = null!; // set before each test
    private TestLane _lane = null!; // set before each test

    public async Task InitializeAsync()
    {
        if (TemporaryPostgres.WhyNot is null)
        {
            _store = _harness.Make();
            await _store.OpenAsync(new StoreOptions(TestLane.ShardCount, [ThingViews.Things, ThingViews.Plain]), default);
            _lane = await TestLane.JoinAsync(_store);
        }
    }

    public async Task DisposeAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
            await _harness.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task A_session_ended_between_batches_loses_an_answer_and_resolving_goes_on()
    {
        (await _lane.CommitAsync(_lane.WithEvent(A, 1))).ShouldBeOfType<CommitResult.Committed>();
        await RunAsync($"SELECT pg_terminate_backend(pid, 2000) {FromOurLaneZero}");

        var lost = await Should.ThrowAsync<StoreConnectionException>(async () => await _lane.CommitAsync(_lane.WithEvent(A, 2)));
        lost.IsOutcomeKnown.ShouldBeFalse();
        (await _lane.ResolveAsync()).ShouldBe(new LaneProbe(2, 1, Fenced: false));
        (await _lane.CommitAsync(_lane.WithEvent(A, 2))).ShouldBeOfType<CommitResult.Committed>();
    }

    [PostgresFact, Trait("spec", "engine/5.1")]
    public async Task Beats_have_a_session_of_their_own_and_come_again_after_it_was_ended()
    {
        var members = _harness.Of(_store);
        var patience = TimeSpan.FromSeconds(5);
        var me = new Incarnation(Guid.NewGuid());
        await members.JoinAsync(me, new MemberProfile { NodeId = "beating", Link = "https://beating", Weight = 1, Zone = "z" }, 1, default);
        members.Beat(me, [], patience).ShouldBeTrue();
        var session = $"FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'actors/{me}/beat'";
        await RunAsync($"SELECT pg_terminate_backend(pid, 2000) {session}");

        Should.Throw<StoreConnectionException>(() => members.Beat(me, [], patience)).IsOutcomeKnown.ShouldBeFalse();
        members.Beat(me, [], patience).ShouldBeTrue();
        (await CountAsync($"(SELECT 1 {session}) s")).ShouldBe(1);
        members.EndBeats(me);
        await Eventually.HoldsAsync(async () => await CountAsync($"(SELECT 1 {session}) s") == 0, TimeSpan.FromSeconds(30));
    }

    [PostgresFact]
    public async Task A_session_ended_while_its_batch_waits_is_resolved_as_not_committed()
    {
        await using var blocker = await OpenAsync();
        await using var transaction = await blocker.BeginTransactionAsync();
        await RunAsync(blocker, "INSERT INTO actors.claim VALUES ('name', 'x', 'thing/other', 0)");

        await using var watch = await OpenAsync();
        var waiting = _lane.CommitAsync(_lane.WithEvent(A, 1) with { Claims = [TestLane.Claim(A, "x")] });
        await Eventually.HoldsAsync(async () => await IsLaneZeroWaitingAsync(watch), TimeSpan.FromSeconds(30));
        await RunAsync(watch, $"SELECT pg_terminate_backend(pid, 2000) {FromOurLaneZero}");

        (await Should.ThrowAsync<StoreConnectionException>(() => waiting)).IsOutcomeKnown.ShouldBeFalse();
        (await _lane.ResolveAsync()).LastBatch.ShouldBe(0);
        (await CountAsync("actors.event")).ShouldBe(0);
    }

    [PostgresFact]
    public async Task Whoever_waits_for_a_claim_loses_when_the_other_commits_and_names_the_holder()
    {
        var lanes = await TestLane.JoinAsync(_store, "n1", 2);
        await using var blocker = await OpenAsync();
        await using var transaction = await blocker.BeginTransactionAsync();
        await RunAsync(blocker, "INSERT INTO actors.claim VALUES ('name', 'x', 'thing/b', 0)");

        await using var watch = await OpenAsync();
        var waiting = lanes[0].CommitAsync(lanes[0].WithEvent(A, 1) with { Claims = [TestLane.Claim(A, "x")] });
        await Eventually.HoldsAsync(async () => await IsLaneZeroWaitingAsync(watch), TimeSpan.FromSeconds(30));
        await transaction.CommitAsync();

        (await waiting).ShouldBeOfType<CommitResult.Losers>().TakenClaims.ShouldBe([new ClaimConflict("name", "x", A, B)]);
        (await lanes[0].CommitAsync(lanes[0].WithEvent(A, 1))).ShouldBeOfType<CommitResult.Committed>();
    }

    [PostgresFact]
    public async Task A_lock_held_too_long_is_unavailable_with_a_known_outcome_and_the_same_batch_passes_later()
    {
        await using var blocker = await OpenAsync();
        var transaction = await blocker.BeginTransactionAsync();
        await RunAsync(blocker, "INSERT INTO actors.claim VALUES ('name', 'x', 'thing/b', 0)");
        var batch = _lane.WithEvent(A, 1) with { Claims = [TestLane.Claim(A, "x")] };

        var held = await Should.ThrowAsync<StoreConnectionException>(() => _lane.CommitAsync(batch));
        await transaction.RollbackAsync();

        held.IsOutcomeKnown.ShouldBeTrue();
        (await _lane.CommitAsync(batch)).ShouldBeOfType<CommitResult.Committed>();
    }

    [PostgresFact]
    public async Task A_join_ends_the_sessions_of_a_dead_incarnation_that_holds_its_row()
    {
        await using var dead = new NpgsqlConnection($"{_harness.Database};Pooling=false;Application Name=actors/{_lane.Me}/7");
        await dead.OpenAsync();
        _ = await dead.BeginTransactionAsync();
        await RunAsync(dead, "UPDATE actors.lane SET batch_no = batch_no");

        var newer = await TestLane.JoinAsync(_store, "n2");

        (await newer.CommitAsync(newer.WithEvent(A, 1))).ShouldBeOfType<CommitResult.Committed>();
        (await _lane.ResolveAsync()).Fenced.ShouldBeTrue();
    }

    [PostgresFact]
    public async Task Text_that_no_column_can_hold_is_poison_and_the_lane_goes_on()
    {
        foreach (var text in new[] { "a\0b", "\uD800" })
        {
            var row = _lane.Event(A, 1) with { Cause = text };

            (await _lane.CommitAsync(_lane.Empty(A) with { Events = [row] })).ShouldBeOfType<CommitResult.Poisoned>();
        }

        (await _lane.CommitAsync(_lane.WithEvent(A, 1))).ShouldBeOfType<CommitResult.Committed>();
    }

    [PostgresFact]
    public async Task A_read_only_server_is_unavailable_until_it_writes_again()
    {
        await RunAsync("ALTER DATABASE " + await NameAsync() + " SET default_transaction_read_only = on");
        await _lane.ResolveAsync().ShouldThrowAsync<StoreConnectionException>();

        await using var connection = await OpenAsync();
        await RunAsync(connection, "SET default_transaction_read_only = off");
        await RunAsync(connection, "ALTER DATABASE " + await NameAsync() + " SET default_transaction_read_only = off");
        await _lane.ResolveAsync();
        (await _lane.CommitAsync(_lane.WithEvent(A, 1))).ShouldBeOfType<CommitResult.Committed>();
    }

    [PostgresFact]
    public async Task A_table_that_is_missing_is_a_bug_and_not_an_outage()
    {
        await RunAsync("ALTER TABLE actors.event RENAME TO event_gone");

        await Should.ThrowAsync<Primitives.InvariantException>(() => _lane.CommitAsync(_lane.WithEvent(A, 1)));
    }

    private async Task<string> NameAsync() => (string)(await ScalarAsync("SELECT current_database()"))!;

    // Over a connection that is open already: the lane waits for its lock two seconds and no longer.
    private static async Task<bool> IsLaneZeroWaitingAsync(NpgsqlConnection watch)
    {
        await using var command = new NpgsqlCommand($"SELECT count(*) {FromOurLaneZero} AND wait_event_type = 'Lock'", watch);
        return (long)(await command.ExecuteScalarAsync())! == 1;
    }

    private async Task<long> CountAsync(string from) => (long)(await ScalarAsync($"SELECT count(*) FROM {from}"))!;

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private async Task RunAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await RunAsync(connection, sql);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection($"{_harness.Database};Pooling=false;Application Name=test");
        await connection.OpenAsync();
        return connection;
    }
}
