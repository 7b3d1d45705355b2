using System.Diagnostics.CodeAnalysis;
using Gantry.Actors.Kernel;

namespace Gantry.Actors.Runtime;

/// <summary>Reads of the store that a node has out at once, all of its lanes together (engine 3.5). Who finds no room waits, in order.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Nobody asks for a wait handle, so there is nothing to dispose; a lane left behind may still give back.")]
internal sealed class NodeGates
{
    /// <summary>Loads of entities.</summary>
    public SemaphoreSlim Loads { get; } = new(LaneLimits.LoadsInFlightMax);

    /// <summary>Scans for mail.</summary>
    public SemaphoreSlim Scans { get; } = new(LaneLimits.ScansInFlightMax);
}
