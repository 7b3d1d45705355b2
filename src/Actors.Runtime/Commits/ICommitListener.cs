namespace Gantry.Actors.Runtime;

/// <summary>
/// Hears of every commit of this node, after it is durable and in lane order. Called on the lane's thread: a listener must
/// return at once, never wait, and never throw. What it is told is volatile; whoever needs every event follows <see cref="IEventFeed"/>.
/// </summary>
public interface ICommitListener
{
    /// <summary>These entities have new events. One call per batch; an entity is named once.</summary>
    void Committed(IReadOnlyList<EntityAddress> entities);

    /// <summary>The same, with the W3C trace context of each one's last decision, in the same order.</summary>
    void Committed(IReadOnlyList<EntityAddress> entities, IReadOnlyList<string?> traces) => Committed(entities);

    /// <summary>One decision of an entity, with its events; before the call that names the entity.</summary>
    void Decided(LaneCommit commit)
    {
    }

    /// <summary>A committed decision carried <see cref="Effect.Nudge"/>.</summary>
    void Nudged(string reconciler, string key);

    /// <summary>The same, with the W3C trace context of the decision.</summary>
    void Nudged(string reconciler, string key, string? trace) => Nudged(reconciler, key);

    /// <summary>The engine has joined anew: what was volatile is lost, so look at everything.</summary>
    void Rejoined()
    {
    }
}
