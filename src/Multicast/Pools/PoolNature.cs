namespace Gantry.Multicast;

/// <summary>What of a pool never changes.</summary>
public readonly record struct PoolNature(PoolType Type, IpVersion Version);

/// <summary>What a pool's addresses are for.</summary>
public enum PoolType
{
    /// <summary><c>unicast</c>.</summary>
    Unicast,

    /// <summary><c>multicast</c>.</summary>
    Multicast,
}

/// <summary>Who may use a pool.</summary>
public enum PoolAssignment
{
    /// <summary><c>silos</c>: those it is linked to.</summary>
    Silos,

    /// <summary><c>system_services</c>: the rack itself.</summary>
    SystemServices,
}

/// <summary>Wire words of pools.</summary>
public static class PoolWords
{
    /// <summary><c>unicast</c> or <c>multicast</c>.</summary>
    public static string Word(this PoolType type) => type == PoolType.Unicast ? "unicast" : "multicast";

    /// <summary><c>silos</c> or <c>system_services</c>.</summary>
    public static string Word(this PoolAssignment assignment) => assignment == PoolAssignment.Silos ? "silos" : "system_services";

    /// <summary>Reads a type; null for anything else.</summary>
    public static PoolType? TryParseType(string? word) => word switch
    {
        "unicast" => PoolType.Unicast,
        "multicast" => PoolType.Multicast,
        _ => null,
    };

    /// <summary>Reads an assignment; null for anything else.</summary>
    public static PoolAssignment? TryParseAssignment(string? word) => word switch
    {
        "silos" => PoolAssignment.Silos,
        "system_services" => PoolAssignment.SystemServices,
        _ => null,
    };
}
