using System.Collections.Immutable;
using Gantry.Devices;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>What one switch should hold of one group.</summary>
public sealed record DesiredGroup
{
    /// <summary>The group.</summary>
    public required GroupId Id { get; init; }

    /// <summary>Its name, for messages.</summary>
    public required string Name { get; init; }

    /// <summary>Owner string of both objects.</summary>
    public required string Tag { get; init; }

    /// <summary>What is to be done with it.</summary>
    public required DesiredKind Kind { get; init; }

    /// <summary>Address of the external object.</summary>
    public required Ip Address { get; init; }

    /// <summary>Address of the underlay object; says nothing of an <see cref="DesiredKind.Unlinked"/> group.</summary>
    public required Ip Underlay { get; init; }

    /// <summary>Source filter, ascending; empty means any source.</summary>
    public ImmutableArray<Ip> Sources { get; init; } = [];

    /// <summary>Overlay network id.</summary>
    public int Vni { get; init; } = MulticastLimits.Vni;

    /// <summary>VLAN of packets that may enter; null for untagged ones.</summary>
    public int? VlanId { get; init; }

    /// <summary>Front ports that are this group's: those of them that are not wanted are removed, all others never (I15).</summary>
    public ImmutableArray<SwitchMember> OwnedUplinks { get; init; } = [];

    /// <summary>Rear ports to replicate to, and front ports of an explicit group; without duplicates.</summary>
    public ImmutableArray<SwitchMember> Ports { get; init; } = [];

    /// <summary>Sleds that certainly have no port.</summary>
    public ImmutableArray<SledId> Unmapped { get; init; } = [];

    /// <summary>Those of them where a member is <c>Joined</c>: nothing is pruned as long as there are some (multicast 5.5, I14).</summary>
    public ImmutableArray<SledId> UnmappedJoined { get; init; } = [];

    /// <summary>Sleds of which it is not known where they are: nothing is pruned, and the switch is not up to date (FIX-20).</summary>
    public ImmutableArray<SledId> Unknown { get; init; } = [];

    /// <summary>The group's wanted generation that this is.</summary>
    public long Wanted { get; init; }

    /// <summary>Whether every sled of a <c>Joined</c> member has a port: only then may entries be pruned.</summary>
    public bool IsUnionComplete => UnmappedJoined.IsEmpty && Unknown.IsEmpty;

    /// <summary>Where the external object is rewritten to.</summary>
    public SwitchNatTarget Nat => new(Underlay.ToString(), UnderlayAddress.Mac(Underlay), Vni);
}

/// <summary>What is to be done with a group.</summary>
public enum DesiredKind
{
    /// <summary>Both objects are there and right.</summary>
    Present,

    /// <summary>Nothing of it is there.</summary>
    Absent,

    /// <summary>It has no underlay address yet, because all 256 are held (multicast 6.2): it cannot be made, and that is an error.</summary>
    Unlinked,

    /// <summary>A <c>Creating</c> group without members that a join made: not made, and not taken away (FIX-8).</summary>
    LeftAlone,
}

/// <summary>Everything that one switch should hold.</summary>
/// <param name="Groups">Groups with a row, ascending by id.</param>
public sealed record DesiredDocument(ImmutableArray<DesiredGroup> Groups)
{
    /// <summary>Digest of the canonical text; equal for equal documents on every node.</summary>
    public string Digest
    {
        get
        {
            var lines = Groups
                .Where(g => g.Kind == DesiredKind.Present)
                .Select(g => $"{g.Tag}>{g.Underlay}|{g.Vni}|{g.VlanId}|{string.Join(',', g.Sources)}|{string.Join(',', g.Ports.Select(p => p.PortId))}");
            return StableHash.Of(string.Join('\n', lines)).ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
        }
    }
}
