using System.Collections.Immutable;
using Gantry.Actors.Storage;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>
/// The end of a rolling upgrade (engine 2.6, 3.6): when every living node reads what the newest does, nodes may write it, and views that nodes
/// of the release before did not write whole are folded anew.
/// </summary>
internal sealed class Finalizing(StoreAdmin views, IActorStore store, EngineModel model, ILogger log)
{
    /// <summary>Why it cannot be done yet: who reads less than the newest of them; null when nobody does.</summary>
    public static Refusal? WhyNot(IEnumerable<MemberRow> members)
    {
        var living = members.Where(m => m.State is not (MemberState.Dead or MemberState.Left)).ToList();
        var newest = living.Max(m => m.Profile.WireLevel);
        var slow = living.Where(m => m.Profile.WireLevel < newest).Select(m => $"{m.Profile.NodeId} reads level {m.Profile.WireLevel}")
            .Order(StringComparer.Ordinal).ToList();
        return slow.Count == 0
            ? null
            : Refusal.Conflict(
                "NodeReadsLess", $"the newest nodes read level {newest}, and {string.Join(", ", slow)}",
                "start those with the newest release, then try again; gantry cluster show -o json has wire_level");
    }

    public async ValueTask<AdminAnswer> RunAsync(IMembershipStore members, AdminOrder order, CancellationToken ct)
    {
        var sight = await members.ReadAsync(ct).ConfigureAwait(false);
        if (WhyNot(sight.Members) is { } refusal)
        {
            return AdminAnswer.Refused(refusal);
        }

        var level = sight.Members.Where(m => m.State is not (MemberState.Dead or MemberState.Left)).Max(m => m.Profile.WireLevel);
        var present = await members.WriteLevelAsync(ct).ConfigureAwait(false);
        var unfolded = store.Maintenance is { } maintenance ? await maintenance.UnfoldedViewsAsync(ct).ConfigureAwait(false) : [];
        if (unfolded.Where(u => model.Views.All(v => v.Name != u.View)).Select(u => u.View).ToList() is { Count: > 0 } strange)
        {
            return AdminAnswer.Refused(Refusal.Conflict(
                "NodeReadsLess", $"the node that you ask does not know the views {string.Join(", ", strange)}", "ask a node of the newest release"));
        }

        if (present >= level && unfolded.Count == 0)
        {
            return AdminAnswer.Done($"the write level is {present} already, the newest that every node reads");
        }

        var effects = ImmutableArray.CreateBuilder<string>();
        if (present < level)
        {
            effects.Add($"the write level rises from {present} to {level}: a node that reads less cannot join any more");
        }

        effects.AddRange(unfolded.Select(u => $"view {u.View} is folded anew from the events"));
        if (order.IsDryRun)
        {
            return AdminAnswer.WouldDo(effects.ToImmutable());
        }

        RuntimeLog.OrderedBy(log, string.Join("; ", effects), order.Caller.ToString());

        // The level first: no node of the release before comes back while rows are folded.
        if (!await members.RaiseWriteLevelAsync(level, ct).ConfigureAwait(false))
        {
            return AdminAnswer.Refused(Refusal.Conflict(
                "NodeReadsLess", $"a node that reads less than level {level} joined meanwhile", "upgrade it, then try again; gantry cluster show -o json has wire_level"));
        }

        if (unfolded.Count > 0)
        {
            var report = await views.RebuildAsync([.. model.Views.Where(v => unfolded.Any(u => u.View == v.Name))], order, ct).ConfigureAwait(false);
            await store.Maintenance!.NoteFoldedAsync(unfolded, ct).ConfigureAwait(false); // whose marks they are
            if (report.FindingCount > 0)
            {
                effects.Add($"{report.FindingCount} entities cannot be folded, as {report.Findings[0]}; gantry view check has them all");
            }
        }

        return AdminAnswer.Done(effects.ToImmutable());
    }
}
