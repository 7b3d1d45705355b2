namespace Gantry.Actors.Runtime;

/// <summary>
/// Nudges on their way to other nodes. One that finds no owner, no link or no room waits for the map to change; one that was sent is kept for as
/// long as this node's map may have been old, and sent again when its shard turns out to be another's: whoever gained the shard listed its keys
/// perhaps before what the nudge tells of was committed. Thread-safe.
/// </summary>
internal sealed class NudgeRelay(ShardMap map, INodeLinks links, Action<RelayedNudge> here, TimeProvider time)
{
    // As many as a reconciler may have keys. Beyond it the resync has to do.
    private const int HeldMax = 10_000;

    // A map is read every half second; what is not read for longer than the time-to-live is of a node that is dead for the others.
    private static readonly TimeSpan OldMap = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Reconciler, string? Key, Incarnation? Member), Held> _held = [];
    private int _count;

    /// <summary>Called for each that is dropped for want of room.</summary>
    public Action Dropped { get; init; } = static () => { };

    /// <summary>To the owner of an address, now or when there is one that can be reached.</summary>
    public void ToOwner(EntityAddress address, RelayedNudge nudge) => Pass(new Held(nudge, ShardId.Of(address, map.ShardCount), null));

    /// <summary>To one member, for all keys.</summary>
    public void ToMember(Incarnation member, RelayedNudge nudge) => Pass(new Held(nudge, null, member));

    /// <summary>The map, a link or the members changed: what waits is looked at.</summary>
    public void Look()
    {
        if (Volatile.Read(ref _count) == 0)
        {
            return;
        }

        List<Held> due;
        lock (_gate)
        {
            due = [.. _held.Values.Where(h => h.SentTo is null || IsElsewhere(h) || time.GetElapsedTime(h.SentAt) > OldMap)];
            due.ForEach(Forget);
        }

        foreach (var held in due)
        {
            if (held.SentTo is null || IsElsewhere(held))
            {
                Pass(held);
            }
        }
    }

    private bool IsElsewhere(Held held) =>
        held.Shard is { } shard && held.SentTo is not null && map.SeatOf(shard) is var seat && (seat.IsServed || seat.Owner != held.SentTo);

    private void Pass(Held held)
    {
        if (held.Shard is { } shard)
        {
            var seat = map.SeatOf(shard);
            if (seat.IsServed)
            {
                here(held.Nudge);
                return;
            }

            Keep(held, seat is { IsUnsettled: false, Owner: { } owner } && owner != map.Me && Send(owner, held.Nudge) ? owner : null);
        }
        else if (held.Member is { } member && map.Members.ContainsKey(member) && !Send(member, held.Nudge))
        {
            Keep(held, null);
        }
    }

    private bool Send(Incarnation to, RelayedNudge nudge) =>
        links.TrySend(to, new LinkFrame.Nudge(nudge.Reconciler, nudge.Key, nudge.ForgetBackoff, nudge.Trace) { Hops = nudge.Hops });

    private void Keep(Held held, Incarnation? sentTo)
    {
        var kept = held with { SentTo = sentTo, SentAt = sentTo is null ? 0 : time.GetTimestamp() };
        lock (_gate)
        {
            var name = Name(kept);
            if (_held.TryGetValue(name, out var before))
            {
                kept = kept with { Nudge = kept.Nudge with { ForgetBackoff = kept.Nudge.ForgetBackoff || (before.SentTo is null && before.Nudge.ForgetBackoff) } };
            }
            else if (_held.Count >= HeldMax)
            {
                Dropped();
                return;
            }

            _held[name] = kept;
            Volatile.Write(ref _count, _held.Count);
        }
    }

    private void Forget(Held held)
    {
        _held.Remove(Name(held));
        Volatile.Write(ref _count, _held.Count);
    }

    private static (string Reconciler, string? Key, Incarnation? Member) Name(Held held) => (held.Nudge.Reconciler, held.Nudge.Key, held.Member);

    private sealed record Held(RelayedNudge Nudge, ShardId? Shard, Incarnation? Member)
    {
        public Incarnation? SentTo { get; init; }

        public long SentAt { get; init; }
    }
}
