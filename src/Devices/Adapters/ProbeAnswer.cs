namespace Gantry.Devices;

/// <summary>What the cheapest read of a device came to.</summary>
/// <param name="Outcome">How the call ended; any HTTP answer is life.</param>
/// <param name="Uptime">Seconds since the device's daemon started, when it says so; a fallen one means reborn.</param>
/// <param name="IsEmpty">The device holds nothing although it must: reborn, whatever its uptime says.</param>
public sealed record ProbeAnswer(DeviceOutcome<NoContent> Outcome, long? Uptime = null, bool IsEmpty = false);
