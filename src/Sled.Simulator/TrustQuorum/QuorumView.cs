namespace Gantry.Sled.Simulator;

/// <summary>The quorum half of a sled in the control interface. Nothing secret.</summary>
internal sealed record QuorumView(string BaseboardId, string Address, bool IsRunning, ulong? UnlockedEpoch, string? Failure);
