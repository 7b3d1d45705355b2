using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>Makes and renames networks; holds nothing. Thread-safe.</summary>
public sealed class VpcService(IViews views, IEntities entities)
{
    private const int VniTries = 8;

    /// <summary>
    /// Makes a network. Its network id follows from its id, so that a repeat of the call asks for the same one; one that is taken is left for the
    /// next, under a key of its own.
    /// </summary>
    public async ValueTask<Outcome<VpcReply>> CreateAsync(VpcId id, VpcCommand.Create wish, Func<int, AskOptions> ask, CancellationToken ct)
    {
        for (var attempt = 0; ; attempt++)
        {
            var outcome = await entities.AskAsync(
                Addresses.Vpc(id), wish with { Vni = VniFor(id, attempt) }, ask(attempt), ct).ConfigureAwait(false);
            if (outcome is not Outcome<VpcReply>.Refused { Why.Code: MulticastErrors.ClaimTaken })
            {
                return outcome;
            }

            if (await IsNameTakenAsync(wish.Project, wish.Name, ct).ConfigureAwait(false) || attempt + 1 == VniTries)
            {
                return new Outcome<VpcReply>.Refused(MulticastErrors.VpcNameTaken(wish.Name));
            }
        }
    }

    /// <summary>Changes a network.</summary>
    public async ValueTask<Outcome<VpcReply>> UpdateAsync(VpcId id, VpcCommand.Update update, AskOptions ask, CancellationToken ct) =>
        (await entities.AskAsync(Addresses.Vpc(id), update, ask, ct).ConfigureAwait(false))
            .WhenClaimTaken(() => MulticastErrors.VpcNameTaken(update.Name ?? ""));

    private static int VniFor(VpcId id, int attempt)
    {
        const ulong count = MulticastLimits.GuestVniMax - MulticastLimits.GuestVniMin + 1;
        return MulticastLimits.GuestVniMin + (int)(StableHash.Of($"{id}|{attempt}") % count);
    }

    private async ValueTask<bool> IsNameTakenAsync(ProjectId project, string name, CancellationToken ct) => await views.FirstAsync(
        new ViewQuery<VpcRow>(VpcViews.Vpcs).WhereEqual("project", project.ToString()).WhereEqual("name", name), ct).ConfigureAwait(false) is not null;
}
