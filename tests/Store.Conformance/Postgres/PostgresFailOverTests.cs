using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Actors.Storage.Postgres;
using Gantry.Primitives;
using Gantry.Tests;
using Npgsql;
using Shouldly;
using Xunit;

namespace Gantry.Store.Conformance;

/// <summary>Another server behind the same name: what a fail-over leaves of an incarnation, and how the next one goes on (engine 3.4).</summary>
[Trait("spec", "engine/3.4")]
public sealed class PostgresFailOverTests
{
    private static readonly StoreOptions Options = new(TestLane.ShardCount, [ThingViews.Things]);
    private static readonly EntityAddress A = TestLane.Thing("a");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [OwnPostgresFact]
    public async Task A_promotion_ends_the_incarnation_on_every_way_to_the_server_and_the_next_one_goes_on_there()
    {
        using var server = TemporaryPostgres.Own();
        await using var store = PostgresHarness.On($"{server.Server};Database=postgres");
        await store.OpenAsync(Options, default);
        var members = store.Membership;
        var lane = await JoinedAsync(store);
        (await lane.CommitAsync(lane.WithEvent(A, 1))).ShouldBeOfType<CommitResult.Committed>();
        members.Beat(lane.Me, [], Patience).ShouldBeTrue();

        server.StandBy();
        server.Promote();

        (await Should.ThrowAsync<StoreConnectionException>(() => lane.CommitAsync(lane.WithEvent(A, 2)))).IsOutcomeKnown.ShouldBeFalse("the session broke");
        (await Should.ThrowAsync<StoreConnectionException>(() => lane.ResolveAsync())).IsAnotherServer.ShouldBeTrue();

        // Each pooled session that broke with the old server is met once.
        await RefusedAsync(() => store.PingAsync(default).AsTask());
        await RefusedAsync(() => store.ConfirmAsync(lane.Next, default).AsTask());
        await RefusedAsync(() => LoadAsync(store));
        await RefusedAsync(() => members.ReadAsync(default).AsTask());
        await RefusedAsync(() => Task.Run(() => members.Beat(lane.Me, [], Patience)));

        store.ForgetServer();
        var next = await JoinedAsync(store);
        (await LoadAsync(store)).Events.Select(e => e.Sequence).ShouldBe([1]);
        (await next.CommitAsync(next.WithEvent(A, 2))).ShouldBeOfType<CommitResult.Committed>();
        members.Beat(next.Me, [], Patience).ShouldBeTrue();

        // Whoever comes back late from the former incarnation is let through nowhere.
        (await Should.ThrowAsync<StoreConnectionException>(() => lane.ResolveAsync())).IsAnotherServer.ShouldBeTrue();
        (await store.ConfirmAsync(lane.Next, default)).ShouldBeFalse("its lane may not be fenced there yet");
        members.EndBeats(lane.Me);
        members.EndBeats(next.Me);
    }

    [OwnPostgresFact, Trait("spec", "engine/3.3")]
    public async Task Of_several_hosts_lanes_beats_and_reads_take_the_one_that_writes()
    {
        using var standby = TemporaryPostgres.Own();
        standby.StandBy();
        using var primary = TemporaryPostgres.Own();
        await using var store = PostgresHarness.On($"Host={HostOf(standby)},{HostOf(primary)};Username=postgres;Database=postgres");

        await store.OpenAsync(Options, default);
        var lane = await JoinedAsync(store);

        (await lane.CommitAsync(lane.WithEvent(A, 1))).ShouldBeOfType<CommitResult.Committed>();
        store.Membership.Beat(lane.Me, [], Patience).ShouldBeTrue();
        (await LoadAsync(store)).Events.Count.ShouldBe(1);
        store.Membership.EndBeats(lane.Me);
    }

    // By the way of a cluster: a member first, then the owner of every shard.
    private static async Task<TestLane> JoinedAsync(PostgresStore store)
    {
        var me = new Incarnation(SystemRandomSource.Instance.NewGuid());
        var former = await store.Membership.JoinAsync(me, new MemberProfile { NodeId = "a", Link = "https://a", Weight = 1, Zone = "z" }, 1, default);
        (await store.Membership.EnterAsync(me, MemberState.Up, default)).ShouldBeTrue();
        if (former is { } dead)
        {
            (await store.Membership.FenceAsync(dead, default)).ShouldBeTrue();
        }

        var shards = await store.Membership.ClaimAsync(me, [.. Enumerable.Range(0, TestLane.ShardCount).Select(i => new ShardId(i))], default);
        shards.Length.ShouldBe(TestLane.ShardCount);
        return await TestLane.OfAsync(store, me, shards);
    }

    private static async Task<EntityImage> LoadAsync(PostgresStore store)
    {
        await foreach (var image in store.LoadAsync([A], default))
        {
            return image;
        }

        throw new InvalidOperationException("every entity that is asked for has an image");
    }

    private static Task RefusedAsync(Func<Task> call) => Eventually.HoldsAsync(
        async () => (await Should.ThrowAsync<StoreConnectionException>(call)).IsAnotherServer, Patience);

    private static string HostOf(TemporaryPostgres server)
    {
        var settings = new NpgsqlConnectionStringBuilder(server.Server);
        return $"{settings.Host}:{settings.Port}";
    }
}

/// <summary>A fact that starts, stops and promotes a server of its own; skipped by name where there are no binaries.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OwnPostgresFactAttribute : FactAttribute
{
    public OwnPostgresFactAttribute()
    {
        if (TemporaryPostgres.WhyNoOwn is { } why)
        {
            Skip = why;
        }
    }
}
