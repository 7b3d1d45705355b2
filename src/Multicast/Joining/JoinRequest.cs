using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>One join as asked for, read and checked for its form.</summary>
/// <param name="Instance">The instance; the caller may modify it.</param>
/// <param name="Silo">The caller's silo: its pools serve when the group has to be made.</param>
/// <param name="Wish">The group and what is said about it.</param>
/// <param name="Caller">On whose behalf.</param>
public sealed record JoinRequest(InstanceId Instance, SiloId Silo, JoinWish Wish, Principal Caller)
{
    /// <summary>The group's generation that the caller saw (<c>If-Match</c>); null when any will do.</summary>
    public long? ExpectedGeneration { get; init; }

    /// <summary>How a group that is made for this join is called; null: as multicast 3.5 says.</summary>
    internal (string Name, string Description)? Called { get; init; }
}

/// <summary>A group with the sources and the version that a caller gave.</summary>
/// <param name="Group">The group.</param>
/// <param name="Sources">Null: as stored; else ascending without duplicates.</param>
/// <param name="Version">Wanted IP version of a new group given by name.</param>
public sealed record JoinWish(GroupIdentifier Group, ImmutableArray<Ip>? Sources, IpVersion? Version)
{
    /// <summary>Reads the words of a request (multicast 3.1, 3.4); the refusal says which of them is wrong.</summary>
    public static Refusal? TryParse(string group, IReadOnlyCollection<string>? sources, string? version, out JoinWish? wish)
    {
        wish = null;
        if (GroupIdentifier.TryParse(group) is not { } identifier)
        {
            return MulticastErrors.BadIdentifier(group);
        }

        if (SourceRules.TryParse(sources, out var read) is { } refusal)
        {
            return refusal;
        }

        if (version is not null && IpVersions.TryParse(version) is null)
        {
            return MulticastErrors.BadIpVersion(version);
        }

        wish = new JoinWish(identifier, read, IpVersions.TryParse(version));
        return null;
    }
}
