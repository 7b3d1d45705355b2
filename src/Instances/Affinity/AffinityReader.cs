using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>Reads what an instance's affinity groups mean for its placement, all from one commit.</summary>
internal sealed class AffinityReader(IViews views)
{
    public async ValueTask<AffinityInputs> ReadAsync(InstanceId instance, CancellationToken ct)
    {
        // Most instances are in no group: one look-up then.
        var mine = await views.ListAsync(Members("instance", instance.ToString()), ct).ConfigureAwait(false);
        if (mine.IsEmpty)
        {
            return AffinityInputs.None;
        }

        var snapshot = await views.SnapshotAsync(ct).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            var inputs = AffinityInputs.None;
            foreach (var group in (await snapshot.ListAsync(Members("instance", instance.ToString()), ct).ConfigureAwait(false)).Select(m => m.Row))
            {
                var others = (await snapshot.ListAsync(Members("group", group.Group.ToString()), ct).ConfigureAwait(false))
                    .Select(m => m.Row.Instance).Where(other => other != instance).ToImmutableArray();
                var sleds = await SledsOfAsync(snapshot, others, ct).ConfigureAwait(false);
                inputs = With(inputs, group, others, sleds);
            }

            return inputs;
        }
    }

    private static AffinityInputs With(
        AffinityInputs inputs, AffinityMemberRow group, ImmutableArray<InstanceId> others, ImmutableHashSet<SledId> sleds) =>
        (group.IsAnti, group.Policy) switch
        {
            (false, "fail") => inputs with { Required = inputs.Required.Union(sleds), Together = inputs.Together.Add(group.Group) },
            (false, _) => inputs with { Preferred = inputs.Preferred.Union(sleds) },
            (true, "fail") => inputs with { Banned = inputs.Banned.Union(sleds), Apart = inputs.Apart.AddRange(others) },
            (true, _) => inputs with { Unpreferred = inputs.Unpreferred.Union(sleds) },
        };

    // A VMM on record holds a reservation on its sled until it is torn down; one that unwound gave it back (invariant 6).
    private static async ValueTask<ImmutableHashSet<SledId>> SledsOfAsync(
        IViews snapshot, ImmutableArray<InstanceId> instances, CancellationToken ct)
    {
        var sleds = ImmutableHashSet.CreateBuilder<SledId>();
        foreach (var instance in instances)
        {
            var vmms = await snapshot.ListAsync(
                new ViewQuery<VmmRow>(InstanceViews.Vmms).WhereEqual("instance", instance.ToString()), ct).ConfigureAwait(false);
            sleds.UnionWith(vmms.Where(v => v.Row.State != VmmWords.SagaUnwound).Select(v => v.Row.Sled));
        }

        return sleds.ToImmutable();
    }

    private static ViewQuery<AffinityMemberRow> Members(string column, string value) =>
        new ViewQuery<AffinityMemberRow>(InstanceViews.AffinityMembers).WhereEqual(column, value);
}
