using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>POST /trust-quorum/configuration: coordinate a reconfiguration (tq 4.6, 7.3). Members are a set, kept sorted.</summary>
public sealed record ReconfigureMsg
{
    private readonly ImmutableArray<BaseboardId> _members = [];

    /// <summary>The rack.</summary>
    public required RackId RackId { get; init; }

    /// <summary>The new epoch.</summary>
    public required ulong Epoch { get; init; }

    /// <summary>The configuration that it follows; null for the first one.</summary>
    public ulong? LastCommittedEpoch { get; init; }

    /// <summary>Members of the new configuration.</summary>
    public required ImmutableArray<BaseboardId> Members
    {
        get => _members;
        init => _members = TqMemberSet.Of(value);
    }

    /// <summary>K.</summary>
    public required byte Threshold { get; init; }

    /// <inheritdoc/>
    public bool Equals(ReconfigureMsg? other) =>
        other is not null
        && RackId == other.RackId
        && Epoch == other.Epoch
        && LastCommittedEpoch == other.LastCommittedEpoch
        && Threshold == other.Threshold
        && _members.AsSpan().SequenceEqual(other._members.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(RackId, Epoch, LastCommittedEpoch, Threshold, _members.Length);
}

/// <summary>POST /trust-quorum/upgrade: coordinate the upgrade from LRTQ (tq 4.7).</summary>
public sealed record LrtqUpgradeMsg
{
    private readonly ImmutableArray<BaseboardId> _members = [];

    /// <summary>The rack.</summary>
    public required RackId RackId { get; init; }

    /// <summary>The new epoch, at least 2.</summary>
    public required ulong Epoch { get; init; }

    /// <summary>Members of the new configuration.</summary>
    public required ImmutableArray<BaseboardId> Members
    {
        get => _members;
        init => _members = TqMemberSet.Of(value);
    }

    /// <summary>K.</summary>
    public required byte Threshold { get; init; }

    /// <inheritdoc/>
    public bool Equals(LrtqUpgradeMsg? other) =>
        other is not null
        && RackId == other.RackId
        && Epoch == other.Epoch
        && Threshold == other.Threshold
        && _members.AsSpan().SequenceEqual(other._members.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(RackId, Epoch, Threshold, _members.Length);
}

/// <summary>Member sets in the order that fixes share indices.</summary>
internal static class TqMemberSet
{
    public static ImmutableArray<BaseboardId> Of(ImmutableArray<BaseboardId> members) =>
        members.IsDefaultOrEmpty ? [] : [.. members.Distinct().Order()];
}
