namespace Gantry.Actors.Kernel;

/// <summary>How large a state may be in its wire form (engine 9). Measured only where <see cref="LaneEvent.StateTooLarge"/> gave cause to.</summary>
/// <param name="BytesMax">The bound.</param>
/// <param name="BytesOf">Bytes of a state.</param>
public sealed record StateBound(int BytesMax, Func<object, int> BytesOf);
