namespace Gantry.Actors.Runtime;

/// <summary>Where an engine stands.</summary>
public enum EngineState
{
    /// <summary>Not started.</summary>
    Created,

    /// <summary>Opening the store, joining, connecting lanes.</summary>
    Starting,

    /// <summary>Deciding.</summary>
    Running,

    /// <summary>It stays down: another node has the store, or it broke too often. The process should be restarted.</summary>
    Ended,

    /// <summary>Stopped as asked.</summary>
    Stopped,

    /// <summary>An incarnation ended by itself and the next one joins.</summary>
    Rejoining,
}
