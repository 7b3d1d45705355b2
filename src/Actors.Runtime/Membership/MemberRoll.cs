using System.Collections.Immutable;

namespace Gantry.Actors.Runtime;

/// <summary>
/// Which members there are besides this node, for links and beats: the living, the dead that may not know it yet, and those that cannot be
/// reached.
/// </summary>
internal sealed class MemberRoll(NodeParts parts)
{
    // A node that was declared dead may not know it: it is still listened to for so long, and its clients' commands are passed on.
    private static readonly TimeSpan ZombiePatience = TimeSpan.FromSeconds(60);

    private readonly Dictionary<Incarnation, (MemberRow Member, long Since)> _dead = [];
    private readonly Dictionary<Incarnation, long> _cutSince = [];

    /// <summary>How long ago a member was first seen to be dead; null when it was not. Thread-safe.</summary>
    public TimeSpan? DeadFor(Incarnation who)
    {
        lock (_dead)
        {
            return _dead.TryGetValue(who, out var death) ? parts.Time.GetElapsedTime(death.Since) : null;
        }
    }

    /// <summary>Links go to all who live, and to those whose death is young.</summary>
    public void SetPeers(ClusterSight sight)
    {
        var living = sight.Members.Where(m => m.State is not (MemberState.Dead or MemberState.Left)).ToList();
        var names = living.Select(m => m.Profile.NodeId).ToHashSet(StringComparer.Ordinal);
        List<MemberRow> zombies;
        lock (_dead)
        {
            var now = parts.Time.GetTimestamp();
            foreach (var dead in sight.Members.Where(m => m.State == MemberState.Dead && m.Incarnation != parts.Me))
            {
                _dead.TryAdd(dead.Incarnation, (dead, now));
            }

            foreach (var old in _dead.Where(d => parts.Time.GetElapsedTime(d.Value.Since, now) > ZombiePatience).Select(d => d.Key).ToList())
            {
                _dead.Remove(old);
            }

            zombies = [.. _dead.Values.Where(d => !names.Contains(d.Member.Profile.NodeId)).Select(d => d.Member)];
        }

        parts.Links.SetPeers(
            [.. living.Concat(zombies).Where(m => m.Incarnation != parts.Me).Select(m => new LinkPeer(
                m.Incarnation, m.Profile.NodeId, Uri.TryCreate(m.Profile.Link, UriKind.Absolute, out var link) ? link : null))]);
    }

    /// <summary>Names of members that no link reaches. Called by the beat thread only.</summary>
    public ImmutableArray<string> Unreachable() =>
    [
        .. parts.Map.Members.Values
            .Where(m => m.Incarnation != parts.Me && m.State is MemberState.Up or MemberState.Draining && IsCut(m.Incarnation))
            .Select(m => m.Profile.NodeId),
    ];

    // An edge that was just opened is not cut.
    private bool IsCut(Incarnation peer)
    {
        if (parts.Links.StateOf(peer) == LinkState.Up)
        {
            _cutSince.Remove(peer);
            return false;
        }

        if (!_cutSince.TryGetValue(peer, out var since))
        {
            _cutSince[peer] = since = parts.Time.GetTimestamp();
        }

        return parts.Time.GetElapsedTime(since) >= parts.Options.TimeToLive;
    }
}
