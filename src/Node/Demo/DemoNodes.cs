using System.Diagnostics.CodeAnalysis;
using Gantry.Primitives;

namespace Gantry.Node;

/// <summary>The nodes of a demo: one in this process on SQLite, or several processes over PostgreSQL.</summary>
[SuppressMessage("Reliability", "CA2000", Justification = "It owns what it starts and ends it in reverse order.")]
internal sealed class DemoNodes : IAsyncDisposable
{
    // Long enough for every queue to close, short enough for a person at the keyboard (operator-experience 4.2).
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly List<DemoProcess> _processes = [];
    private DemoPostgres? _postgres;
    private string? _postgresFolder;
    private WebApplication? _app;

    private DemoNodes()
    {
    }

    /// <summary>What the first tick says.</summary>
    public string Says => _app is not null ? "1 node up, SQLite" : $"{_processes.Count} node{(_processes.Count == 1 ? "" : "s")} up, PostgreSQL";

    /// <summary>Process ids by node; empty when the node is in this process.</summary>
    public IReadOnlyList<int> Processes => [.. _processes.Select(p => p.Id)];

    /// <summary>Starts them; all are ready when it returns.</summary>
    public static async Task<DemoNodes> StartAsync(DemoOptions options, DemoPorts ports, string folder, string token, CancellationToken ct)
    {
        var nodes = new DemoNodes();
        try
        {
            await (options.Postgres is null
                ? nodes.StartOneAsync(options, ports, folder, token, ct)
                : nodes.StartManyAsync(options, ports, folder, token, ct)).ConfigureAwait(false);
            return nodes;
        }
        catch
        {
            await nodes.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is { } app)
        {
            using var limit = new CancellationTokenSource(StopWithin, TimeProvider.System);
            await app.StopAsync(limit.Token).ConfigureAwait(false);
            await app.DisposeAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(_processes.Select(p => p.DisposeAsync().AsTask())).ConfigureAwait(false);
        if (_postgres is { } postgres)
        {
            await postgres.DisposeAsync().ConfigureAwait(false);
        }

        if (_postgresFolder is { } folder)
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task StartOneAsync(DemoOptions options, DemoPorts ports, string folder, string token, CancellationToken ct)
    {
        _app = NodeHost.Build(
            [],
            DemoSettings.Of(options, ports, folder, token),
            b => b.Logging.ClearProviders().AddSimpleConsole().SetMinimumLevel(LogLevel.Error)
                .AddFilter("Gantry.Hosting.GantryNode", LogLevel.Critical)); // a start that fails is told by the demo
        await _app.StartAsync(ct).ConfigureAwait(false);
    }

    private async Task StartManyAsync(DemoOptions options, DemoPorts ports, string folder, string token, CancellationToken ct)
    {
        var connection = options.Postgres == DemoPostgres.Temporary
            ? await StartPostgresAsync(options, ports, ct).ConfigureAwait(false)
            : options.Postgres!; // there are several nodes because it is set
        Directory.CreateDirectory(folder);
        for (var node = 0; node < options.Nodes; node++)
        {
            _processes.Add(DemoProcess.Start(
                DemoSettings.OfNode(options, ports, node, connection), token, Path.Combine(folder, $"{DemoSettings.NodeName(node)}.log")));
        }

        using var http = new HttpClient();
        await Task.WhenAll(_processes.Select((process, node) => ReadyAsync(http, process, ports.Node(node), ct))).ConfigureAwait(false);
    }

    private async Task<string> StartPostgresAsync(DemoOptions options, DemoPorts ports, CancellationToken ct)
    {
        // Beside the data folder when there is one; else one that a database user may enter, which the demo's own may not be.
        var folder = options.DataFolder is { } kept ? Path.Combine(Path.GetFullPath(kept), "postgres") : Directory.CreateTempSubdirectory("gantry-demo-pg-").FullName;
        _postgresFolder = options.DataFolder is null ? folder : null;
        _postgres = await DemoPostgres.StartAsync(folder, ports.Postgres, options.DataFolder is not null, ct).ConfigureAwait(false);
        return _postgres.Connection;
    }

    private static async Task ReadyAsync(HttpClient http, DemoProcess process, DemoPorts ports, CancellationToken ct)
    {
        var start = TimeProvider.System.GetTimestamp();
        var url = new Uri($"http://127.0.0.1:{ports.External}/health/ready");
        while (!await IsReadyAsync(http, url, ct).ConfigureAwait(false))
        {
            if (process.WhyEnded is { } why)
            {
                throw new DemoFailedException($"the node at port {ports.External} is not there: {why}");
            }

            if (TimeProvider.System.GetElapsedTime(start) > Patience)
            {
                throw new DemoFailedException($"after {Patience.TotalSeconds:0} s the node at port {ports.External} is not ready; ask it: curl {url}");
            }

            await Task.Delay(Look, TimeProvider.System, ct).ConfigureAwait(false);
        }
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, Uri url, CancellationToken ct)
    {
        try
        {
            using var answer = await http.GetAsync(url, ct).ConfigureAwait(false);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (ConnectionFailure.Is(e))
        {
            return false; // it does not listen yet
        }
    }
}
