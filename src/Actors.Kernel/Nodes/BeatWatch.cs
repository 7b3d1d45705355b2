namespace Gantry.Actors.Kernel;

/// <summary>
/// Who has been quiet for a full time-to-live, by the watcher's own clock (engine 5.3). A look that failed or came late starts every watch
/// anew: after a pause of our own or an outage of the store nobody is judged before one quiet time-to-live.
/// </summary>
internal sealed class BeatWatch(NodeSettings settings)
{
    private readonly Dictionary<Incarnation, (long Beat, TimeSpan Since)> _watched = [];
    private TimeSpan? _lastLook;

    /// <summary>Takes a look; gives those to be judged with the beat that was seen.</summary>
    public List<(Incarnation Who, long Beat)> Look(ClusterSight sight, TimeSpan at)
    {
        var isBroken = _lastLook is not { } last || at - last > 2 * settings.Scan;
        if (isBroken && (settings.Mutations & KernelMutations.NoQuiet) == KernelMutations.None)
        {
            _watched.Clear();
        }

        _lastLook = at;
        var quiet = new List<(Incarnation, long)>();
        foreach (var member in sight.Members)
        {
            if (member.State is MemberState.Dead or MemberState.Left || member.Incarnation == settings.Me)
            {
                _watched.Remove(member.Incarnation);
            }
            else if (!_watched.TryGetValue(member.Incarnation, out var known) || known.Beat != member.Beat)
            {
                _watched[member.Incarnation] = (member.Beat, at);
            }
            else if (at - known.Since >= settings.TimeToLive)
            {
                quiet.Add((member.Incarnation, member.Beat));
            }
        }

        return quiet;
    }

    /// <summary>When the next of those watched will have been quiet for long enough, unless it beats before; null when nobody is watched.</summary>
    public TimeSpan? NextAt(TimeSpan at)
    {
        TimeSpan? next = null;
        foreach (var (_, since) in _watched.Values)
        {
            var due = since + settings.TimeToLive;
            next = due > at && (next is null || due < next) ? due : next;
        }

        return next;
    }

    /// <summary>Nothing was seen.</summary>
    public void Forget() => _lastLook = null;
}
