using System.Collections.Immutable;
using System.Net;
using Gantry.Primitives;

namespace Gantry.Sled.Simulator;

/// <summary>
/// Simulated sleds of one process, the rack's management gateway and the control interface, each on a port of its own. Dispose it to close
/// all of them.
/// </summary>
public sealed class SledSimulator : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly RunningGateway? _gateway;
    private readonly Listener _control;

    private SledSimulator(SledSimulatorOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        _http = new HttpClient { Timeout = TimeSpan.FromSeconds(15) };
        var shell = new SledShell(options, time, _http, loggers);
        Sleds = [.. options.Sleds.Select((sled, i) => new RunningSled(sled, shell, options.Seed + (ulong)i, Find))];
        var log = loggers.CreateLogger<SledSimulator>();
        if (options.GatewayPort is { } port)
        {
            _gateway = new RunningGateway(
                new GatewayRoutes([.. Sleds.Select(s => s.Model)], options, log), options.Bind, port, loggers);
        }

        _control = new Listener(new ControlRoutes(Sleds, _gateway, time, log).HandleAsync, options.Bind, options.ControlPort, loggers);
    }

    /// <summary>The sleds, in the order of the options.</summary>
    public ImmutableArray<RunningSled> Sleds { get; }

    /// <summary>Base address of the management gateway; null without one.</summary>
    public Uri? Gateway => _gateway?.Address;

    /// <summary>Base address of the control interface.</summary>
    public Uri Control => _control.Address;

    /// <summary>Opens all ports; sleds announce themselves from then on until they are registered.</summary>
    /// <exception cref="IOException">A port is taken.</exception>
    public static async Task<SledSimulator> StartAsync(
        SledSimulatorOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken ct)
    {
        var simulator = new SledSimulator(options, time, loggers);
        try
        {
            await simulator._control.StartAsync(ct).ConfigureAwait(false);
            if (simulator._gateway is { } gateway)
            {
                await gateway.FollowFaultsAsync().ConfigureAwait(false);
            }

            simulator.SetUpOlderRack();
            foreach (var sled in simulator.Sleds)
            {
                sled.Model.TargetTold = simulator.LetGo;
            }

            foreach (var sled in simulator.Sleds)
            {
                await sled.StartAsync(ct).ConfigureAwait(false);
            }

            simulator.IntroducePeers(options.QuorumPeers);
            return simulator;
        }
        catch
        {
            await simulator.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // Hypervisors agree with each other. In explicit mode, and for sleds of another process, that is said by sim-migration-source.
    private void LetGo(Vmm target)
    {
        if (target.MigrationId is not { } migration)
        {
            return;
        }

        foreach (var model in Sleds.Select(s => s.Model))
        {
            foreach (var source in model.List().Where(v => v.InstanceId == target.InstanceId && v.Id != target.Id && v.State == VmmStates.Running))
            {
                // It stands still at once, before the target says that it runs: the two go on by themselves from here.
                model.Change(source.Id, (vmm, now) =>
                    VmmMachine.MigrateOut(vmm, migration, succeeds: true).After is { } leaving
                        ? VmmAnswer.Is(VmmMachine.Step(leaving, now))
                        : new VmmAnswer(null, SledError.Terminating));
            }
        }
    }

    private RunningSled? Find(BaseboardId id) =>
        Sleds.FirstOrDefault(s => s.Serial == id.SerialNumber && s.Model.Options.Part == id.PartNumber);

    private void SetUpOlderRack()
    {
        var older = Sleds.Where(s => s.Model.Options.IsLrtq).ToList();
        if (older.Count > 0)
        {
            OlderDrives.SetUp([.. older.Select(s => s.Quorum).OfType<QuorumSled>().Select(q => q.Older)], RackId.From(older[0].Model.Options.RackId));
        }
    }

    private void IntroducePeers(IEnumerable<IPEndPoint> others)
    {
        var nodes = Sleds.Select(s => s.Quorum).OfType<QuorumSled>().ToList();
        IPEndPoint[] all = [.. nodes.Select(n => n.EndPoint), .. others];
        foreach (var node in nodes)
        {
            node.SetPeers(all);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _control.DisposeAsync().ConfigureAwait(false);
        foreach (var sled in Sleds)
        {
            await sled.DisposeAsync().ConfigureAwait(false);
        }

        if (_gateway is not null)
        {
            await _gateway.DisposeAsync().ConfigureAwait(false);
        }

        _http.Dispose();
    }
}
