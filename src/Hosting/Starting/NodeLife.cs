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
public sealed class NodeLife
{
    private volatile Now _now = new(NodePhase.New, "not started");

    /// <summary>The phase.</summary>
    public NodePhase Phase => _now.Phase;

    /// <summary>What is being done, for health answers.</summary>
    public string Doing => _now.Doing;

    internal void Enter(NodePhase phase, string doing) => _now = new Now(phase, doing);

    private sealed record Now(NodePhase Phase, string Doing);
}
