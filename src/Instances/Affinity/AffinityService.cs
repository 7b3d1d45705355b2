using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>What the gateway calls to take an instance into an affinity group. Thread-safe.</summary>
public sealed class AffinityService(IEntities entities, IViews views)
{
    /// <summary>Only while the instance holds no room on any sled: a group says where to place, and does not move what is placed (vmm 4.9).</summary>
    public async ValueTask<Outcome<Done>> AddAsync(AffinityGroupRow group, InstanceRow instance, AskOptions how, CancellationToken ct)
    {
        var vmms = new ViewQuery<VmmRow>(InstanceViews.Vmms).WhereEqual("instance", instance.Id.ToString());
        if (instance.ActiveVmm is not null || await views.FirstAsync(vmms, ct).ConfigureAwait(false) is not null)
        {
            return new Outcome<Done>.Refused(InstancesErrors.AffinityOfRunning(instance.Name));
        }

        var mine = await views.ListAsync(
            new ViewQuery<AffinityMemberRow>(InstanceViews.AffinityMembers).WhereEqual("instance", instance.Id.ToString()), ct).ConfigureAwait(false);
        if (mine.Length >= InstancesLimits.AffinityGroupsMax)
        {
            return new Outcome<Done>.Refused(InstancesErrors.AffinityLimit(instance.Name));
        }

        await SweepAsync(group, how, ct).ConfigureAwait(false);
        return await entities.AskAsync(
            Addresses.AffinityGroup(group.Id), new AddAffinityMember(instance.Id, instance.Name), how, ct).ConfigureAwait(false);
    }

    // A deletion that was cut short, or met an addition, leaves its instance in the group: nobody sees it there, and it takes up a place.
    private async ValueTask SweepAsync(AffinityGroupRow group, AskOptions how, CancellationToken ct)
    {
        var members = await views.ListAsync(
            new ViewQuery<AffinityMemberRow>(InstanceViews.AffinityMembers).WhereEqual("group", group.Id.ToString()), ct).ConfigureAwait(false);
        foreach (var member in members.Select(m => m.Row.Instance))
        {
            if (await views.GetAsync(InstanceViews.Instances, member.ToString(), ct).ConfigureAwait(false) is null)
            {
                var leave = how with { ExpectedGeneration = null, Key = new CommandKey($"{how.Key.Value}:{StableHash.Of(member.ToString()):x16}") };
                await entities.AskAsync(Addresses.AffinityGroup(group.Id), new RemoveAffinityMember(member), leave, ct).ConfigureAwait(false);
            }
        }
    }
}
