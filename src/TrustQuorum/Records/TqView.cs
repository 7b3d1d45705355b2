using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.TrustQuorum;

/// <summary>Where a rack stands.</summary>
/// <param name="Rack">The rack.</param>
/// <param name="LatestEpoch">Its newest epoch.</param>
/// <param name="State">That record's state.</param>
/// <param name="BaseEpoch">The record below it that is or was in force; null when there is none.</param>
/// <param name="Generation">What was asked: the ETag.</param>
public sealed record TqRackRow(RackId Rack, long LatestEpoch, string State, long? BaseEpoch, long Generation);

/// <summary>The area's own views, and the rows that a fact changes.</summary>
internal static class TqViews
{
    /// <summary>Racks with a configuration, by rack id.</summary>
    public static readonly ViewSchema<TqRackRow> Racks = new("tq_racks", TrustQuorumJson.Default.TqRackRow);

    /// <summary>Every configuration by <see cref="ConfigKey"/>.</summary>
    public static readonly ViewSchema<TqRecord> Configs = new(
        "tq_configs",
        TrustQuorumJson.Default.TqRecord,
        ViewColumn<TqRecord>.Text("rack", r => r.Rack.ToString()),
        ViewColumn<TqRecord>.Integer("epoch", r => r.Epoch),
        ViewColumn<TqRecord>.Text("state", r => r.State));

    /// <summary>Sorts by epoch within a rack.</summary>
    public static string ConfigKey(RackId rack, long epoch) => $"{rack}-{epoch:D19}";

    internal static ImmutableArray<ViewOp> Project(EntityAddress self, TqState before, TqEvent fact, TqState after)
    {
        var latest = after.Latest!; // every fact leaves a record behind
        var ops = ImmutableArray.CreateBuilder<ViewOp>();
        ops.Add(Racks.Upsert(self.Key, new TqRackRow(latest.Rack, latest.Epoch, latest.State, after.Base?.Epoch, after.Generation)));
        if (!ReferenceEquals(before.Latest, latest))
        {
            ops.Add(Configs.Upsert(ConfigKey(latest.Rack, latest.Epoch), latest));
        }

        if (after.Base is { } under && !ReferenceEquals(before.Base, under) && !ReferenceEquals(before.Latest, under))
        {
            ops.Add(Configs.Upsert(ConfigKey(under.Rack, under.Epoch), under));
        }

        var was = Members(before);
        var now = Members(after);
        ops.AddRange(now.Where(m => was.GetValueOrDefault(m.Key) != m.Value).Select(m =>
            TrustQuorumViews.RackMembers.Upsert(TrustQuorumViews.MemberKey(latest.Rack, m.Key), m.Value)));
        ops.AddRange(was.Keys.Where(m => !now.ContainsKey(m)).Select(m =>
            TrustQuorumViews.RackMembers.Delete(TrustQuorumViews.MemberKey(latest.Rack, m))));
        return ops.ToImmutable();
    }

    private static ImmutableSortedDictionary<BaseboardId, RackMemberRow> Members(TqState state)
    {
        var rows = ImmutableSortedDictionary.CreateBuilder<BaseboardId, RackMemberRow>();
        if (state.Latest is not { IsCommitted: true } && state.Base is { } under)
        {
            Add(rows, under);
        }

        if (state.Latest is { State: not TqStates.Aborted } latest)
        {
            Add(rows, latest);
        }

        return rows.ToImmutable();
    }

    private static void Add(ImmutableSortedDictionary<BaseboardId, RackMemberRow>.Builder rows, TqRecord record)
    {
        foreach (var member in record.Members)
        {
            var isCommitted = member.State == TqMemberStates.Committed;
            rows[member.Id] = new RackMemberRow(
                record.Rack, member.Id, record.Epoch, member.State,
                isCommitted ? record.Epoch : rows.TryGetValue(member.Id, out var older) ? older.CommittedEpoch : null);
        }
    }
}
