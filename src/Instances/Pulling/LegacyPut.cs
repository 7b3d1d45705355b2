using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>
/// The deprecated put of a VMM's state (vmm 3.3). Up to R19 its body is the state; nothing else may ever read that body.
/// </summary>
public sealed class LegacyPut
{
    private const string Who = "legacy_put";

    private readonly IViews _views;
    private readonly VmmReporter _reporter;

    internal LegacyPut(IViews views, VmmReporter reporter)
    {
        _views = views;
        _reporter = reporter;
    }

    /// <summary>Stores what a sled says, all of it or nothing; null when it did, else why not.</summary>
    public async ValueTask<Refusal?> TakeAsync(VmmId vmm, SledVmmState said, CancellationToken ct)
    {
        if ((await _views.GetAsync(InstanceViews.Vmms, vmm.ToString(), ct).ConfigureAwait(false))?.Row is not { } row)
        {
            // A soft-deleted one takes it without effect.
            return await _views.GetAsync(InstanceViews.VmmGraves, vmm.ToString(), ct).ConfigureAwait(false) is null
                ? Refusal.NotFound("vmm", vmm.ToString())
                : null;
        }

        var isInstanceThere = await _views.GetAsync(InstanceViews.Instances, row.Instance.ToString(), ct).ConfigureAwait(false) is not null;
        if (WhyNot(row, said, isInstanceThere) is { } why)
        {
            return why;
        }

        await _reporter.ApplyAsync(vmm, said, Who, ct).ConfigureAwait(false);
        return null;
    }

    /// <summary>
    /// The checks of vmm 2.4. A side of a migration that is not on record any more says nothing: the sled keeps the last one until it observes
    /// another, and a refusal would be its last word about the VMM.
    /// </summary>
    internal static Refusal? WhyNot(VmmRow row, SledVmmState said, bool isInstanceThere)
    {
        if (said is { MigrationIn: { } into, MigrationOut: { } from } && into.MigrationId == from.MigrationId)
        {
            return InstancesErrors.SelfMigration(row.Id);
        }

        if (said is not { MigrationIn: null, MigrationOut: null } && !isInstanceThere)
        {
            return InstancesErrors.MigrationGone(row.Id);
        }

        return IsOf(said.MigrationIn, row.MigrationOut) || IsOf(said.MigrationOut, row.MigrationIn) ? InstancesErrors.NotThatSide(row.Id) : null;
    }

    private static bool IsOf(SledMigrationState? said, VmmMigrationRow? side) => said is not null && said.MigrationId == side?.Migration.Value;
}
