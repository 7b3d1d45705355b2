using Gantry.Multicast;

namespace Gantry.Api;

/// <summary>From rows of pools to what the API shows.</summary>
internal static class PoolMaps
{
    public static IpPoolAnswer Pool(IpPoolRow row) => new()
    {
        Id = row.Id.Value,
        Name = row.Name,
        Description = row.Description,
        TimeCreated = row.TimeCreated,
        TimeModified = row.TimeModified,
        IpVersion = row.Version.Word(),
        PoolType = row.Type.Word(),
        Assignment = row.Assignment.Word(),
        Mvlan = row.Network?.Mvlan,
        SwitchPortUplinks = row.Network is { Uplinks.IsEmpty: false } network ? [.. network.Uplinks.Select(u => u.ToString())] : null,
        Generation = row.Generation,
    };

    public static SiloIpPoolAnswer SiloPool(IpPoolRow row, bool isDefault) => new()
    {
        Id = row.Id.Value,
        Name = row.Name,
        Description = row.Description,
        TimeCreated = row.TimeCreated,
        TimeModified = row.TimeModified,
        IpVersion = row.Version.Word(),
        PoolType = row.Type.Word(),
        IsDefault = isDefault,
    };

    public static IpPoolRangeAnswer Range(IpPoolRangeRow row) => new(
        row.Id.Value,
        row.Pool.Value,
        new IpRangeBody { First = row.First.ToString(), Last = row.Last.ToString() },
        row.TimeCreated);
}
