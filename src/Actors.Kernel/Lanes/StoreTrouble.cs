namespace Gantry.Actors.Kernel;

/// <summary>The store does not take this lane's commits.</summary>
/// <param name="Since">When the first of them failed.</param>
/// <param name="Why">What the last one failed of.</param>
public sealed record StoreTrouble(DateTimeOffset Since, string Why);
