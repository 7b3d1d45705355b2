namespace Gantry.Actors.Kernel;

/// <summary>
/// Is asked for the trace in which a message takes effect (engine 10.2). Called on the lane's thread: must return at once and never throw.
/// </summary>
public interface ILaneTraces
{
    /// <summary>A message with a trace is about to be decided, or its activity to run. Gives the trace context of what it causes.</summary>
    /// <param name="to">The receiver.</param>
    /// <param name="mail">The message's id.</param>
    /// <param name="trace">W3C trace context of its sender.</param>
    /// <param name="age">Time since it was sent.</param>
    /// <param name="isLinked">So long ago that it gets a trace of its own, linked to the sender's, and is no child of it.</param>
    string Consume(EntityAddress to, string mail, string trace, TimeSpan age, bool isLinked);
}
