using Gantry.Actors;
using Microsoft.Extensions.Logging;

namespace Gantry.Inventory;

/// <summary>Log lines of the area: 2100 to 2199.</summary>
internal static partial class InventoryLog
{
    [LoggerMessage(2100, LogLevel.Error, "Declaration of {Address} refused: {Why}. Next: {Remedy}")]
    public static partial void DeclarationRefused(ILogger log, EntityAddress address, string why, string remedy);

    [LoggerMessage(2101, LogLevel.Warning, "Inventory of rack {Rack}: {Part} did not answer, its former rows stay: {Why}")]
    public static partial void PartSilent(ILogger log, string rack, string part, string why);

    [LoggerMessage(2102, LogLevel.Warning, "Sled {Sled} at {Address} answers as sled {Other}: its registration is out of date")]
    public static partial void WrongSled(ILogger log, string sled, string address, Guid other);

    [LoggerMessage(2103, LogLevel.Warning, "Inventory of rack {Rack}: {Part} could not be recorded: {Why}")]
    public static partial void NotRecorded(ILogger log, string rack, string part, string why);
}
