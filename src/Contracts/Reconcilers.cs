namespace Gantry.Contracts;

/// <summary>Names of reconcilers that others nudge. Keys are given with each.</summary>
public static class Reconcilers
{
    /// <summary>Reads what is in a rack; key: rack id.</summary>
    public const string InventoryCollection = "inventory_collection";

    /// <summary>Programs switches; key: <see cref="Addresses.SwitchKey"/>.</summary>
    public const string Multicast = "multicast_reconciler";

    /// <summary>Programs the packet engines of sleds for multicast; key: rack id.</summary>
    public const string MulticastSleds = "multicast_sleds";

    /// <summary>Tells running VMMs which external addresses they got and lost; key: <c>instance-external-ips/&lt;instance id&gt;</c>.</summary>
    public const string ExternalIps = "external_ips";

    /// <summary>Reads one VMM's state from its sled because somebody rang; key: <c>vmm/&lt;id&gt;</c>.</summary>
    public const string VmmPull = "vmm_pull";

    /// <summary>Looks at every VMM of a sled; key: <c>sled/&lt;id&gt;</c>.</summary>
    public const string InstanceWatcher = "instance_watcher";

    /// <summary>Brings instances in line whose update was lost; key: <c>instance/&lt;id&gt;</c>.</summary>
    public const string InstanceUpdater = "instance_updater";

    /// <summary>Takes away VMMs that no instance points at; key: <c>vmm/&lt;id&gt;</c>.</summary>
    public const string AbandonedVmmReaper = "abandoned_vmm_reaper";

    /// <summary>Starts failed instances again; key: <c>instance/&lt;id&gt;</c>.</summary>
    public const string InstanceReincarnation = "instance_reincarnation";

    /// <summary>Carries trust-quorum configurations through prepare and commit; keys: <c>rack/&lt;id&gt;</c>, <c>sleds/&lt;id&gt;</c>.</summary>
    public const string TrustQuorum = "trust_quorum_manager";
}
