using System.Diagnostics;
using Gantry.Actors;
using Gantry.Actors.Cluster;

namespace Gantry.Bench;

/// <summary>Several nodes in one process: a store and lanes each, one database, and real HTTP/2 links with mutual TLS on loopback.</summary>
internal sealed class BenchCluster : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Validity = TimeSpan.FromDays(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("gantry-bench-links-").FullName;
    private readonly List<BenchNode> _nodes = [];

    public required string Database { get; init; }

    public IReadOnlyList<BenchNode> Nodes => _nodes;

    public static async Task<BenchCluster> StartAsync(int nodes, EngineModel model, int lanes, CancellationToken ct)
    {
        var cluster = new BenchCluster { Database = await BenchServer.NewDatabaseAsync(ct) };
        var authority = ClusterAuthority.Create("bench", Validity, TimeProvider.System);
        for (var i = 1; i <= nodes; i++)
        {
            var name = $"node-{i}";
            var certificates = cluster.Write(name, authority, ClusterAuthority.Issue(authority, name, ["127.0.0.1"], Validity, TimeProvider.System));
            cluster._nodes.Add(await BenchNode.StartAsync(name, cluster.Database, certificates, model, lanes, ct));
        }

        await UntilAsync(cluster.IsBalanced, "shards are where they should be, and links are up", ct);
        return cluster;
    }

    public static async Task UntilAsync(Func<bool> holds, string what, CancellationToken ct)
    {
        for (var from = Stopwatch.GetTimestamp(); !holds();)
        {
            if (Stopwatch.GetElapsedTime(from) > Soon)
            {
                throw new TimeoutException($"not so within {Soon.TotalSeconds:0} s: {what}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, ct);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private bool IsBalanced() => _nodes.TrueForAll(node =>
    {
        var report = node.Report;
        return report.Shards.All(s => s.NodeId is not null && s.NodeId == s.PreferredNodeId)
            && report.Members.Count(m => m.LinkState == "up") == _nodes.Count - 1;
    }) && _nodes.Sum(n => n.Report.Shards.Count(s => s.Standing == "serving")) == ShardId.DefaultCount;

    private CertificateFiles Write(string name, PemPair authority, PemPair node)
    {
        return new CertificateFiles(File("ca.crt", authority.Certificate), File($"{name}.crt", node.Certificate), File($"{name}.key", node.Key));

        string File(string file, string text)
        {
            var path = Path.Combine(_folder, file);
            System.IO.File.WriteAllText(path, text);
            if (!OperatingSystem.IsWindows())
            {
                System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            return path;
        }
    }
}
