namespace Gantry.Actors.Kernel;

/// <summary>
/// Is told when a decider begins and ends, so that a watch-dog can see who holds a lane up (engine 4.4). Called on the lane's thread:
/// must return at once and never throw.
/// </summary>
public interface ILaneProbe
{
    /// <summary>The entity's decider begins with a command.</summary>
    void Began(EntityAddress entity, object command);

    /// <summary>It has ended.</summary>
    void Ended();
}
