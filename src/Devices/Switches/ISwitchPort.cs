using System.Collections.Immutable;

namespace Gantry.Devices;

/// <summary>
/// The adapter of one switch daemon (switch-dpd): the only holder of connections to it. All multicast writes are one sequence in
/// order of arrival; reads run beside them. Thread-safe.
/// </summary>
public interface ISwitchPort
{
    /// <summary>How the switch stands.</summary>
    DeviceStatus Status { get; }

    /// <summary>Counts up each time the switch is found reborn (fallen uptime or empty tables): the next turn is a full push.</summary>
    long Rebirths { get; }

    /// <summary>GET /switch/identifiers.</summary>
    ValueTask<DeviceOutcome<SwitchIdentifiers>> IdentifiersAsync(CancellationToken ct);

    /// <summary>GET /backplane-map: rear port names that exist.</summary>
    ValueTask<DeviceOutcome<ImmutableDictionary<string, BackplaneLink>>> BackplaneMapAsync(CancellationToken ct);

    /// <summary>Every group of the switch, all pages of GET /multicast/groups.</summary>
    ValueTask<DeviceOutcome<ImmutableArray<SwitchGroup>>> ListGroupsAsync(CancellationToken ct);

    /// <summary>Everything with one tag, GET /multicast/tags/{tag}; none is fine.</summary>
    ValueTask<DeviceOutcome<ImmutableArray<SwitchGroup>>> ListByTagAsync(string tag, CancellationToken ct);

    /// <summary>GET /multicast/groups/{ip}.</summary>
    ValueTask<DeviceOutcome<SwitchGroup>> GetGroupAsync(string address, CancellationToken ct);

    /// <summary>POST /multicast/underlay-groups.</summary>
    ValueTask<DeviceOutcome<SwitchGroup>> CreateUnderlayAsync(UnderlayGroupBody body, CancellationToken ct);

    /// <summary>PUT /multicast/underlay-groups/{ip}?tag=: replaces the whole member list.</summary>
    ValueTask<DeviceOutcome<SwitchGroup>> SetMembersAsync(
        string address, string tag, ImmutableArray<SwitchMember> members, CancellationToken ct);

    /// <summary>POST /multicast/external-groups.</summary>
    ValueTask<DeviceOutcome<SwitchGroup>> CreateExternalAsync(ExternalGroupBody body, CancellationToken ct);

    /// <summary>PUT /multicast/external-groups/{ip}?tag=. Sources are always complete; empty means any (FIX-18).</summary>
    ValueTask<DeviceOutcome<SwitchGroup>> UpdateExternalAsync(ExternalGroupBody body, CancellationToken ct);

    /// <summary>DELETE /multicast/groups/{ip}?tag=.</summary>
    ValueTask<DeviceOutcome<NoContent>> DeleteGroupAsync(string address, string tag, CancellationToken ct);

    /// <summary>DELETE /multicast/tags/{tag}: externals first, then underlays; none is fine.</summary>
    ValueTask<DeviceOutcome<NoContent>> ResetTagAsync(string tag, CancellationToken ct);

    /// <summary>DELETE /multicast/groups: everything. Only for a switch found diverged beyond repair.</summary>
    ValueTask<DeviceOutcome<NoContent>> ResetAllAsync(CancellationToken ct);
}

/// <summary>Finds the adapter of a switch by its key <c>&lt;rack id&gt;-&lt;slot&gt;</c>.</summary>
public interface ISwitchPorts
{
    /// <summary>The adapter for a switch at an address; a changed address makes a new one.</summary>
    ISwitchPort For(string key, Uri address);

    /// <summary>The switch is not recorded any more: its adapter ends, and with it what is measured of it.</summary>
    void Forget(string key)
    {
    }

    /// <summary>Adapters in use.</summary>
    ImmutableDictionary<string, ISwitchPort> Known { get; }
}

/// <summary>GET /switch/identifiers, as far as used.</summary>
public sealed record SwitchIdentifiers(Guid SidecarId, string Model, int Revision, string Serial, int Slot);

/// <summary>A rear port as the backplane map has it.</summary>
public sealed record BackplaneLink(int Cubby);

/// <summary>A group as a switch holds it, of either kind.</summary>
public sealed record SwitchGroup
{
    /// <summary>The group's address in canonical text.</summary>
    public required string Address { get; init; }

    /// <summary>Whether it is an underlay group.</summary>
    public required bool IsUnderlay { get; init; }

    /// <summary>Owner tag.</summary>
    public required string Tag { get; init; }

    /// <summary>Switch-local id; never compared between switches.</summary>
    public required int ExternalGroupId { get; init; }

    /// <summary>Members of an underlay group.</summary>
    public ImmutableArray<SwitchMember> Members { get; init; } = [];

    /// <summary>NAT target of an external group.</summary>
    public SwitchNatTarget? Nat { get; init; }

    /// <summary>VLAN of an external group.</summary>
    public int? VlanId { get; init; }

    /// <summary>Exact sources of an external group, sorted; empty means any.</summary>
    public ImmutableArray<string> Sources { get; init; } = [];
}

/// <summary>One replication target. Direction <c>Underlay</c> or <c>External</c>.</summary>
public readonly record struct SwitchMember(string PortId, int LinkId, string Direction)
{
    /// <summary>A rear port towards a sled.</summary>
    public static SwitchMember Rear(string portId) => new(portId, 0, UnderlayDirection);

    /// <summary>Copies stay encapsulated, towards sleds.</summary>
    public const string UnderlayDirection = "Underlay";

    /// <summary>Copies are decapsulated, towards the outside.</summary>
    public const string ExternalDirection = "External";
}

/// <summary>Where an external group is rewritten to. The MAC as six bytes in text <c>33:33:…</c>.</summary>
public sealed record SwitchNatTarget(string InternalAddress, string InnerMac, int Vni);

/// <summary>Body of an underlay create.</summary>
public sealed record UnderlayGroupBody(string Address, string Tag, ImmutableArray<SwitchMember> Members);

/// <summary>Body of an external create or update. No sources means any.</summary>
public sealed record ExternalGroupBody(
    string Address, string Tag, SwitchNatTarget Nat, int? VlanId, ImmutableArray<string> Sources);
