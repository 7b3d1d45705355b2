using System.Collections.Immutable;
using System.Globalization;
using Gantry.Actors.Runtime;
using Gantry.Tests;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Gantry.Api.Tests;

/// <summary>
/// Runs the suites that stand on <see cref="RackHost"/> on several nodes over PostgreSQL: <c>GANTRY_TEST_NODES=3 dotnet test tests/Api.Tests</c>.
/// </summary>
internal static class TestCluster
{
    private const string Variable = "GANTRY_TEST_NODES";

    /// <summary>Nodes of every rack; 1 unless told otherwise.</summary>
    public static int Nodes { get; } = int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out var nodes) ? nodes : 1;

    /// <summary>For tests in which nobody dies: a machine that is busy for seconds kills no node either.</summary>
    public static IReadOnlyDictionary<string, string?> Calm { get; } = new Dictionary<string, string?> { ["gantry:cluster:time_to_live"] = "00:00:15" };

    /// <summary>Where sleds reach the nodes.</summary>
    public static ImmutableArray<Uri> InternalListeners(IEnumerable<int> ports) => [.. ports.Select(p => new Uri($"http://127.0.0.1:{p}"))];

    /// <summary>A connection string of a new, empty database.</summary>
    public static async Task<string> NewDatabaseAsync()
    {
        var name = TemporaryPostgres.NewDatabaseName();
        await using var connection = new NpgsqlConnection($"{TemporaryPostgres.Shared.Server};Database=postgres;Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"CREATE DATABASE {name}";
        await command.ExecuteNonQueryAsync();
        return $"{TemporaryPostgres.Shared.Server};Database={name}";
    }

    /// <summary>Waits until every node has its share and all know it: what a test counts is not what a move of shards caused.</summary>
    public static Task BalancedAsync(IReadOnlyList<ApiHost> nodes)
    {
        var engines = nodes.Select(n => n.Services.GetRequiredService<ActorEngine>()).ToList();
        return Eventually.HoldsAsync(
            () => engines.All(e => e.ClusterAdmin.Show() is var report
                && report.Members.Count(m => m.LinkState == "up") == engines.Count - 1
                && report.Shards.All(s => s.NodeId == s.PreferredNodeId && s.Standing is "serving" or "foreign"))
                && engines.Sum(e => e.Cluster?.Shards ?? 0) == engines[0].ClusterAdmin.Show().Shards.Length,
            TimeSpan.FromSeconds(60),
            () => string.Join("; ", engines.Select(e => $"{e.Standing} {e.Cluster}")));
    }

    /// <summary>Every table of a store, by name, byte for byte.</summary>
    public static async Task<Dictionary<string, byte[]>> DumpAsync(string database)
    {
        await using var connection = new NpgsqlConnection($"{database};Pooling=false");
        await connection.OpenAsync();
        var names = new List<string>();
        await using (var command = new NpgsqlCommand("SELECT tablename FROM pg_tables WHERE schemaname = 'actors'", connection))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                names.Add(reader.GetString(0));
            }
        }

        var tables = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            using var bytes = new MemoryStream();
            await using (var copy = await connection.BeginRawBinaryCopyAsync($"COPY actors.\"{name}\" TO STDOUT (FORMAT BINARY)"))
            {
                await copy.CopyToAsync(bytes);
            }

            tables[name] = bytes.ToArray();
        }

        return tables;
    }

    /// <summary>The settings of one of them.</summary>
    public static Dictionary<string, string?> Settings(IReadOnlyDictionary<string, string?> settings, int node, string database, string token) => new(settings)
    {
        ["gantry:storage:kind"] = "postgres",
        ["gantry:storage:connection"] = database,
        ["gantry:storage:allow_unsafe"] = "true",
        ["gantry:bootstrap:token"] = token,
        ["gantry:cluster:enabled"] = "true",
        ["gantry:cluster:node_id"] = $"node-{node + 1}",
        ["gantry:cluster:link:port"] = Ports.One().ToString(CultureInfo.InvariantCulture),
        ["gantry:cluster:settle"] = "00:00:00",
        ["gantry:cluster:drain_deadline"] = "00:00:00.2",
    };
}

/// <summary>Sends every request to the next node.</summary>
internal sealed class SprayHandler(IReadOnlyList<Uri> nodes) : DelegatingHandler(new SocketsHttpHandler())
{
    private int _next = -1;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var node = nodes[(int)((uint)Interlocked.Increment(ref _next) % nodes.Count)];
        var wanted = request.RequestUri!; // the client set it
        request.RequestUri = new Uri(node, wanted.PathAndQuery);
        return base.SendAsync(request, cancellationToken);
    }
}
