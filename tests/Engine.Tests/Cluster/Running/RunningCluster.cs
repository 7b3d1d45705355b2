using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Actors.Storage;
using Gantry.Engine.Tests.Lanes;
using Gantry.Primitives;
using Gantry.Tests;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace Gantry.Engine.Tests.Running;

/// <summary>Several real engines over one store in one process, with short times.</summary>
internal sealed class RunningCluster : IAsyncDisposable
{
    public const int Shards = 24;

    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly MemoryStore _memory = new(SystemRandomSource.Instance);
    private readonly List<ClusterNode> _nodes = [];

    public LoopbackHub Links { get; } = new();

    /// <summary>Makes the store of one node; default: a memory store that all share.</summary>
    public Func<(IActorStore Store, IMembershipStore Members)>? StoreOf { get; init; }

    public static ClusterOptions Quick { get; } = new()
    {
        Beat = TimeSpan.FromMilliseconds(200),
        TimeToLive = TimeSpan.FromMilliseconds(1_500),
        Scan = TimeSpan.FromMilliseconds(100),
        Settle = TimeSpan.FromMilliseconds(300),
        StepIn = TimeSpan.FromMilliseconds(400),
        DrainPatience = TimeSpan.FromSeconds(10),
        RejoinAfter = TimeSpan.FromMilliseconds(200),
    };

    /// <summary>For tests in which nobody dies: a machine that is busy for seconds kills no node either.</summary>
    public static ClusterOptions Calm { get; } = Quick with { TimeToLive = TimeSpan.FromSeconds(15) };

    public ClusterOptions Options { get; init; } = Quick;

    public IReadOnlyList<ClusterNode> Nodes => _nodes;

    public MemoryStore Memory => _memory;

    public static Task<RunningCluster> StartAsync(params string[] names) => StartAsync(new RunningCluster(), names);

    public static Task<RunningCluster> StartCalmAsync(params string[] names) => StartAsync(new RunningCluster { Options = Calm }, names);

    public static async Task<RunningCluster> StartAsync(RunningCluster cluster, params string[] names)
    {
        foreach (var name in names)
        {
            await cluster.AddAsync(name);
        }

        await cluster.BalancedAsync();
        return cluster;
    }

    public async Task<ClusterNode> AddAsync(string name, IEnumerable<IActivity>? activities = null, Action<CuttableStore>? prepare = null)
    {
        var (store, members) = StoreOf?.Invoke() ?? (_memory, _memory.Membership);
        var cuttable = new CuttableStore(store, members);
        prepare?.Invoke(cuttable);
        var node = new ClusterNode(this, name, cuttable, activities ?? []);
        _nodes.Add(node);
        await node.Engine.StartAsync(CancellationToken.None);
        return node;
    }

    /// <summary>
    /// Moves a shard, and waits until that is seen. One whose target is not ready in time stays where it is (engine 5.6), so it is asked for until
    /// it is done.
    /// </summary>
    public Task MovedAsync(ShardId shard, string to, Func<bool> isSeen) => Eventually.HoldsAsync(
        async () =>
        {
            if (!isSeen() && _nodes[0].Report.Shards[shard.Value] is { Standing: "serving" } present && present.NodeId != to)
            {
                await _nodes[0].Engine.ClusterAdmin.MoveAsync(shard, to, new AdminOrder(Principal.Engine), CancellationToken.None);
            }

            return isSeen();
        },
        Soon,
        () => _nodes[0].Report.Shards[shard.Value]);

    /// <summary>Every shard is served, and every running node has some.</summary>
    public Task BalancedAsync() => Eventually.HoldsAsync(
        () =>
        {
            var running = _nodes.Where(n => n.IsRunning).ToList();
            return running.All(n => n.Engine.Cluster is { Shards: > 0 })
                && running.Sum(n => n.Engine.Cluster!.Shards) == Shards
                && running.All(n => n.Report.Members.Count(m => m.LinkState == "up") == running.Count - 1)
                && running.All(n => n.Report.Shards.All(s => s.NodeId == s.PreferredNodeId));
        },
        Soon,
        () => string.Join("; ", _nodes.Select(n => $"{n.Name} {n.Engine.State} {n.Engine.Standing} {n.Engine.Cluster}")));

    /// <summary>Every shard is served by a running node, and all of them know where.</summary>
    public Task ServedAsync() => Eventually.HoldsAsync(
        () =>
        {
            var running = _nodes.Where(n => n.IsRunning).ToList();
            return running.Sum(n => n.Engine.Cluster?.Shards ?? 0) == Shards
                && running.All(n => n.Report.Shards.All(s => running.Any(r => r.Report.Incarnation == s.Owner)));
        },
        Soon,
        () => string.Join("; ", _nodes.Select(n => $"{n.Name} {n.Engine.State} {n.Engine.Standing} {n.Engine.Cluster}")));

    /// <summary>A ledger whose shard a node serves now.</summary>
    public EntityAddress LedgerAt(ClusterNode node, string prefix = "at")
    {
        var own = node.Report.Shards.Where(s => s.Standing == "serving").Select(s => s.Shard).ToHashSet();
        return Enumerable.Range(0, 10_000).Select(i => LedgerArea.At($"{prefix}-{i}")).First(a => own.Contains(ShardId.Of(a, Shards)));
    }

    public ClusterNode OwnerOf(EntityAddress entity)
    {
        var shard = ShardId.Of(entity, Shards);
        return _nodes.Single(n => n.IsRunning && n.Report.Shards[shard.Value].Standing is "serving" or "offering");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            node.Store.IsCut = false;
        }

        await Task.WhenAll(_nodes.Select(n => n.DisposeAsync().AsTask()));
        await _memory.DisposeAsync();
    }
}

/// <summary>One engine of it.</summary>
internal sealed class ClusterNode : IAsyncDisposable
{
    private readonly LoopbackLinks _links;
    private int _keys;

    public ClusterNode(RunningCluster cluster, string name, CuttableStore store, IEnumerable<IActivity> activities)
    {
        (Name, Store) = (name, store);
        _links = cluster.Links.For(name);
        Commits.Subscribe(Nudges);
        Engine = new ActorEngine(new ActorEngineParts
        {
            Store = store,
            Membership = store,
            Links = _links,
            Model = new EngineModel([LedgerArea.Module]),
            Options = new ActorEngineOptions
            {
                NodeId = name,
                ShardCount = RunningCluster.Shards,
                Lanes = 2,
                StopPatience = TimeSpan.FromMilliseconds(500),
                Cluster = cluster.Options with { PublicUrl = new Uri($"http://{name}.example:8480/") },
            },
            Activities = () => activities,
            Listener = Commits,
            Time = TimeProvider.System,
            Random = SystemRandomSource.Instance,
            Logs = Environment.GetEnvironmentVariable("GANTRY_TEST_LOG") is null ? NullLoggerFactory.Instance : new ConsoleLogs(name),
        });
    }

    public string Name { get; }

    public ActorEngine Engine { get; }

    public CuttableStore Store { get; }

    public LoopbackLinks Links => _links;

    public CommitListeners Commits { get; } = new();

    public NudgeLog Nudges { get; } = new();

    public ClusterReport Report => Engine.ClusterAdmin.Show();

    public bool IsRunning => Engine.State == EngineState.Running && !IsGone;

    /// <summary>Not counted any more: it is silent or cut off.</summary>
    public bool IsGone { get; set; }

    public async Task<Outcome<TReply>> AskAsync<TReply>(EntityAddress to, ICommand<TReply> command, string? key = null, TimeSpan? deadline = null)
        where TReply : class => await Engine.Entities.AskAsync(
            to,
            command,
            new AskOptions
            {
                Key = new CommandKey(key ?? $"{Name}-{Interlocked.Increment(ref _keys)}-{SystemRandomSource.Instance.NewGuid():N}"),
                Deadline = deadline ?? TimeSpan.FromSeconds(20),
                Caller = new Principal(PrincipalKind.Host, "test"),
            },
            CancellationToken.None);

    public async Task<TReply> MustAsync<TReply>(EntityAddress to, ICommand<TReply> command, string? key = null) where TReply : class =>
        (await AskAsync(to, command, key)).ShouldBeOfType<Outcome<TReply>.Accepted>().Value;

    public async Task<LedgerRow?> RowAsync(EntityAddress ledger) =>
        (await Engine.Views.GetAsync(LedgerArea.View, ledger.Key, CancellationToken.None))?.Row;

    /// <summary>Looks to the others like a process that was killed; its threads go on, so it is a zombie as well.</summary>
    public void Silence()
    {
        (Store.IsMute, Store.IsCut, IsGone) = (true, true, true);
        _links.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        await _links.DisposeAsync();
    }

    private sealed class ConsoleLogs(string name) : ILoggerFactory, ILogger
    {
        public void AddProvider(ILoggerProvider provider)
        {
            // Only to the console.
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Console.Error.WriteLine($"{TimeProvider.System.GetUtcNow():ss.fff} {name} {logLevel}: {formatter(state, exception)} {exception?.Message}");

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
