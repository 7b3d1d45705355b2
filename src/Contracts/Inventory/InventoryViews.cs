using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Contracts;

/// <summary>A rack.</summary>
public sealed record RackRow
{
    /// <summary>The rack.</summary>
    public required RackId Id { get; init; }

    /// <summary>Its /56, as text.</summary>
    public required string Subnet { get; init; }

    /// <summary>Birth.</summary>
    public required DateTimeOffset TimeCreated { get; init; }

    /// <summary>Last change.</summary>
    public required DateTimeOffset TimeModified { get; init; }
}

/// <summary>A sled of any policy (vmm 1.2).</summary>
public sealed record SledRow
{
    /// <summary>The sled.</summary>
    public required SledId Id { get; init; }

    /// <summary>Its rack.</summary>
    public required RackId Rack { get; init; }

    /// <summary>Baseboard serial: what people type.</summary>
    public required string Serial { get; init; }

    /// <summary>Baseboard part.</summary>
    public required string Part { get; init; }

    /// <summary>Baseboard revision.</summary>
    public required long Revision { get; init; }

    /// <summary><c>gimlet</c> or <c>scrimlet</c>.</summary>
    public required string Role { get; init; }

    /// <summary><c>provisionable</c>, <c>non_provisionable</c> or <c>expunged</c>.</summary>
    public required string Policy { get; init; }

    /// <summary><c>active</c> or <c>decommissioned</c>.</summary>
    public required string State { get; init; }

    /// <summary>Cubby; null when no service processor was seen for it.</summary>
    public int? Slot { get; init; }

    /// <summary>Sled agent, for example <c>[::1]:12345</c>.</summary>
    public required string Address { get; init; }

    /// <summary>Hardware threads for guests.</summary>
    public required long HardwareThreads { get; init; }

    /// <summary>RAM, in bytes.</summary>
    public required long PhysicalRamBytes { get; init; }

    /// <summary>RAM set aside for guests, in bytes.</summary>
    public required long ReservoirBytes { get; init; }

    /// <summary>Threads reserved.</summary>
    public required long ThreadsReserved { get; init; }

    /// <summary>Reservoir bytes reserved.</summary>
    public required long ReservoirReservedBytes { get; init; }

    /// <summary><c>unknown</c>, <c>amd_milan</c>, <c>amd_turin</c>, <c>amd_turin_dense</c>.</summary>
    public required string CpuFamily { get; init; }

    /// <summary>Generation of the registration, owned by the sled agent.</summary>
    public required long AgentGeneration { get; init; }

    /// <summary>Port of the repo depot, on the agent's address.</summary>
    public int RepoDepotPort { get; init; }

    /// <summary>The sled's /64, as text.</summary>
    public string Subnet { get; init; } = "";

    /// <summary>Last time the agent answered the inventory; null before the first.</summary>
    public DateTimeOffset? TimeInventoried { get; init; }

    /// <summary>Birth.</summary>
    public required DateTimeOffset TimeCreated { get; init; }

    /// <summary>Last change.</summary>
    public required DateTimeOffset TimeModified { get; init; }

    /// <summary>Generation of what was asked: the ETag.</summary>
    public required long Generation { get; init; }

    /// <summary>Policy and state that a new reservation needs.</summary>
    public bool IsProvisionable => Policy == "provisionable" && State == "active";

    /// <summary>Policy and state that lists and inventory need.</summary>
    public bool IsInService => Policy is "provisionable" or "non_provisionable" && State == "active";
}

/// <summary>A switch of a rack.</summary>
public sealed record SwitchRow
{
    /// <summary>Id as in the external API.</summary>
    public required SwitchId Id { get; init; }

    /// <summary>Its rack.</summary>
    public required RackId Rack { get; init; }

    /// <summary>0 or 1.</summary>
    public required int Slot { get; init; }

    /// <summary>Base address of its daemon, for example <c>http://127.0.0.1:12224</c>.</summary>
    public required string Address { get; init; }

    /// <summary>Baseboard serial.</summary>
    public required string Serial { get; init; }

    /// <summary>Baseboard part.</summary>
    public required string Part { get; init; }

    /// <summary>Baseboard revision.</summary>
    public required long Revision { get; init; }

    /// <summary>Rear ports of its backplane map, sorted; null while it never answered.</summary>
    public ImmutableArray<string>? RearPorts { get; init; }

    /// <summary>When the switch last answered the inventory; null before the first.</summary>
    public DateTimeOffset? TimeCollected { get; init; }

    /// <summary>Birth.</summary>
    public required DateTimeOffset TimeCreated { get; init; }

    /// <summary>Last change.</summary>
    public required DateTimeOffset TimeModified { get; init; }

    /// <summary>Generation of what was asked: the ETag.</summary>
    public required long Generation { get; init; }
}

/// <summary>
/// Where a sled of the rack is reached from the switches (vmm 1.9): one row per in-service sled that a collection has seen.
/// With a null port it is definitively unmapped; without a row it is, unless it is in service: then nobody has looked yet.
/// </summary>
/// <param name="Sled">The sled.</param>
/// <param name="Rack">Its rack.</param>
/// <param name="Slot">Cubby, when its service processor was seen.</param>
/// <param name="RearPort"><c>rear&lt;slot&gt;</c> when the backplane map has it.</param>
/// <param name="TimeCollected">When this was last read.</param>
public sealed record SledPortRow(SledId Sled, RackId Rack, int? Slot, string? RearPort, DateTimeOffset TimeCollected);

/// <summary>A service processor seen by a management gateway.</summary>
public sealed record ServiceProcessorRow(
    RackId Rack, string Type, int Slot, string Part, string Serial, string PowerState, DateTimeOffset TimeCollected);

/// <summary>Views of Inventory that others read.</summary>
public static class InventoryViews
{
    /// <summary>Racks by id.</summary>
    public static readonly ViewSchema<RackRow> Racks = new("racks", ContractsJson.Default.RackRow);

    /// <summary>Sleds by id.</summary>
    public static readonly ViewSchema<SledRow> Sleds = new(
        "sleds",
        ContractsJson.Default.SledRow,
        ViewColumn<SledRow>.Text("rack", r => r.Rack.ToString()),
        ViewColumn<SledRow>.Text("serial", r => r.Serial),
        ViewColumn<SledRow>.Text("policy", r => r.Policy),
        ViewColumn<SledRow>.Text("state", r => r.State));

    /// <summary>Switches by <c>&lt;rack id&gt;-&lt;slot&gt;</c>.</summary>
    public static readonly ViewSchema<SwitchRow> Switches = new(
        "switches",
        ContractsJson.Default.SwitchRow,
        ViewColumn<SwitchRow>.Text("rack", r => r.Rack.ToString()),
        ViewColumn<SwitchRow>.Text("id", r => r.Id.ToString()));

    /// <summary>Ports by sled id. Written by the sled entity.</summary>
    public static readonly ViewSchema<SledPortRow> SledPorts = new(
        "sled_ports",
        ContractsJson.Default.SledPortRow,
        ViewColumn<SledPortRow>.Text("rack", r => r.Rack.ToString()));

    /// <summary>Service processors by <c>&lt;rack id&gt;-&lt;type&gt;-&lt;slot&gt;</c>. Written by the rack entity.</summary>
    public static readonly ViewSchema<ServiceProcessorRow> ServiceProcessors = new(
        "service_processors",
        ContractsJson.Default.ServiceProcessorRow,
        ViewColumn<ServiceProcessorRow>.Text("rack", r => r.Rack.ToString()),
        ViewColumn<ServiceProcessorRow>.Text("serial", r => r.Serial));
}
