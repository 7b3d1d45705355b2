using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Gantry.Primitives;
using Gantry.Sled.Simulator;
using Gantry.Switch.Simulator;
using Gantry.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Gantry.Chaos;

/// <summary>Three nodes as processes over a throwaway PostgreSQL, two switches, sleds with quorum nodes, and a client of all three gateways.</summary>
internal sealed class ClusterUnderTest : IAsyncDisposable
{
    public const int NodeCount = 3;
    public const string Subnet = "fd00:1122:3344:100::/56";

    private const string Token = "gnt_chaos003_0123456789abcdef0123456789abcdef";
    private const int PortsPerNode = 5;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("gantry-cluster-").FullName;
    private readonly int _port = Ports.Block(NodeCount * PortsPerNode);
    private readonly List<SwitchSimulator> _switches = [];
    private readonly List<TcpProxy> _edges = [];
    private readonly NodeProcess[] _nodes = new NodeProcess[NodeCount];
    private int _turn = -1;

    private ClusterUnderTest()
    {
        Apis = [.. Enumerable.Range(0, NodeCount).Select(n => new ApiUnderTest(External(n), Token))];
        Admin = new ApiUnderTest(External(1) + 2, Token);
    }

    /// <summary>A client per gateway.</summary>
    public ImmutableArray<ApiUnderTest> Apis { get; }

    /// <summary>The admin listener of the second node.</summary>
    public ApiUnderTest Admin { get; }

    public Guid RackId { get; } = Guid.NewGuid();

    public SledSimulator Sleds { get; private set; } = null!; // set by StartAsync before anybody sees it

    /// <summary>Starts it; with certificates links are TLS under an authority of its own, and what enters a node can be cut.</summary>
    public static async Task<ClusterUnderTest> StartAsync(int sleds, bool hasCertificates = false)
    {
        var cluster = new ClusterUnderTest { HasCertificates = hasCertificates };
        try
        {
            if (hasCertificates)
            {
                await cluster.CertifyAsync();
            }

            await cluster.StartDevicesAsync(sleds);
            var database = await NewDatabaseAsync();
            for (var node = 0; node < NodeCount; node++)
            {
                cluster.WriteConfiguration(node, database);
                cluster._nodes[node] = cluster.StartNode(node);
            }

            await Task.WhenAll(Enumerable.Range(0, NodeCount).Select(n => cluster.Apis[n].ReadyAsync(cluster._nodes[n])));
            await Eventually.HoldsAsync(
                async () => (await cluster.Apis[0].ListAsync("/v1/system/hardware/sleds")).Count(s => s["slot"] is not null) == sleds,
                s_patience, () => cluster.Output);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    private bool HasCertificates { get; init; }

    /// <summary>Nothing of another node gets into this one any more, while it reaches the database.</summary>
    public void CutOff(int node) => (_edges[node].All.IsInboundCut, _edges[node].All.IsOutboundCut) = (true, true);

    /// <summary>Takes that back.</summary>
    public void Heal(int node) => _edges[node].Heal();

    /// <summary>Where clients reach a node.</summary>
    public Uri UrlOf(int node) => new($"http://127.0.0.1:{External(node)}");

    /// <summary>What the nodes said last.</summary>
    public string Output => string.Join("\n----\n", _nodes.Select(n => n?.Output));

    /// <summary>
    /// Sends a command to one gateway after another, with one key, until one of them answers something that is not "try again": what a client
    /// with three addresses does.
    /// </summary>
    public async Task<JsonNode?> DoAsync(HttpMethod method, string path, JsonObject? body = null)
    {
        var key = SystemRandomSource.Instance.NewGuid().ToString();
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var answer = await NextApi().TryAsync(method, path, body, method == HttpMethod.Post ? key : null);
            if (answer is { } told && (int)told.Status is not (503 or 504 or 502 or 429))
            {
                return (int)told.Status < 300 ? told.Body : throw new InvalidOperationException($"{method} {path}: {(int)told.Status} {told.Body}\n{Output}");
            }

            if (TimeProvider.System.GetElapsedTime(began) > s_patience)
            {
                throw new TimeoutException($"{method} {path}: {answer?.Status} {answer?.Body} for {s_patience.TotalSeconds} s\n{Output}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    public Task<List<JsonNode>> ListAsync(string path) => NextLivingApi().ListAsync(path);

    public Task KillAsync(int node) => _nodes[node].KillAsync();

    /// <summary><c>STOP</c> or <c>CONT</c>.</summary>
    public void Signal(int node, string name) => _nodes[node].Signal(name);

    /// <summary>A client of one gateway with a patience of its own.</summary>
    public ApiUnderTest ClientOf(int node, TimeSpan patience) => new(External(node), Token, patience);

    /// <summary>Every node has some of the shards: whoever started first holds all until the others have settled.</summary>
    public Task SpreadAsync() => Eventually.HoldsAsync(
        async () => (await Task.WhenAll(Enumerable.Range(0, NodeCount).Select(ClusterLineAsync)))
            .All(l => l.StartsWith("3 nodes up, ", StringComparison.Ordinal) && !l.StartsWith("3 nodes up, 0 of ", StringComparison.Ordinal)),
        TimeSpan.FromSeconds(60),
        () => Output);

    public async Task RestartAsync(int node)
    {
        _nodes[node] = StartNode(node);
        await Apis[node].ReadyAsync(_nodes[node]);
    }

    /// <summary>What a node says of its cluster.</summary>
    public async Task<string> ClusterLineAsync(int node)
    {
        var answer = await Apis[node].TryAsync(HttpMethod.Get, "/health/ready");
        var check = answer?.Body?["checks"]?.AsArray().FirstOrDefault(c => (string?)c!["name"] == "cluster"); // an array has items
        return (string?)check?["message"] ?? "";
    }

    /// <summary>Rack setup forms the quorum of these sleds and hands it over to the second node.</summary>
    public async Task FormQuorumAsync(int members)
    {
        var (formed, coordinator) = await RackSetup.FormAsync(Sleds.Sleds[..members], RackId, TimeProvider.System, CancellationToken.None);
        await Admin.DoAsync(HttpMethod.Put, $"/racks/{RackId}/initialization-complete", new JsonObject
        {
            ["rack_subnet"] = Subnet,
            ["initial_trust_quorum_configuration"] = new JsonObject
            {
                ["members"] = new JsonArray([.. formed.Select(Board)]), ["coordinator"] = Board(coordinator),
            },
        });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.Where(n => n is not null))
        {
            await node.DisposeAsync();
        }

        await (Sleds?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (var one in _switches)
        {
            await one.DisposeAsync();
        }

        foreach (var edge in _edges)
        {
            await edge.DisposeAsync();
        }

        foreach (var api in Apis.Append(Admin))
        {
            api.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static JsonObject Board(BaseboardId id) => new() { ["part_number"] = id.PartNumber, ["serial_number"] = id.SerialNumber };

    private static async Task<string> NewDatabaseAsync()
    {
        var name = TemporaryPostgres.NewDatabaseName();
        await using var connection = new NpgsqlConnection($"{TemporaryPostgres.Shared.Server};Database=postgres;Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"CREATE DATABASE {name}";
        await command.ExecuteNonQueryAsync();
        return $"{TemporaryPostgres.Shared.Server};Database={name}";
    }

    private ApiUnderTest NextApi() => Apis[(int)((uint)Interlocked.Increment(ref _turn) % NodeCount)];

    private ApiUnderTest NextLivingApi()
    {
        var living = Enumerable.Range(0, NodeCount).Where(n => _nodes[n].IsRunning).ToList();
        return Apis[living[(int)((uint)Interlocked.Increment(ref _turn) % living.Count)]];
    }

    private async Task CertifyAsync()
    {
        await RunToEndAsync("certificates", "init", "--out", Path.Combine(_folder, "ca"));
        foreach (var node in Enumerable.Range(0, NodeCount))
        {
            await RunToEndAsync(
                "certificates", "issue", "--ca", Path.Combine(_folder, "ca"), "--node", $"node-{node + 1}", "--host", "127.0.0.1", "--out", Certificates(node));
            _edges.Add(TcpProxy.Start(External(node) + 4, External(node) + 3));
        }
    }

    private static async Task RunToEndAsync(params string[] arguments)
    {
        await using var process = NodeProcess.Start(arguments);
        await Eventually.HoldsAsync(() => !process.IsRunning, s_patience, () => process.Output);
    }

    private string Certificates(int node) => Path.Combine(_folder, $"certificates-{node + 1}");

    // Others come in by the proxy, so that an edge can be cut.
    private string LinkOf(int node) => HasCertificates
        ? $$"""
            link.url = "https://127.0.0.1:{{External(node) + 4}}"
            certificates {
              authority = "{{Certificates(node)}}/ca.crt", certificate = "{{Certificates(node)}}/node.crt", key = "{{Certificates(node)}}/node.key"
            }
            """
        : "";

    private int External(int node) => _port + (node * PortsPerNode);

    private NodeProcess StartNode(int node) => NodeProcess.Start("run", "--config", Configuration(node));

    private string Configuration(int node) => Path.Combine(_folder, $"node-{node + 1}.conf");

    private async Task StartDevicesAsync(int sleds)
    {
        foreach (var slot in new[] { 0, 1 })
        {
            _switches.Add(await SwitchSimulator.StartAsync(
                new SwitchSimulatorOptions { Port = 0, Slot = slot, ControlPort = 0 }, CancellationToken.None));
        }

        Sleds = await SledSimulator.StartAsync(
            new SledSimulatorOptions
            {
                Sleds = [.. Enumerable.Range(0, sleds).Select(n => new SimulatedSledOptions
                {
                    Id = GuidForm.FromText($"{RackId} {n}"), Slot = n, Serial = $"SLED{n}", Part = "913-0000019", RackId = RackId, QuorumPort = 0,
                })],
                Switches = [new SimulatedSwitchOptions(0, "SW0"), new SimulatedSwitchOptions(1, "SW1")],
                ControlPlanes = [.. Enumerable.Range(0, NodeCount).Select(n => new Uri($"http://127.0.0.1:{External(n) + 1}"))],
                AutoDelay = TimeSpan.FromMilliseconds(100),
            },
            TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
    }

    private void WriteConfiguration(int node, string database) => File.WriteAllText(
        Configuration(node),
        $$"""
        gantry {
          storage { kind = postgres, connection = "{{database}}", allow_unsafe = true }
          cluster {
            enabled = true, node_id = "node-{{node + 1}}", public_url = "http://127.0.0.1:{{External(node)}}"
            {{LinkOf(node)}}
            link.port = {{External(node) + 3}}, settle = 2 s, drain_deadline = 2 s
          }
          api.external.port = {{External(node)}}
          api.internal.port = {{External(node) + 1}}
          api.admin.port = {{External(node) + 2}}
          bootstrap.token = "{{Token}}"
          multicast.enabled = true
          racks = [{
            id = "{{RackId}}", subnet = "{{Subnet}}"
            switches = [
              { slot = 0, address = "{{_switches[0].Address}}" }
              { slot = 1, address = "{{_switches[1].Address}}" }
            ]
            management_gateways = ["{{Sleds.Gateway}}"]
          }]
        }
        """);
}
