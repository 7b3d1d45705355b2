using Gantry.Actors;
using Gantry.Actors.Storage.Postgres;
using Gantry.Engine.Tests.Lanes;
using Gantry.Primitives;
using Gantry.Tests;
using Npgsql;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Running;

/// <summary>The same engines over a real server.</summary>
public sealed class PostgresClusterTests : IDisposable
{
    private readonly string _database = TemporaryPostgres.NewDatabaseName();

    [PostgresFact]
    [Trait("spec", "engine/5.4")]
    [Trait("spec", "engine/5.6")]
    public async Task Three_nodes_over_PostgreSQL_share_move_take_over_and_lose_nothing()
    {
        var stores = new List<PostgresStore>();
        await using var cluster = new RunningCluster { StoreOf = () => Open(stores) };
        foreach (var name in (string[])["a", "b", "c"])
        {
            await cluster.AddAsync(name);
        }

        await cluster.BalancedAsync();
        var load = new LedgerLoad(cluster, [cluster.Nodes[0], cluster.Nodes[1]]) { Patience = TimeSpan.FromSeconds(10) };
        await load.WhileAsync(async () =>
        {
            cluster.Nodes[2].Silence();
            await cluster.ServedAsync();
            await cluster.AddAsync("d");
            await cluster.BalancedAsync();
        });

        await load.CheckAsync();
        load.Accepted.ShouldBeGreaterThan(100);
        load.Others.ShouldAllBe(o => o is Outcome<LedgerTotal>.Unknown, "an answer may be lost with a node, nothing else");
        foreach (var node in cluster.Nodes)
        {
            node.Store.IsCut = false;
        }

        await Task.WhenAll(cluster.Nodes.Select(n => n.Engine.StopAsync()));
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }
    }

    [PostgresFact]
    [Trait("spec", "engine/2.6")]
    [Trait("spec", "engine/3.6")]
    public async Task An_upgrade_is_finalized_when_nobody_reads_less_and_changed_views_are_folded_anew()
    {
        var stores = new List<PostgresStore>();
        await using var cluster = new RunningCluster
        {
            StoreOf = () => Open(stores),
            Options = RunningCluster.Quick with { TimeToLive = TimeSpan.FromMinutes(2) }, // who does not beat is not judged
        };
        var node = await cluster.AddAsync("a");
        await cluster.ServedAsync();
        await node.MustAsync(LedgerArea.At("old"), new Add(7, "note"));

        // As a node of the release before leaves them: without the column that it does not know.
        await RunAsync("UPDATE actors.view_ledgers SET total = NULL; INSERT INTO actors.view_shape VALUES ('ledgers+unfolded', 'any')");
        var (newer, members) = (new Incarnation(Guid.NewGuid()), stores[0].Membership);
        await members.JoinAsync(newer, new MemberProfile { NodeId = "newer", WireLevel = MemberProfile.ReleaseWireLevel + 1 }, 1, default);
        var admin = node.Engine.ClusterAdmin;
        var order = new AdminOrder(new Principal(PrincipalKind.User, "op"));

        var refused = (await admin.FinalizeAsync(order, default)).Why.ShouldNotBeNull();
        (refused.Code, refused.Message).ShouldBe(("NodeReadsLess", "the newest nodes read level 2, and a reads level 1"));
        (await node.Engine.StoreAdmin.CheckViewsAsync(null, default)).IsClean.ShouldBeFalse("nothing was changed");

        await members.DeclareDeadAsync(newer, 0, default);
        (await admin.FinalizeAsync(order with { IsDryRun = true }, default)).Effects.ShouldBe(["view ledgers is folded anew from the events"]);
        (await admin.FinalizeAsync(order, default)).IsDone.ShouldBeTrue();
        (await node.Engine.StoreAdmin.CheckViewsAsync(null, default)).IsClean.ShouldBeTrue();
        (await admin.FinalizeAsync(order, default)).Effects.ShouldHaveSingleItem().ShouldContain("already");

        await node.Engine.StopAsync();
        await stores[0].DisposeAsync();
    }

    [OwnPostgresFact]
    [Trait("spec", "engine/3.4")]
    public async Task Nodes_go_on_over_a_server_that_was_promoted_and_it_counts_as_nobodys_fault()
    {
        using var server = TemporaryPostgres.Own();
        await using var cluster = new RunningCluster
        {
            StoreOf = () =>
            {
                var store = StoreOn($"{server.Server};Database=postgres");
                return (store, store.Membership);
            },
        };
        var nodes = new[] { await cluster.AddAsync("a"), await cluster.AddAsync("b") };
        await cluster.BalancedAsync();
        var ledger = cluster.LedgerAt(nodes[0]);
        await nodes[1].MustAsync(ledger, new Add(1, "before"));

        server.StandBy();
        server.Promote();

        await Eventually.HoldsAsync(
            () => nodes.All(n => n.IsRunning && n.Engine.Rejoins > 0),
            RunningCluster.Soon,
            () => string.Join("; ", nodes.Select(n => $"{n.Name} {n.Engine.State} {n.Engine.Standing} {n.Engine.Rejoins}")));
        await cluster.ServedAsync();
        await Eventually.HoldsAsync(
            async () => await nodes[1].AskAsync(ledger, new Add(1, "after"), key: "after") is Outcome<LedgerTotal>.Accepted { Value.Value: 2 },
            RunningCluster.Soon);

        await Task.WhenAll(nodes.Select(n => n.Engine.StopAsync()));
    }

    public void Dispose() => NpgsqlConnection.ClearAllPools();

    private (PostgresStore, Gantry.Actors.Storage.IMembershipStore) Open(List<PostgresStore> stores)
    {
        if (stores.Count == 0)
        {
            using var connection = new NpgsqlConnection($"{TemporaryPostgres.Shared.Server};Database=postgres;Pooling=false");
            connection.Open();
            using var create = new NpgsqlCommand($"CREATE DATABASE {_database}", connection);
            create.ExecuteNonQuery();
        }

        var store = StoreOn($"{TemporaryPostgres.Shared.Server};Database={_database}");
        stores.Add(store);
        return (store, store.Membership);
    }

    private async Task RunAsync(string sql)
    {
        await using var connection = new NpgsqlConnection($"{TemporaryPostgres.Shared.Server};Database={_database};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static PostgresStore StoreOn(string database) => new(
        new PostgresStoreOptions { ConnectionString = database, IsUnsafeAllowed = true }, TimeProvider.System, SystemRandomSource.Instance);
}

/// <summary>A fact that needs a server; skipped by name where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute()
    {
        if (TemporaryPostgres.WhyNot is { } why)
        {
            Skip = why;
        }
    }
}

/// <summary>A fact that promotes a server of its own; skipped by name where there are no binaries.</summary>
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
