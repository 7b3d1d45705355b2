using Gantry.Actors;
using Gantry.Contracts;

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
        return mine.Length >= InstancesLimits.AffinityGroupsMax
            ? new Outcome<Done>.Refused(InstancesErrors.AffinityLimit(instance.Name))
            : await entities.AskAsync(
                Addresses.AffinityGroup(group.Id), new AddAffinityMember(instance.Id, instance.Name), how, ct).ConfigureAwait(false);
    }
}
