using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.TrustQuorum;

/// <summary>
/// What decisions need of a rack's configurations: the newest, and the one it builds on. Older ones are final and live in the view
/// <c>tq_configs</c> only, so the state does not grow with the years.
/// </summary>
[Wire("tq.state")]
public sealed record TqState : IHasGeneration
{
    /// <summary>The newest record; null before the first.</summary>
    public TqRecord? Latest { get; init; }

    /// <summary>
    /// The newest record other than <see cref="Latest"/> that is committing or committed: what stays in force while <see cref="Latest"/> is
    /// under way, and what the next proposal builds on after an abort.
    /// </summary>
    public TqRecord? Base { get; init; }

    /// <inheritdoc/>
    public long Generation { get; init; }

    /// <summary>The record that an add or remove starts from: the newest, or its base when it was aborted (trust-quorum 5.3).</summary>
    public TqRecord? Footing => Latest is { State: TqStates.Aborted } ? Base : Latest;

    /// <summary>The newest configuration that members are committing or have committed; null before the first.</summary>
    public TqRecord? InForce => Latest is { IsPreparing: false, State: not TqStates.Aborted } ? Latest : Base;

    /// <summary>Whether the hardware may not be expunged now: it is in the newest committed record or in one under way.</summary>
    public TqRecord? Holding(BaseboardId sled)
    {
        if (Latest is { State: not TqStates.Aborted } latest && latest.Find(sled) is not null)
        {
            return latest;
        }

        // While the newest is not finally committed, the one below it is still what may be in force.
        return Latest is { IsCommitted: false } && Base?.Find(sled) is not null ? Base : null;
    }

    internal TqState With(long epoch, Func<TqRecord, TqRecord> change) => this switch
    {
        { Latest: { } latest } when latest.Epoch == epoch => this with { Latest = change(latest) },
        { Base: { } under } when under.Epoch == epoch => this with { Base = change(under) },
        _ => this,
    };

    internal static TqRecord Change(TqRecord record, ImmutableArray<BaseboardId> ids, Func<TqMember, TqMember> change) =>
        record with { Members = [.. record.Members.Select(m => ids.Contains(m.Id) ? change(m) : m)] };
}
