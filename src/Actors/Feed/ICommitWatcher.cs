namespace Gantry.Actors;

/// <summary>
/// Hears at once what entities of one kind decided, at the node that committed it: for log and counts. Registered in the container. It hears each
/// decision once; what is committed while the process dies is heard by nobody, and who needs every event follows <see cref="IEventFeed"/>.
/// </summary>
public interface ICommitWatcher
{
    /// <summary>The kind of entity.</summary>
    string Kind { get; }

    /// <summary>A decision is durable. Called on the lane's own thread, in its order: return at once and never throw.</summary>
    void Committed(LaneCommit commit);
}
