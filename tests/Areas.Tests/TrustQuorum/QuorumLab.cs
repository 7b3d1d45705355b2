using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Contracts;
using Gantry.Hosting;
using Gantry.Inventory;
using Gantry.Primitives;
using Gantry.Sled.Simulator;
using Gantry.Tests;
using Gantry.TrustQuorum;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gantry.Areas.Tests.TrustQuorum;

/// <summary>Real simulated sleds with quorum nodes, and a control plane over SQLite that can be stopped and started again.</summary>
internal sealed class QuorumLab : IAsyncDisposable
{
    public static readonly RackId Rack = RackId.From(Guid.Parse("0dbef452-a6dd-4831-bbdc-769ea3353f28"));

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private readonly LogCapture _logs = new();
    private readonly ILoggerFactory _loggers;
    private IHost? _host;

    private QuorumLab()
    {
        _loggers = LoggerFactory.Create(b => b.SetMinimumLevel(LogLevel.Trace).AddProvider(_logs));
        Folder = Directory.CreateTempSubdirectory("gantry-quorum-").FullName;
    }

    public string Folder { get; }

    public SledSimulator Simulator { get; private set; } = null!; // set by StartAsync, the only way to make one

    public ImmutableArray<RunningSled> Sleds => Simulator.Sleds;

    public string Logs => _logs.Text;

    public static async Task<QuorumLab> StartAsync(int members, int others)
    {
        var lab = new QuorumLab();
        lab.Simulator = await SledSimulator.StartAsync(
            new SledSimulatorOptions
            {
                Sleds = [.. Enumerable.Range(0, members + others).Select(n => new SimulatedSledOptions
                {
                    Id = GuidForm.FromText($"lab sled {n}"), Slot = n, Serial = $"BRM422200{n:00}", Part = "913-0000019", QuorumPort = 0, RackId = Rack.Value,
                })],
                GatewayPort = null,
                QuorumFolder = Path.Combine(lab.Folder, "sleds"),
            },
            TimeProvider.System, lab._loggers, default);
        await lab.BootAsync();
        for (var n = 0; n < members + others; n++)
        {
            await lab.RegisterAsync(lab.Sleds[n], 33 + n);
        }

        var (formed, coordinator) = await RackSetup.FormAsync(lab.Sleds[..members], Rack.Value, TimeProvider.System, default);
        await lab.MustAsync(Addresses.Rack(Rack), new FoundRack("fd00:1122:3344:100::/56", new RackCreated(formed, coordinator)));
        await lab.UntilAsync(1, TqStates.Committed);
        return lab;
    }

    public T Get<T>() where T : notnull => (_host ?? throw new InvalidOperationException("the control plane is down")).Services.GetRequiredService<T>();

    /// <summary>Starts the control plane on what it left behind.</summary>
    public async Task BootAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["gantry:storage:kind"] = "sqlite",
            ["gantry:storage:path"] = Path.Combine(Folder, "node"),
            ["gantry:racks:0:id"] = Rack.ToString(),
            ["gantry:racks:0:subnet"] = "fd00:1122:3344:100::/56",
        });
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(_logs);
        builder.Services.AddGantry(builder.Configuration);
        _host = builder.Build();
        await _host.StartAsync();
    }

    public async Task CrashAsync()
    {
        var host = _host;
        _host = null;
        if (host is not null)
        {
            using var now = new CancellationTokenSource(TimeSpan.Zero);
            await host.StopAsync(now.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ((IAsyncDisposable)host).DisposeAsync();
        }
    }

    public Task<Outcome<TqRecord>> AddAsync(params RunningSled[] sleds) => Get<QuorumService>().AddAsync(
        Rack, [.. sleds.Select(s => s.Quorum!.Id)], Ask(), default).AsTask(); // every sled of the lab has a node

    public async Task<TqRecord?> FindAsync(long? epoch) => (await Get<QuorumService>().FindAsync(Rack, epoch, default))?.Record;

    public async Task<TqRecord> UntilAsync(long epoch, string state)
    {
        TqRecord? last = null;
        await Eventually.HoldsAsync(async () => (last = await FindAsync(epoch))?.State == state, s_patience, () => last);
        return last!; // the condition held
    }

    public async ValueTask DisposeAsync()
    {
        await CrashAsync();
        await Simulator.DisposeAsync();
        _loggers.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static AskOptions Ask() => new()
    {
        Key = CommandKey.Fresh(SystemRandomSource.Instance),
        Deadline = TimeSpan.FromSeconds(20),
        Caller = new Principal(PrincipalKind.Host, "test", "admin"),
    };

    private async Task MustAsync<T>(EntityAddress to, ICommand<T> command) where T : class
    {
        var outcome = await Get<IEntities>().AskAsync(to, command, Ask(), default);
        if (outcome is not Outcome<T>.Accepted)
        {
            throw new InvalidOperationException($"{to}: {outcome}");
        }
    }

    private async Task RegisterAsync(RunningSled sled, int octet)
    {
        var id = SledId.From(sled.Id);
        await MustAsync(Addresses.Rack(Rack), new AllocateSubnet(id, sled.Serial, "913-0000019"));
        await MustAsync(Addresses.Sled(id), new RegisterSled(
            Rack, $"fd00:1122:3344:1{octet:x2}::/64", new SledBaseboard(sled.Serial, "913-0000019", 6),
            new SledFacts
            {
                Address = sled.Address.Authority, RepoDepotPort = 12348, Role = "gimlet", HardwareThreads = 8,
                PhysicalRamBytes = 4L << 30, ReservoirBytes = 1L << 30, CpuFamily = "amd_milan",
            },
            1));
    }
}

/// <summary>Keeps every log line at every level.</summary>
internal sealed class LogCapture : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public string Text => string.Join('\n', _lines);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{logLevel} {eventId.Id} {formatter(state, exception)} {exception}");

    public void Dispose()
    {
        // Nothing is held but text.
    }
}

/// <summary>Counts commits of the rack's configurations and says when the wanted one is there.</summary>
internal sealed class CommitCount(int wanted) : ICommitListener
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;

    public Task Reached => _reached.Task;

    public void Committed(IReadOnlyList<EntityAddress> entities)
    {
        if (entities.Any(e => e.Kind == "tq-config") && Interlocked.Increment(ref _count) == wanted)
        {
            _reached.TrySetResult();
        }
    }

    public void Nudged(string reconciler, string key)
    {
        // Only commits are counted.
    }
}
