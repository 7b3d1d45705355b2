namespace Gantry.Devices;

/// <summary>What the cheapest read of a device came to.</summary>
/// <param name="Outcome">How the call ended; any HTTP answer is life.</param>
/// <param name="Uptime">Seconds since the device's daemon started, when it says so; a fallen one means reborn.</param>
public sealed record ProbeAnswer(DeviceOutcome<NoContent> Outcome, long? Uptime = null);
