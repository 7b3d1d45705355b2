using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Gantry.Tests;
using Npgsql;

namespace Gantry.Chaos;

/// <summary>Node processes over a real PostgreSQL server, with a proxy on every edge: node to server, peers to node, clients to node.</summary>
internal sealed class ChaosCluster : IAsyncDisposable
{
    /// <summary>As many as a store has when nothing is said.</summary>
    public const int Shards = 128;

    private static readonly HttpClient s_http = new() { Timeout = TimeSpan.FromSeconds(3) };

    private readonly string _folder = Directory.CreateTempSubdirectory("gantry-chaos-").FullName;
    private readonly List<Member> _members = [];
    private readonly string _database = TemporaryPostgres.NewDatabaseName();

    public IReadOnlyList<Member> Members => _members;

    /// <summary>Where nodes reach the devices.</summary>
    public int DevicesPort { get; } = Ports.One();

    /// <summary>Where logs are kept when something is wrong.</summary>
    public string Folder => _folder;

    public static async Task<ChaosCluster> StartAsync(int nodes)
    {
        Environment.SetEnvironmentVariable("PGTEST_FSYNC", "on");
        var cluster = new ChaosCluster();

        // However this process ends, its nodes do not outlive it.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => cluster._members.ForEach(m => m.Signal("KILL"));
        AppDomain.CurrentDomain.UnhandledException += (_, _) => cluster._members.ForEach(m => m.Signal("KILL"));
        await ExecuteAsync($"CREATE DATABASE {cluster._database}", "postgres");
        var server = new NpgsqlConnectionStringBuilder(TemporaryPostgres.Shared.Server);
        for (var i = 0; i < nodes; i++)
        {
            var ports = Ports.Block(7);
            var member = new Member(
                $"node-{i + 1}",
                Path.Combine(cluster._folder, $"node-{i + 1}.conf"),
                TcpProxy.Start(ports + 4, server.Port),
                TcpProxy.Start(ports + 5, ports + 3, cluster.CallerOf),
                TcpProxy.Start(ports + 6, ports),
                ports,
                ports + 6,
                cluster.DevicesPort);
            await File.WriteAllTextAsync(member.File, cluster.Configuration(member, ports, nodes));
            cluster._members.Add(member);
        }

        cluster._members.ForEach(m => m.Start());
        await Task.WhenAll(cluster._members.Select(m => m.ReadyAsync(TimeSpan.FromSeconds(90))));
        return cluster;
    }

    /// <summary>Ends sessions of lanes and beats, some of them or all.</summary>
    public Task<int> TerminateSessionsAsync(double share) => ExecuteAsync(
        string.Create(
            CultureInfo.InvariantCulture,
            $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{_database}' AND pid <> pg_backend_pid() AND random() < {share}"));

    public Task<int> ExecuteAsync(string sql) => ExecuteAsync(sql, _database);

    public async ValueTask DisposeAsync()
    {
        foreach (var member in _members)
        {
            await member.DisposeAsync();
        }

        _members.Clear();
    }

    /// <summary>The owner of each shard as one node knows it; empty when it does not say.</summary>
    public static async Task<List<string?>> OwnersAsync(Member at)
    {
        try
        {
            return await s_http.GetFromJsonAsync(new Uri(at.Url, "/chaos/shards"), ChaosJson.Default.ListString) ?? [];
        }
        catch (Exception e) when (ChaosClients.IsBroken(e))
        {
            return [];
        }
    }

    /// <summary>An operator moves a shard, through any node that listens; false when none took the order.</summary>
    public async Task<bool> MoveAsync(int shard, Member to)
    {
        foreach (var member in _members.Where(m => m.IsRunning))
        {
            try
            {
                using var answer = await s_http.PostAsync(new Uri(member.Url, $"/chaos/shards/{shard}/{to.Name}"), content: null);
                if (answer.IsSuccessStatusCode)
                {
                    return true;
                }
            }
            catch (Exception e) when (ChaosClients.IsBroken(e))
            {
                // Another one may.
            }
        }

        return false;
    }

    /// <summary>What the nodes committed, and how they measured themselves: kept when something is wrong.</summary>
    public async Task KeepEvidenceAsync()
    {
        foreach (var member in _members.Where(m => m.IsRunning))
        {
            await File.WriteAllTextAsync(Path.Combine(_folder, $"{member.Name}.metrics"), await s_http.GetStringAsync(new Uri(member.Url, "/metrics")));
        }

        await using var journal = new StreamWriter(Path.Combine(_folder, "journal.tsv"));
        await using var connection = await ConnectAsync(_database);
        using var rows = await connection.BeginTextExportAsync("COPY (SELECT * FROM actors.event ORDER BY shard, pos) TO STDOUT");
        while (await rows.ReadLineAsync() is { } row)
        {
            await journal.WriteLineAsync(row);
        }
    }

    /// <summary>Nothing is kept of a run in which nothing was wrong.</summary>
    public void Forget() => Directory.Delete(_folder, recursive: true);

    private static async Task<int> ExecuteAsync(string sql, string database)
    {
        await using var connection = await ConnectAsync(database);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync();
    }

    private static async Task<NpgsqlConnection> ConnectAsync(string database)
    {
        var connection = new NpgsqlConnection($"{TemporaryPostgres.Shared.Server};Database={database};Pooling=false;Application Name=chaos");
        await connection.OpenAsync();
        return connection;
    }

    private string? CallerOf(int from, int to) => _members.Find(m => m.Process is { } process && SocketOwner.Has(process, from, to))?.Name;

    private string Configuration(Member member, int ports, int nodes)
    {
        var through = new NpgsqlConnectionStringBuilder(TemporaryPostgres.Shared.Server) { Port = ports + 4, Database = _database, Host = "127.0.0.1" };
        return $$"""
            gantry {
              storage { kind = postgres, connection = "{{through.ConnectionString}}" }
              api.external.port = {{ports}}
              api.internal.port = {{ports + 1}}
              api.admin.port = {{ports + 2}}
              bootstrap.token = "gnt_chaos001_0123456789abcdef0123456789abcdef"
              cluster {
                enabled = {{(nodes > 1 ? "true" : "false")}}
                node_id = "{{member.Name}}"
                public_url = "http://127.0.0.1:{{ports + 6}}"
                settle = "3 s"
                link { port = {{ports + 3}}, url = "http://127.0.0.1:{{ports + 5}}" }
              }
            }
            """;
    }

    /// <summary>One node of it, whose process comes and goes.</summary>
    internal sealed class Member(string name, string file, TcpProxy store, TcpProxy link, TcpProxy clients, int listener, int port, int devices) : IAsyncDisposable
    {
        private NodeProcess? _process;

        public string Name => name;

        public string File => file;

        /// <summary>Its way to the server.</summary>
        public Edge Store => store.All;

        /// <summary>The way of its peers to it, an edge for each.</summary>
        public TcpProxy Link => link;

        /// <summary>The way of clients to it.</summary>
        public Edge Clients => clients.All;

        public Uri Url { get; } = new($"http://127.0.0.1:{port}");

        /// <summary>Without the proxy, which takes connections for a node that is not there: who measures wants to see them refused.</summary>
        public Uri Direct { get; } = new($"http://127.0.0.1:{listener}");

        /// <summary>The number of its process; null while it has none.</summary>
        public int? Process => _process is { IsRunning: true } process ? process.Id : null;

        public bool IsRunning => _process?.IsRunning == true;

        public string Output => _process?.Output ?? "";

        public int Starts { get; private set; }

        public void Start()
        {
            Starts++;
            _process = NodeProcess.StartProgram("Gantry.Chaos.dll", "--node", file, devices.ToString(CultureInfo.InvariantCulture));
            _process.LogTo(Path.Combine(Path.GetDirectoryName(file)!, $"{name}.{Starts}.log")); // a file in a folder
        }

        public async Task KillAsync()
        {
            if (_process is { } process)
            {
                _process = null;
                await process.DisposeAsync();
            }
        }

        public void Signal(string signal) => _process?.Signal(signal);

        /// <summary>A stop as an orchestrator asks for it: the node drains first.</summary>
        public async Task StopAsync(TimeSpan patience)
        {
            if (_process is { IsRunning: true } process)
            {
                process.Signal("TERM");
                try
                {
                    await process.ExitAsync(patience);
                }
                catch (TimeoutException)
                {
                    // As an orchestrator does: then hard.
                }
            }

            await KillAsync();
        }

        public async Task ReadyAsync(TimeSpan within)
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
            await Eventually.HoldsAsync(
                async () =>
                {
                    if (!IsRunning)
                    {
                        throw new InvalidOperationException($"{name} ended:\n{Output}");
                    }

                    try
                    {
                        using var answer = await http.GetAsync(new Uri(Url, "/health/ready"));
                        return answer.StatusCode == HttpStatusCode.OK;
                    }
                    catch (Exception e) when (ChaosClients.IsBroken(e))
                    {
                        return false;
                    }
                },
                within,
                () => Output);
        }

        public void Heal()
        {
            store.Heal();
            link.Heal();
            clients.Heal();
        }

        public async ValueTask DisposeAsync()
        {
            Signal("CONT");
            await KillAsync();
            await store.DisposeAsync();
            await link.DisposeAsync();
            await clients.DisposeAsync();
        }
    }
}
