namespace Gantry.Instances;

/// <summary>What Instances has to know of the section <c>gantry.multicast</c>.</summary>
public sealed class MulticastFeature
{
    /// <summary>Default false. While false the multicast groups of a creation or change are silently skipped (multicast 3.7).</summary>
    public bool Enabled { get; set; }
}

/// <summary>Settings of the section <c>gantry.instances</c>. Read at start.</summary>
public sealed class InstancesOptions
{
    /// <summary>
    /// Which release this control plane is towards sleds (vmm 3.8): <c>R19</c> reads the state that sleds put, <c>R20</c> (default) takes that
    /// put as a ring, <c>R21</c> takes rings only.
    /// </summary>
    public string Doorbell { get; set; } = DoorbellReleases.R20;

    /// <summary>Seconds between two looks of the watcher at each VMM. Default 30, 1 to 3600.</summary>
    [Microsoft.Extensions.Configuration.ConfigurationKeyName("watcher_period_secs")]
    public int WatcherPeriodSecs { get; set; } = 30;
}

/// <summary>Releases of the control plane as sleds see them (vmm 3.8).</summary>
public static class DoorbellReleases
{
    /// <summary>The state comes with the put; there is no doorbell.</summary>
    public const string R19 = "R19";

    /// <summary>Put and doorbell are both rings; the put's body is not read.</summary>
    public const string R20 = "R20";

    /// <summary>Doorbell only.</summary>
    public const string R21 = "R21";
}

/// <summary>How this node is called, as far as metrics name it.</summary>
public sealed class NodeNameOptions
{
    /// <summary>As configured; empty for the machine's name.</summary>
    [Microsoft.Extensions.Configuration.ConfigurationKeyName("node_id")]
    public string NodeId { get; set; } = "";

    internal string Name => NodeId.Length > 0 ? NodeId : Environment.MachineName.ToLowerInvariant();
}

/// <summary>The racks' management gateways, as far as the watcher asks them for a power state.</summary>
public sealed class GatewayOptions
{
    /// <summary>Declared racks.</summary>
    public IList<RackGateways> Racks { get; init; } = [];
}

/// <summary>The gateways of one rack.</summary>
public sealed class RackGateways
{
    /// <summary>The rack.</summary>
    public Guid Id { get; set; }

    /// <summary>Base addresses, asked in order.</summary>
    [Microsoft.Extensions.Configuration.ConfigurationKeyName("management_gateways")]
    public IList<string> ManagementGateways { get; init; } = [];
}
