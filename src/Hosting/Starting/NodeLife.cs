namespace Gantry.Hosting;

/// <summary>How far a node has come.</summary>
public enum NodePhase
{
    /// <summary>Made, not started.</summary>
    New,

    /// <summary>Opens and migrates the store, takes its shards and begins to decide.</summary>
    OpeningStore,

    /// <summary>Areas do their work of a start (<see cref="Actors.IBootstrap"/>).</summary>
    Bootstrapping,

    /// <summary>Serves.</summary>
    Ready,

    /// <summary>Takes nothing new and finishes what it has.</summary>
    Draining,

    /// <summary>Has stopped, or could not start.</summary>
    Stopped,
}

/// <summary>Where the node is in its life. Thread-safe.</summary>
public sealed class NodeLife : IDisposable
{
    private readonly CancellationTokenSource _leaving = new();
    private volatile Now _now = new(NodePhase.New, "not started");

    /// <summary>The phase.</summary>
    public NodePhase Phase => _now.Phase;

    /// <summary>What is being done, for health answers.</summary>
    public string Doing => _now.Doing;

    /// <summary>Cancelled when the node begins to stop: who holds a request open without end lets it go, so that the stop need not wait for it.</summary>
    public CancellationToken Leaving => _leaving.Token;

    /// <summary>It stops: not ready from here on, and what is open without end is let go.</summary>
    internal async Task LeaveAsync(string doing)
    {
        Enter(NodePhase.Draining, doing);
        await _leaving.CancelAsync().ConfigureAwait(false);
    }

    internal void Enter(NodePhase phase, string doing) => _now = new Now(phase, doing);

    /// <inheritdoc/>
    public void Dispose() => _leaving.Dispose();

    private sealed record Now(NodePhase Phase, string Doing);
}
