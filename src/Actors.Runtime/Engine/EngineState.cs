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

    /// <summary>A lane was fenced or broke: nothing is decided any more, the process should be restarted.</summary>
    Ended,

    /// <summary>Stopped as asked.</summary>
    Stopped,
}
