using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Gantry.Devices;

namespace Gantry.Multicast;

/// <summary>
/// How groups of a multicast pool meet the outside (multicast 11.1): what a group has of its own goes first. Changing it changes every group of the
/// pool at the next turn of each switch.
/// </summary>
public sealed record PoolNetwork
{
    /// <summary>Nothing said.</summary>
    public static readonly PoolNetwork None = new();

    /// <summary>VLAN of packets that may enter, 0 to 4094; null, 0 and 1 are untagged: the switch daemon takes 2 and up (switch-dpd M11).</summary>
    public int? Mvlan { get; init; }

    /// <summary>Front ports that get decapsulated copies as long as a group has members, without duplicates, in the order given.</summary>
    public ImmutableArray<GroupUplink> Uplinks { get; init; } = [];

    /// <summary>Front ports that were given before: a switch that still has one of them loses it.</summary>
    public ImmutableArray<GroupUplink> FormerUplinks { get; init; } = [];

    /// <summary>The VLAN as a switch takes it.</summary>
    [JsonIgnore]
    public int? VlanId => Mvlan is >= 2 ? Mvlan : null;

    /// <summary>After a change; null leaves the uplinks as they are.</summary>
    public PoolNetwork With(bool setsMvlan, int? mvlan, ImmutableArray<GroupUplink>? uplinks)
    {
        var now = uplinks ?? Uplinks;
        return new PoolNetwork
        {
            Mvlan = setsMvlan ? mvlan : Mvlan,
            Uplinks = now,
            FormerUplinks = [.. FormerUplinks.Union(Uplinks).Except(now)],
        };
    }

    /// <summary>The uplinks of one switch, present and former.</summary>
    public IEnumerable<SwitchMember> OwnedOn(int slot) => Uplinks.Concat(FormerUplinks).Where(u => u.Slot == slot).Select(u => u.Entry);

    /// <summary>The uplinks of one switch that should have copies now.</summary>
    public IEnumerable<SwitchMember> WantedOn(int slot) => Uplinks.Where(u => u.Slot == slot).Select(u => u.Entry);

    /// <inheritdoc/>
    public bool Equals(PoolNetwork? other) => other is not null
        && Mvlan == other.Mvlan
        && Uplinks.SequenceEqual(other.Uplinks)
        && FormerUplinks.SequenceEqual(other.FormerUplinks);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Mvlan, Uplinks.Length, FormerUplinks.Length);

    /// <inheritdoc/>
    public override string ToString() => $"{VlanId}/{string.Join(',', Uplinks)}/{string.Join(',', FormerUplinks)}";
}
