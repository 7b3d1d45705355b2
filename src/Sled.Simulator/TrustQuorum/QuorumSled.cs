using System.Collections.Immutable;
using System.Net;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Sled.Simulator;

/// <summary>
/// The quorum node of one simulated sled with its drives: what the node saved outlives a restart and a loss of power, everything else does not.
/// The sled's disks are keyed again at each commit (tq 4.16).
/// </summary>
public sealed class QuorumSled : IAsyncDisposable
{
    private readonly SimulatedSled _sled;
    private readonly SledShell _shell;
    private readonly ILogger _log;
    private readonly FaultyStore _store;
    private readonly QuorumLinkFaults _links;
    private readonly KeyedEpoch _keyed;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private IPEndPoint _endPoint;
    private ImmutableArray<IPEndPoint> _peers = [];
    private TqNodeHost? _host;
    private SimulatedDisks? _disks;

    internal QuorumSled(SimulatedSled sled, SledShell shell, int port)
    {
        _sled = sled;
        _shell = shell;
        _log = shell.Loggers.CreateLogger<QuorumSled>();
        var drives = Drives(sled, shell);
        _store = new FaultyStore(drives.IsEmpty ? new TqMemoryStore() : OpenDrives(drives), sled.Faults);
        Older = new OlderDrives(drives);
        _keyed = new KeyedEpoch(drives.IsEmpty ? null : drives[0]);
        _links = new QuorumLinkFaults(sled.Faults);
        _endPoint = new IPEndPoint(shell.Options.Bind, port);
        Id = new BaseboardId(sled.Options.Part, sled.Serial);
    }

    /// <summary>The sled's baseboard.</summary>
    public BaseboardId Id { get; }

    /// <summary>Where peers find the node.</summary>
    public IPEndPoint EndPoint => _endPoint;

    /// <summary>The node; null while the sled has no power.</summary>
    public TqNodeHost? Host => _host;

    /// <summary>The epoch whose secret the disks are keyed with; null while they are locked.</summary>
    public ulong? UnlockedEpoch => _disks?.Epoch;

    /// <summary>Where a sled of an older rack has its share.</summary>
    internal OlderDrives Older { get; }

    internal ILogger Log => _log;

    /// <summary>Opens the port, on the same number after the first time.</summary>
    internal void Start()
    {
        var host = TqNodeHost.Start(
            new TqNodeHostOptions
            {
                Self = Id,
                Revision = _sled.Options.Revision,
                Listen = _endPoint,
                LinkPolicy = _links,
                Lrtq = Older,
                Events = new TqHostEvents
                {
                    Note = Noted,
                    Stopped = why => QuorumLog.Stopped(_log, why, _sled.Serial),
                    Committed = _ => _disks?.Rekey(),
                },
            },
            _store,
            _shell.Time,
            SystemSecretRandom.Instance,
            SystemRandomSource.Instance);
        _endPoint = host.EndPoint;
        host.SetPeers(_peers);
        _host = host;
        _disks = new SimulatedDisks(host, _keyed, _sled.Serial, _shell.Time, _log);
        _disks.Rekey();
    }

    /// <summary>Replaces the addresses of peers.</summary>
    internal void SetPeers(IEnumerable<IPEndPoint> peers)
    {
        _peers = [.. peers];
        _host?.SetPeers(_peers);
    }

    /// <summary>A new process: what was saved is all that is left.</summary>
    public async Task RestartAsync()
    {
        await _gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await StopAsync().ConfigureAwait(false);
            Start();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Without power there is no node; faults on links end the sessions they forbid.</summary>
    internal async Task FollowFaultsAsync(bool hasPower)
    {
        await _gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (!hasPower)
            {
                await StopAsync().ConfigureAwait(false);
            }
            else if (_host is null)
            {
                Start();
            }
            else
            {
                await _host.FollowLinkPolicyAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    internal QuorumView View() => new(
        Id.ToString(), _endPoint.ToString(), IsRunning: _host is { Failure: null }, UnlockedEpoch, _host?.Failure?.Message);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _gate.Dispose();
    }

    private static ImmutableArray<string> Drives(SimulatedSled sled, SledShell shell) => shell.Options.QuorumFolder is { } folder
        ? [Path.Combine(folder, sled.Serial, "m2-0"), Path.Combine(folder, sled.Serial, "m2-1")]
        : [];

    private void Noted(TqNote note)
    {
        if (note.Kind is TqNoteKind.Alarm or TqNoteKind.Expunged)
        {
            QuorumLog.Alarmed(_log, _sled.Serial, note.Kind, note.Epoch, note.Peer);
        }
        else
        {
            QuorumLog.Note(_log, _sled.Serial, note.Kind, note.Epoch, note.Peer);
        }
    }

    private TqFileStore OpenDrives(ImmutableArray<string> drives) => new(drives)
    {
        OnTrouble = trouble => QuorumLog.DriveTrouble(
            _log, _sled.Serial, trouble.IsDamaged ? "cannot be read" : "could not be written", trouble.Folder, trouble.Why),
    };

    private async Task StopAsync()
    {
        if (_disks is not null)
        {
            await _disks.DisposeAsync().ConfigureAwait(false);
        }

        if (_host is not null)
        {
            await _host.DisposeAsync().ConfigureAwait(false);
        }

        (_host, _disks) = (null, null);
    }
}
