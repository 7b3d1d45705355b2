using System.Net;
using Gantry.Actors;
using Gantry.Actors.Cluster;
using Gantry.Actors.Runtime;
using Gantry.Actors.Storage.Postgres;
using Gantry.Primitives;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gantry.Bench;

/// <summary>One node of a cluster under measurement.</summary>
internal sealed class BenchNode : IAsyncDisposable
{
    private readonly PostgresStore _inner;
    private readonly NodeLinks _links;
    private readonly ActorEngine _engine;

    private BenchNode(string name, PostgresStore inner, CountingStore store, NodeLinks links, ActorEngine engine) =>
        (Name, _inner, Store, _links, _engine) = (name, inner, store, links, engine);

    public string Name { get; }

    public CountingStore Store { get; }

    public IEntities Entities => _engine.Entities;

    public ClusterReport Report => _engine.ClusterAdmin.Show();

    public static async Task<BenchNode> StartAsync(
        string name, string database, CertificateFiles certificates, EngineModel model, int lanes, CancellationToken ct)
    {
        var links = new NodeLinks(
            new LinkOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), Certificates = certificates },
            TimeProvider.System, SystemRandomSource.Instance, NullLoggerFactory.Instance);
        await links.StartAsync(ct);
        var inner = BenchServer.Store(database);
        var store = new CountingStore(inner);
        var engine = new ActorEngine(new ActorEngineParts
        {
            Store = store,
            Membership = inner.Membership,
            Links = links,
            Model = model,
            Options = new ActorEngineOptions
            {
                NodeId = name,
                Lanes = lanes,
                Cluster = new ClusterOptions
                {
                    Link = links.Address,
                    Settle = TimeSpan.FromMilliseconds(500),
                    DrainPatience = TimeSpan.Zero,

                    // One that was declared dead stays away: its shards are to be taken, not taken back.
                    RejoinAfter = TimeSpan.FromMinutes(10),
                },
            },
            Listener = new SilentListener(),
            Time = TimeProvider.System,
            Random = SystemRandomSource.Instance,
            Logs = NullLoggerFactory.Instance,
        });
        await engine.StartAsync(ct);
        return new BenchNode(name, inner, store, links, engine);
    }

    /// <summary>Shards that it serves now.</summary>
    public HashSet<ShardId> Serving() => [.. Report.Shards.Where(s => s.Standing == "serving").Select(s => s.Shard)];

    /// <summary>The other nodes think that it is dead, as they do when its beats end: its lanes are fenced and its shards taken.</summary>
    public async Task DeclareDeadAsync(CancellationToken ct)
    {
        while (true)
        {
            var me = (await _inner.Membership.ReadAsync(ct)).Members.Single(m => m.Profile.NodeId == Name);
            if (await _inner.Membership.DeclareDeadAsync(me.Incarnation, me.Beat, ct))
            {
                return;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _links.DisposeAsync();
        await _inner.DisposeAsync();
    }
}
