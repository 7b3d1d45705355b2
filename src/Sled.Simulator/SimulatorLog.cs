namespace Gantry.Sled.Simulator;

/// <summary>Log lines of the simulator: 3200 to 3299.</summary>
internal static partial class SimulatorLog
{
    [LoggerMessage(3200, LogLevel.Error, "The simulator threw while serving {Path}")]
    public static partial void HandlerThrew(ILogger log, Exception why, string path);

    [LoggerMessage(3201, LogLevel.Information, "Sled {Serial} registered with generation {Generation}")]
    public static partial void Registered(ILogger log, string serial, long generation);

    [LoggerMessage(3202, LogLevel.Debug, "Sled {Serial} is not registered yet ({Why}), trying again in {Delay}")]
    public static partial void NotRegistered(ILogger log, string serial, string why, TimeSpan delay);

    [LoggerMessage(3203, LogLevel.Warning, "Sled {Serial} is decommissioned: it will not register again")]
    public static partial void Decommissioned(ILogger log, string serial);

    [LoggerMessage(3204, LogLevel.Debug, "Ring of VMM {Vmm} failed ({Why}), again in {Delay}")]
    public static partial void RingFailed(ILogger log, Guid vmm, string why, TimeSpan delay);

    [LoggerMessage(3205, LogLevel.Warning, "Ring of VMM {Vmm} was refused for good with {Status}")]
    public static partial void RingRefused(ILogger log, Guid vmm, int status);

    [LoggerMessage(3206, LogLevel.Error, "Sled {Serial} could not open its port again")]
    public static partial void PortLost(ILogger log, Exception why, string serial);
}
