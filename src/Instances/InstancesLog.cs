using Microsoft.Extensions.Logging;

namespace Gantry.Instances;

/// <summary>Log lines of the area: 2200 to 2299.</summary>
internal static partial class InstancesLog
{
    [LoggerMessage(2200, LogLevel.Warning, "VMM {Vmm} is {State} for good; the sled's later word (generation {Generation}) was dropped")]
    public static partial void UpdateAfterTerminal(ILogger log, string vmm, string state, long generation);

    [LoggerMessage(2201, LogLevel.Information, "VMM {Vmm} is {State} at generation {Generation}")]
    public static partial void VmmMoved(ILogger log, string vmm, string state, long generation);

    [LoggerMessage(2202, LogLevel.Warning, "VMM {Vmm} of instance {Instance} failed: {Reason}")]
    public static partial void VmmFailed(ILogger log, string vmm, string instance, string reason);

    [LoggerMessage(2203, LogLevel.Debug, "Pull of VMM {Vmm} from sled {Sled} says nothing certain: {Why}")]
    public static partial void PullInconclusive(ILogger log, string vmm, string sled, string why);

    [LoggerMessage(2204, LogLevel.Debug, "Sled {Sled} was told to forget VMM {Vmm}: {Answer}")]
    public static partial void HandedOver(ILogger log, string sled, string vmm, string answer);

    [LoggerMessage(2205, LogLevel.Debug, "Sled {Sled} refused VMM {Vmm}: {Why}")]
    public static partial void ReservationRefused(ILogger log, string sled, string vmm, string why);

    [LoggerMessage(2206, LogLevel.Information, "Instance {Instance}, which was {Why}, was started by itself: {Word}")]
    public static partial void Restarted(ILogger log, Guid instance, string why, string word);

    [LoggerMessage(2207, LogLevel.Warning, "The last step of migration {Migration} ended without an answer ({Why}); the sleds' reports decide")]
    public static partial void MigrationUncertain(ILogger log, string migration, string why);

    [LoggerMessage(2209, LogLevel.Error, "Instance {Instance} is {State} and its active VMM is {Vmm}, which do not fit: report this with the instance's events")]
    public static partial void StateBroken(ILogger log, string instance, string state, string vmm);

    [LoggerMessage(2208, LogLevel.Warning, "VMM {Vmm} was given up and sled {Sled} still runs it ({State}): the sled was told to end it")]
    public static partial void Survivor(ILogger log, string vmm, string sled, string state);
}
