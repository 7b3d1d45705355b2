using Microsoft.Extensions.Configuration;

namespace Gantry.Inventory;

/// <summary>The racks of <c>gantry.racks</c>. Read at start; a change needs a restart.</summary>
public sealed class InventoryOptions
{
    /// <summary>Declared racks. Default none: sleds cannot register then.</summary>
    public IList<RackOptions> Racks { get; init; } = [];
}

/// <summary>One rack.</summary>
public sealed class RackOptions
{
    /// <summary>Rack UUID. Changing it makes a new rack; the old one's sleds stay with it.</summary>
    public Guid Id { get; set; }

    /// <summary>An IPv6 /56, for example <c>fd00:1122:3344:100::/56</c>. Cannot change once declared.</summary>
    public string Subnet { get; set; } = "";

    /// <summary>The rack's one or two switches.</summary>
    public IList<SwitchOptions> Switches { get; init; } = [];

    /// <summary>Base addresses of management gateways, asked in order until one answers. Without any, sleds have no slot.</summary>
    [ConfigurationKeyName("management_gateways")]
    public IList<string> ManagementGateways { get; init; } = [];
}

/// <summary>One switch.</summary>
public sealed class SwitchOptions
{
    /// <summary>0 or 1.</summary>
    public int Slot { get; set; }

    /// <summary>Base address of its daemon, for example <c>http://127.0.0.1:12224</c>.</summary>
    public string Address { get; set; } = "";
}
