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

        var store = new PostgresStore(
            new PostgresStoreOptions { ConnectionString = $"{TemporaryPostgres.Shared.Server};Database={_database}", IsUnsafeAllowed = true },
            TimeProvider.System,
            SystemRandomSource.Instance);
        stores.Add(store);
        return (store, store.Membership);
    }
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
