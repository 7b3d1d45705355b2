using System.Net;
using Gantry.Primitives;

namespace Gantry.Inventory;

/// <summary>Identity of the hardware; the revision only describes.</summary>
public sealed record SledBaseboard(string Serial, string Part, long Revision)
{
    internal bool IsSameBoard(SledBaseboard other) => Serial == other.Serial && Part == other.Part;
}

/// <summary>What a sled agent says of itself and may change by a newer registration (vmm 5.3).</summary>
public sealed record SledFacts
{
    /// <summary>Agent address, for example <c>[::1]:12345</c>.</summary>
    public required string Address { get; init; }

    /// <summary>Port of the repo depot on the same IP.</summary>
    public required int RepoDepotPort { get; init; }

    /// <summary><c>gimlet</c> or <c>scrimlet</c>.</summary>
    public required string Role { get; init; }

    /// <summary>Hardware threads for guests.</summary>
    public required long HardwareThreads { get; init; }

    /// <summary>RAM in bytes.</summary>
    public required long PhysicalRamBytes { get; init; }

    /// <summary>RAM set aside for guests, in bytes; below the physical RAM.</summary>
    public required long ReservoirBytes { get; init; }

    /// <summary><c>unknown</c>, <c>amd_milan</c>, <c>amd_turin</c> or <c>amd_turin_dense</c>.</summary>
    public required string CpuFamily { get; init; }

    internal static readonly SledFacts None = new()
    {
        Address = "",
        RepoDepotPort = 0,
        Role = "gimlet",
        HardwareThreads = 0,
        PhysicalRamBytes = 0,
        ReservoirBytes = 0,
        CpuFamily = "unknown",
    };
}

/// <summary>The rules of a registration's fields.</summary>
internal static class SledFactRules
{
    /// <summary>Null when all hold, else the first broken one.</summary>
    public static Refusal? WhyNot(SledBaseboard baseboard, SledFacts facts, long generation)
    {
        if (WhyNotText("baseboard.serial", baseboard.Serial) is { } serial)
        {
            return serial;
        }

        if (WhyNotText("baseboard.part", baseboard.Part) is { } part)
        {
            return part;
        }

        if (facts.Address.Length > InventoryLimits.AddressTextMax || !IPEndPoint.TryParse(facts.Address, out var end) || end.Port == 0)
        {
            return InventoryErrors.BadValue("sa_address", $"\"{facts.Address}\" is not an address with port such as [fd00::1]:12345");
        }

        if (facts.RepoDepotPort is < 0 or > 65_535)
        {
            return InventoryErrors.BadValue("repo_depot_port", $"{facts.RepoDepotPort} is not a port");
        }

        if (facts.Role is not ("gimlet" or "scrimlet"))
        {
            return InventoryErrors.BadValue("role", $"\"{facts.Role}\" is not gimlet or scrimlet");
        }

        if (facts.CpuFamily is not ("unknown" or "amd_milan" or "amd_turin" or "amd_turin_dense"))
        {
            return InventoryErrors.BadValue("cpu_family", $"\"{facts.CpuFamily}\" is not unknown, amd_milan, amd_turin or amd_turin_dense");
        }

        if (facts.HardwareThreads is < 0 or > uint.MaxValue)
        {
            return InventoryErrors.BadValue("usable_hardware_threads", $"{facts.HardwareThreads} is not within 0 and {uint.MaxValue}");
        }

        if (facts.ReservoirBytes < 0 || facts.ReservoirBytes >= facts.PhysicalRamBytes)
        {
            return InventoryErrors.BadValue(
                "reservoir_size", $"{facts.ReservoirBytes} bytes are not below the {facts.PhysicalRamBytes} bytes of usable_physical_ram");
        }

        return generation < 1 ? InventoryErrors.BadValue("generation", $"{generation} is below 1") : null;
    }

    private static Refusal? WhyNotText(string field, string text) =>
        text.Length is > 0 and <= InventoryLimits.BaseboardTextMax && text.All(c => c is > ' ' and <= '~')
            ? null
            : InventoryErrors.BadValue(field, $"is 1 to {InventoryLimits.BaseboardTextMax} printable ASCII characters without space");
}
