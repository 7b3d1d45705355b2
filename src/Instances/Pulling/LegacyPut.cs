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

    /// <summary>Stores what a sled says. False: no such VMM ever was.</summary>
    public async ValueTask<bool> TakeAsync(VmmId vmm, SledVmmState said, CancellationToken ct)
    {
        if (await _views.GetAsync(InstanceViews.Vmms, vmm.ToString(), ct).ConfigureAwait(false) is null)
        {
            // A soft-deleted one takes it without effect.
            return await _views.GetAsync(InstanceViews.VmmGraves, vmm.ToString(), ct).ConfigureAwait(false) is not null;
        }

        await _reporter.ApplyAsync(vmm, said, Who, ct).ConfigureAwait(false);
        return true;
    }
}
