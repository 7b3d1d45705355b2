using Gantry.Primitives;

namespace Gantry.Sled.Simulator;

/// <summary>A sled with its listener and its registration.</summary>
public sealed class RunningSled : IAsyncDisposable
{
    private readonly Listener _listener;
    private readonly Registration _registration;
    private readonly StartLedger _ledger;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private CancellationTokenSource _registering = new();
    private Task _registered = Task.CompletedTask;
    private bool _isListening;
    private bool _isSpare;

    internal RunningSled(SimulatedSledOptions options, SledShell shell, ulong seed, Func<BaseboardId, RunningSled?> find)
    {
        Model = new SimulatedSled(options, shell, seed);
        _log = shell.Loggers.CreateLogger<RunningSled>();
        Quorum = options.QuorumPort is { } port ? new QuorumSled(Model, shell, port) : null;
        _isSpare = options.IsSpare;
        _ledger = new StartLedger(shell.Options.QuorumFolder is { } folder ? Path.Combine(folder, Model.Serial) : null);
        var quorum = Quorum is null ? null : new QuorumRoutes(Quorum, find);
        var routes = new SledRoutes(Model, () => EndPoint, quorum, shell.Time, _log);
        _listener = new Listener(routes.HandleAsync, shell.Options.Bind, options.Port, shell.Loggers);
        _registration = new Registration(Model, shell, () => EndPoint);
    }

    /// <summary>The sled's id.</summary>
    public Guid Id => Model.Options.Id;

    /// <summary>Baseboard serial; its name in the control interface.</summary>
    public string Serial => Model.Serial;

    /// <summary>Cubby.</summary>
    public int Slot => Model.Options.Slot;

    /// <summary>Base address of the sled agent.</summary>
    public Uri Address => _listener.Address;

    /// <summary>Completes when the control plane has registered the sled.</summary>
    public Task Registered => _registered;

    /// <summary>Its quorum node; null when it has none.</summary>
    public QuorumSled? Quorum { get; }

    internal SimulatedSled Model { get; }

    private string EndPoint => _listener.EndPoint.ToString();

    /// <summary>Opens the port, then announces the sled in the background.</summary>
    internal async Task StartAsync(CancellationToken ct)
    {
        if (_isSpare && _ledger.Read() is { } earlier)
        {
            Model.Adopt(earlier.Id, earlier.RackId);
            _isSpare = false;
        }

        Quorum?.Start();
        if (!_isSpare)
        {
            await StartAgentAsync(ct).ConfigureAwait(false);
        }
    }

    /// <summary>Starts the agent of a spare sled; what it is started with is its identity from then on. False when it has another already.</summary>
    internal async Task<bool> StartAgentAsync(Guid id, Guid rack, CancellationToken ct)
    {
        await _gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (!_isSpare)
            {
                return Id == id;
            }

            Model.Adopt(id, rack);
            _ledger.Write(new AgentStart(id, rack));
            await StartAgentAsync(ct).ConfigureAwait(false);
            _isSpare = false;
            return true;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>A new process on the same port: VMMs are forgotten, the sled announces itself again.</summary>
    public async Task RestartAsync()
    {
        await _gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await StopRegisteringAsync().ConfigureAwait(false);
            Model.Restart();
            if (Quorum is not null)
            {
                await Quorum.RestartAsync().ConfigureAwait(false);
            }

            _registering = new CancellationTokenSource();
            _registered = _isSpare ? Task.CompletedTask : _registration.RunAsync(_registering.Token);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopRegisteringAsync().ConfigureAwait(false);
        await _listener.DisposeAsync().ConfigureAwait(false);
        if (Quorum is not null)
        {
            await Quorum.DisposeAsync().ConfigureAwait(false);
        }

        await Model.DisposeAsync().ConfigureAwait(false);
        _gate.Dispose();
    }

    /// <summary>Closes the port while the sled refuses connections or has no power, and opens it again afterwards.</summary>
    internal async Task FollowFaultsAsync()
    {
        await _gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            var hasPower = Model.Settings.Power == "A0";
            if (Quorum is not null)
            {
                await Quorum.FollowFaultsAsync(hasPower).ConfigureAwait(false);
            }

            var wanted = !_isSpare && hasPower && !Model.Faults.IsOn(FaultKinds.Refuse);
            if (wanted == _isListening)
            {
                return;
            }

            if (wanted)
            {
                await _listener.StartAsync(CancellationToken.None).ConfigureAwait(false);
            }
            else
            {
                await _listener.StopAsync().ConfigureAwait(false);
            }

            _isListening = wanted;
        }
        catch (IOException e)
        {
            SimulatorLog.PortLost(_log, e, Serial);
            throw;
        }
        finally
        {
            _gate.Release();
        }
    }

    internal SledView View() => new(
        Id,
        Serial,
        Slot,
        EndPoint,
        _isListening,
        Model.Settings,
        Model.Bell.Count,
        [.. Model.List().Select(VmmView.Of)],
        Faults(Model.Faults),
        Model.Traffic.View(),
        Quorum?.View(),
        Model.PacketEngine.Mappings,
        Model.PacketEngine.Forwarding);

    internal static IReadOnlyList<FaultView> Faults(FaultTable faults) =>
        [.. faults.List().Select(f => new FaultView(f.Id, f.Strikes, f.Fault))];

    private async Task StartAgentAsync(CancellationToken ct)
    {
        await _listener.StartAsync(ct).ConfigureAwait(false);
        _isListening = true;
        _registered = _registration.RunAsync(_registering.Token);
    }

    private async Task StopRegisteringAsync()
    {
        await _registering.CancelAsync().ConfigureAwait(false);
        await _registered.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _registering.Dispose();
    }
}
