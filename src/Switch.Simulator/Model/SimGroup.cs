using System.Collections.Immutable;

namespace Gantry.Switch.Simulator;

/// <summary>A group in soft state.</summary>
public abstract record SimGroup(Ip Address, string Tag, int ExternalId);

/// <summary>Replication to ports (switch-dpd 1.1).</summary>
public sealed record UnderlayGroup(Ip Address, string Tag, int ExternalId, int UnderlayId, ImmutableArray<SimMember> Members)
    : SimGroup(Address, Tag, ExternalId);

/// <summary>An address that customers see. Null sources mean any.</summary>
public sealed record ExternalGroup(Ip Address, string Tag, int ExternalId, NatTarget Nat, int? Vlan, ImmutableArray<Ip>? Sources)
    : SimGroup(Address, Tag, ExternalId);

/// <summary>One replication target.</summary>
public readonly record struct SimMember(Lane Lane, bool IsExternal);

/// <summary>Where packets are rewritten to. The MAC as a 48-bit number.</summary>
public sealed record NatTarget(Ip Internal, long Mac, int Vni)
{
    /// <summary>Whether the low bit of the first octet is set.</summary>
    public bool IsGroupMac => (Mac >> 40 & 1) == 1;

    /// <summary>As tables show it.</summary>
    public string MacText => string.Join(':', MacBytes.Select(b => b.ToString("x2")));

    /// <summary>As answers show it.</summary>
    public IEnumerable<int> MacBytes => Enumerable.Range(0, 6).Select(ByteOfMac);

    private int ByteOfMac(int index) => (int)(Mac >> (40 - (8 * index)) & 0xff);
}
