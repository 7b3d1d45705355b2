using Gantry.Actors.Kernel;
using Gantry.Primitives;

namespace Gantry.Actors.Runtime;

/// <summary>What is said to a command that a lane's inbox did not take, whether it came from here or over a link (engine 9).</summary>
internal static class Turnaway
{
    public static AskAnswer Of(LaneInbox inbox, double drainPerSecond, EngineMetrics metrics, IRandomSource random)
    {
        if (inbox.IsClosed)
        {
            // It stops, or its incarnation is over: nothing is too much here.
            return new AskAnswer.Unavailable(RetryTime.Shortest(random));
        }

        metrics.Shed("lane_full");
        return new AskAnswer.Overloaded(RetryTime.Of(inbox.ArrivalCount, drainPerSecond, random));
    }
}
