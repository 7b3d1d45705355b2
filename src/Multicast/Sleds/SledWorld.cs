using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>A VMM's wanted subscription.</summary>
internal sealed record SledSubscription(SledId Sled, Guid Vmm, string Group, ImmutableArray<string> Sources)
{
    public string Text => string.Join(',', Sources);
}

/// <summary>The desired side of a turn over a rack's sleds, read in one commit. Subscriptions are read anew only of groups that changed.</summary>
internal sealed record SledWorld(ImmutableArray<SledRow> Sleds, SledProgram Program, ImmutableArray<SledSubscription> Subscriptions)
{
    /// <summary>Sleds of the rack that will not come back.</summary>
    public ImmutableArray<SledId> Expunged { get; init; } = [];

    public static async ValueTask<SledWorld> ReadAsync(
        IViews views, string rack, Dictionary<GroupId, (long Revision, ImmutableArray<SledSubscription> Of)> seen, CancellationToken ct)
    {
        var snapshot = await views.SnapshotAsync(ct).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            var sleds = await snapshot.ListAsync(new ViewQuery<SledRow>(InventoryViews.Sleds).WhereEqual("rack", rack), ct).ConfigureAwait(false);
            var switches = await snapshot.ListAsync(new ViewQuery<SwitchRow>(InventoryViews.Switches).WhereEqual("rack", rack), ct).ConfigureAwait(false);
            var groups = await snapshot.ListAsync(new ViewQuery<GroupDetailRow>(GroupViews.Details), ct).ConfigureAwait(false);
            foreach (var gone in seen.Keys.Except(groups.Select(g => g.Row.Id)).ToList())
            {
                seen.Remove(gone);
            }

            foreach (var group in groups)
            {
                if (!seen.TryGetValue(group.Row.Id, out var known) || known.Revision != group.Revision)
                {
                    seen[group.Row.Id] = (group.Revision, await SubscribersAsync(snapshot, group.Row, ct).ConfigureAwait(false));
                }
            }

            return new SledWorld(
                [.. sleds.Select(s => s.Row).Where(s => s is { State: "active", Policy: not "expunged" })],
                SledProgram.Of(groups.Select(g => g.Row), [.. switches.Select(s => s.Row)]),
                [.. seen.Values.SelectMany(s => s.Of)])
            {
                Expunged = [.. sleds.Where(s => s.Row.Policy == "expunged").Select(s => s.Row.Id)],
            };
        }
    }

    private static async ValueTask<ImmutableArray<SledSubscription>> SubscribersAsync(IViews views, GroupDetailRow group, CancellationToken ct)
    {
        var members = await views.ListAsync(
            new ViewQuery<MulticastMemberRow>(GroupViews.Members).WhereEqual("group", group.Id.ToString()), ct).ConfigureAwait(false);
        var found = ImmutableArray.CreateBuilder<SledSubscription>();
        foreach (var member in members.Select(m => m.Row).Where(m => m is { State: MemberState.Joined, Sled: not null }))
        {
            var instance = await views.GetAsync(InstanceViews.Instances, member.Instance.ToString(), ct).ConfigureAwait(false);
            if (instance?.Row is { ActiveVmm: { } vmm } row && row.Sled == member.Sled)
            {
                found.Add(new SledSubscription(
                    member.Sled!.Value, vmm.Value, group.Address.ToString(), [.. member.Sources.Select(s => s.ToString())])); // filtered above
            }
        }

        return found.ToImmutable();
    }
}
