using System.Collections.Immutable;
using System.Net.Http.Json;
using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Instances;
using Gantry.Inventory;
using Gantry.Multicast;
using Gantry.Primitives;
using Gantry.Sled;
using Gantry.Sled.Simulator;
using Gantry.Tenancy;
using Gantry.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Shouldly;

namespace Gantry.Areas.Tests.Instances;

/// <summary>The areas on a real engine in memory, and simulated sleds behind real adapters and real HTTP. 16 threads and 16 GiB each.</summary>
internal sealed class InstanceLab : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    public static readonly CancellationToken Ct = CancellationToken.None;

    public static readonly SiloId Silo = InstanceBench.Silo;
    public static readonly ProjectId Project = InstanceBench.Project;

    private readonly AdapterMetrics _metrics = new();
    private readonly SledPorts _ports;
    private readonly Sagas _sagas;
    private readonly ReconcilerHost _reconcilers;
    private readonly DoorbellMetrics _doorbellMetrics = new();
    private readonly WatchMetrics _watchMetrics = new();
    private readonly PullGate _gate = new();
    private InstanceWatcher? _watcher;
    private int _names;

    private InstanceLab(EngineHarness engine, SledSimulator simulator)
    {
        Engine = engine;
        Simulator = simulator;
        _ports = new SledPorts(new SledAdapterHooks(), _metrics, TimeProvider.System, NullLoggerFactory.Instance);
        _sagas = new Sagas(engine.Entities, engine.Model, engine.Commits, TimeProvider.System, SystemRandomSource.Instance);
        _reconcilers = new ReconcilerHost(
            engine.Commits, TimeProvider.System, SystemRandomSource.Instance, NullLogger<ReconcilerHost>.Instance);
        Service = new InstanceService(engine.Entities, engine.Views, _sagas, Options.Create(new MulticastFeature()));
        Raw.DefaultRequestHeaders.Add("api-version", "48.0.0");
        Wire();
    }

    public EngineHarness Engine { get; }

    public SledSimulator Simulator { get; }

    public InstanceService Service { get; }

    public Doorbell Bell { get; private set; } = null!; // set by Wire, which the constructor calls

    public DoorbellMetrics Metrics => _doorbellMetrics;

    public IReconcilers Reconcilers => _reconcilers;

    /// <summary>From now on nobody looks at the sleds by himself.</summary>
    public void PauseWatcher() => _reconcilers.Pause(Contracts.Reconcilers.InstanceWatcher, isPaused: true, "test").ShouldBeTrue();

    public HttpClient Raw { get; } = new();

    public static async Task<InstanceLab> StartAsync(int sleds = 1, string mode = SledModes.Auto, long? cpusMax = null)
    {
        var engine = await EngineHarness.StartAsync(
            TenancyArea.Module, InventoryArea.Module, InstancesArea.Module, MulticastArea.Module);
        var simulator = await SledSimulator.StartAsync(
            new SledSimulatorOptions
            {
                Sleds = [.. Enumerable.Range(0, sleds).Select(i => new SimulatedSledOptions
                {
                    Id = SystemRandomSource.Instance.NewGuid(), Slot = i, Serial = $"BRM{i}", HardwareThreads = 16, ReservoirBytes = 16L << 30,
                })],
                Mode = mode,
                AutoDelay = TimeSpan.FromMilliseconds(50),
            },
            TimeProvider.System,
            NullLoggerFactory.Instance,
            Ct);
        var lab = new InstanceLab(engine, simulator);
        await lab.PrepareAsync(cpusMax);
        return lab;
    }

    public AskOptions How(string? key = null) => new()
    {
        Key = key is null ? CommandKey.Fresh(SystemRandomSource.Instance) : new CommandKey(key),
        Deadline = Patience,
        Caller = new Principal(PrincipalKind.Host, "test"),
    };

    public async Task<(InstanceId Id, Outcome<Done> Outcome)> CreateAsync(int cpus = 2, bool start = true, string? name = null)
    {
        var id = InstanceId.From(SystemRandomSource.Instance.NewGuid());
        var data = new CreateData
        {
            Instance = id,
            Project = Project,
            Silo = Silo,
            Name = name ?? $"web-{++_names}",
            Description = "",
            Config = new InstanceConfig(cpus, 1L << 30, "web"),
            FirstVmm = start ? VmmId.From(SystemRandomSource.Instance.NewGuid()) : null,
            Caller = new Principal(PrincipalKind.Host, "test"),
        };
        return (id, await Service.CreateAsync(data, How(), Ct));
    }

    public async Task<InstanceId> RunningAsync(int cpus = 2)
    {
        var (id, _) = await CreateAsync(cpus);
        await ShowsAsync(id, RunStates.Running);
        return id;
    }

    public Task<InstanceRow?> RowAsync(InstanceId id) => Engine.RowAsync(InstanceViews.Instances, id.ToString());

    public async Task<Outcome<Done>> StartInstanceAsync(InstanceId id) =>
        await Service.StartAsync((await RowAsync(id))!, VmmId.From(SystemRandomSource.Instance.NewGuid()), How(), Ct);

    public async Task ShowsAsync(InstanceId id, string runState)
    {
        string? seen = null;
        await Eventually.HoldsAsync(async () => (seen = (await RowAsync(id))?.RunState) == runState, Patience, () => seen);
    }

    public async Task<ImmutableArray<VmmRow>> VmmsAsync() => [.. (await Engine.RowsAsync(InstanceViews.Vmms)).Select(v => v.Row)];

    public async Task<long> ThreadsReservedAsync() => (await Engine.RowsAsync(InventoryViews.Sleds)).Sum(s => s.Row.ThreadsReserved);

    public async Task<(long Project, long Silo)> CpusChargedAsync() => (
        (await Engine.RowAsync(TenancyViews.Projects, Project.ToString()))!.CpusUsed,
        (await Engine.RowAsync(TenancyViews.Silos, Silo.ToString()))!.CpusUsed);

    /// <summary>Nothing of any VMM is left: record, room, quota.</summary>
    public Task NothingIsLeftAsync() => Eventually.HoldsAsync(
        async () => (await VmmsAsync()).IsEmpty && await ThreadsReservedAsync() == 0 && await CpusChargedAsync() == (0, 0), Patience);

    /// <summary>Pokes every VMM of a sled.</summary>
    public async Task PokeAsync(VmmId vmm, int sled = 0)
    {
        using var answer = await Raw.PostAsync(new Uri(Simulator.Sleds[sled].Address, $"vmms/{vmm}/poke"), null);
        answer.EnsureSuccessStatusCode();
    }

    public Task<HttpResponseMessage> GetStateAsync(VmmId vmm, int sled = 0) =>
        Raw.GetAsync(new Uri(Simulator.Sleds[sled].Address, $"vmms/{vmm}/state"));

    public async Task FaultAsync(object fault, int sled = 0)
    {
        using var answer = await Raw.PostAsJsonAsync(new Uri(Simulator.Control, $"control/BRM{sled}/faults"), fault);
        answer.EnsureSuccessStatusCode();
    }

    public async Task HealAsync(int sled = 0)
    {
        using var answer = await Raw.DeleteAsync(new Uri(Simulator.Control, $"control/BRM{sled}/faults"));
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        await _reconcilers.DisposeAsync();
        _sagas.Dispose();
        await Engine.DisposeAsync();
        await _ports.DisposeAsync();
        _metrics.Dispose();
        _doorbellMetrics.Dispose();
        _watchMetrics.Dispose();
        _watcher?.Dispose();
        Raw.Dispose();
        await Simulator.DisposeAsync();
    }

    private void Wire()
    {
        var asking = new Asking(Engine.Entities, SystemRandomSource.Instance);
        var access = new SledAccess(Engine.Views, _ports);
        var reporter = new VmmReporter(asking, _doorbellMetrics, NullLogger<VmmReporter>.Instance);
        var timeline = new InstanceTimeline(TimeProvider.System);
        var reconcilers = new Lazy<IReconcilers>(_reconcilers);
        var puller = new VmmPuller(access, asking, reporter, _doorbellMetrics, timeline, TimeProvider.System, NullLogger<VmmPuller>.Instance);
        Bell = new Doorbell(Engine.Views, reconcilers, _doorbellMetrics, timeline, TimeProvider.System);
        Engine.AddActivity(new ReserveActivity(
            Engine.Views, access, new AffinityReader(Engine.Views), asking, SystemRandomSource.Instance, TimeProvider.System,
            NullLogger<ReserveActivity>.Instance));
        Engine.AddActivity(new RegisterActivity(Engine.Views, access, asking, reporter, Bell, TimeProvider.System));
        Engine.AddActivity(new UnregisterActivity(Engine.Views, access, asking));
        Engine.AddActivity(new PutStateActivity(Engine.Views, access, puller, reporter, reconcilers, TimeProvider.System));
        _watcher = new InstanceWatcher(
            Engine.Views, access, puller, reporter, _gate, new PowerCheck(Engine.Views, new NoGateways(), Options.Create(new GatewayOptions())),
            new WatchReports(), _watchMetrics, Options.Create(new InstancesOptions { WatcherPeriodSecs = 1 }), Options.Create(new NodeNameOptions()));
        _reconcilers.Start(
            [
                new VmmPull(Engine.Views, access, puller, _gate, Bell, TimeProvider.System, SystemRandomSource.Instance),
                _watcher,
                new AbandonedVmmReaper(Engine.Views, access, asking, reporter, puller),
            ],
            ShardSet.All(ShardId.DefaultCount));
    }

    /// <summary>No rack of the lab has one.</summary>
    private sealed class NoGateways : IServiceProcessorPorts
    {
        public IServiceProcessorPort For(Uri address) => throw new NotSupportedException("the lab declares no gateway");
    }

    private async Task PrepareAsync(long? cpusMax)
    {
        await Engine.MustAsync(Addresses.Silo(Silo), new CreateSilo("default", "", true, "local_only", cpusMax));
        await Engine.MustAsync(Addresses.Project(Project), new CreateProject(Silo, "default", ""));
        await Engine.MustAsync(Addresses.Rack(RackId.From(Guid.Parse("6a0c0d0e-0000-4000-8000-000000000100"))), new DeclareRack("fd00:1122:3344:100::/56"));
        var registrar = new SledRegistrar(Engine.Entities, Engine.Views, SystemRandomSource.Instance);
        foreach (var sled in Simulator.Sleds)
        {
            var facts = new SledFacts
            {
                Address = $"{sled.Address.Host}:{sled.Address.Port}",
                RepoDepotPort = 12348,
                Role = "gimlet",
                HardwareThreads = 16,
                PhysicalRamBytes = 64L << 30,
                ReservoirBytes = 16L << 30,
                CpuFamily = "amd_milan",
            };
            var outcome = await registrar.RegisterAsync(
                SledId.From(sled.Id), new SledAnnouncement(new SledBaseboard(sled.Serial, "sim-gimlet", 3), facts, 1), Ct);
            if (outcome is not Outcome<Done>.Accepted)
            {
                throw new InvalidOperationException($"sled {sled.Serial}: {outcome}");
            }
        }
    }
}
