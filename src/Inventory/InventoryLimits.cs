namespace Gantry.Inventory;

/// <summary>Bounds of the area.</summary>
public static class InventoryLimits
{
    /// <summary>Racks of one control plane; ours.</summary>
    internal const int RacksMax = 8;

    /// <summary>Sleds in service at once per rack (vmm 1.2).</summary>
    public const int SledsPerRackMax = 32;

    /// <summary>First subnet octet given to a sled (vmm 1.2).</summary>
    public const int SubnetOctetFirst = 33;

    /// <summary>Last subnet octet (vmm 1.2).</summary>
    public const int SubnetOctetLast = 255;

    /// <summary>Longest baseboard serial or part number; our own, wider than any label.</summary>
    public const int BaseboardTextMax = 128;

    /// <summary>Longest device address in text; our own.</summary>
    public const int AddressTextMax = 128;

    /// <summary>Service processors of one rack: 32 sleds, 2 switches, 2 power shelves, with room.</summary>
    public const int ServiceProcessorsMax = 64;

    /// <summary>Rear ports of one switch, with room.</summary>
    public const int RearPortsMax = 64;

    /// <summary>An unchanged part is written again after this time, so that its age stays honest without an event each minute.</summary>
    public static readonly TimeSpan AgeStep = TimeSpan.FromMinutes(2);

    /// <summary>The smallest first quorum (trust-quorum 5.2 T1).</summary>
    public const int FirstQuorumMin = 3;

    /// <summary>The largest first quorum: all sleds of a rack.</summary>
    public const int FirstQuorumMax = 32;
}
