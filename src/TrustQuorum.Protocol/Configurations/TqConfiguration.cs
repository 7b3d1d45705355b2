using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// The configuration of one epoch as nodes keep and send it (tq 4.2). Holds nothing secret. Members are kept sorted: a member's place gives
/// the x of its share.
/// </summary>
public sealed record TqConfiguration
{
    private readonly ImmutableArray<TqMember> _members = [];

    /// <summary>The rack.</summary>
    public required RackId RackId { get; init; }

    /// <summary>The epoch.</summary>
    public required ulong Epoch { get; init; }

    /// <summary>Who made it.</summary>
    public required BaseboardId Coordinator { get; init; }

    /// <summary>Members with the digests of their shares, sorted by id.</summary>
    public required ImmutableArray<TqMember> Members
    {
        get => _members;
        init => _members = Sorted(value);
    }

    /// <summary>K.</summary>
    public required byte Threshold { get; init; }

    /// <summary>Secrets of earlier epochs; null for the first configuration, and while its coordinator still collects shares.</summary>
    public EncryptedRackSecrets? EncryptedRackSecrets { get; init; }

    /// <summary>x of the last member: the number of them.</summary>
    [JsonIgnore]
    public int Count => _members.Length;

    /// <summary>The place of a member, or a negative number.</summary>
    public int IndexOf(BaseboardId id)
    {
        for (var i = 0; i < _members.Length; i++)
        {
            if (_members[i].Id == id)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Whether it lists the sled.</summary>
    public bool Has(BaseboardId id) => IndexOf(id) >= 0;

    /// <summary>Whether a share is the one that this configuration lists for its sender (tq 2.3).</summary>
    public bool Accepts(BaseboardId from, KeyShare share)
    {
        var index = IndexOf(from);
        return index >= 0 && share.Digest() == _members[index].ShareDigest;
    }

    /// <summary>Null when a node may keep it, else what is wrong.</summary>
    public string? WhyNot()
    {
        if (_members.Length is < QuorumSizes.ThresholdMin or > QuorumSizes.MembersMax)
        {
            return $"a configuration has {QuorumSizes.ThresholdMin} to {QuorumSizes.MembersMax} members, not {_members.Length}";
        }

        for (var i = 1; i < _members.Length; i++)
        {
            if (_members[i - 1].Id == _members[i].Id)
            {
                return $"member {_members[i].Id} is listed twice";
            }
        }

        return Threshold < QuorumSizes.ThresholdMin || Threshold > _members.Length
            ? $"threshold {Threshold} does not fit {_members.Length} members"
            : null;
    }

    /// <inheritdoc/>
    public bool Equals(TqConfiguration? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && RackId == other.RackId
            && Epoch == other.Epoch
            && Threshold == other.Threshold
            && Coordinator == other.Coordinator
            && _members.AsSpan().SequenceEqual(other._members.AsSpan())
            && EncryptedRackSecrets == other.EncryptedRackSecrets);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(RackId, Epoch, Threshold, Coordinator, _members.Length);

    private static ImmutableArray<TqMember> Sorted(ImmutableArray<TqMember> members)
    {
        if (members.IsDefaultOrEmpty)
        {
            return [];
        }

        for (var i = 1; i < members.Length; i++)
        {
            if (members[i - 1].Id.CompareTo(members[i].Id) > 0)
            {
                return members.Sort(static (a, b) => a.Id.CompareTo(b.Id));
            }
        }

        return members;
    }
}

/// <summary>One member of a configuration.</summary>
/// <param name="Id">The sled's baseboard.</param>
/// <param name="ShareDigest">Digest of its share.</param>
[JsonConverter(typeof(TqMemberJsonConverter))]
public readonly record struct TqMember(BaseboardId Id, ShareDigest ShareDigest);
