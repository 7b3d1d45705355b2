using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Internal listener: a sled rings because a VMM changed (vmm-sled-rack 3.5). The handler never calls a sled and waits for none.</summary>
internal static class VmmEndpoints
{
    public static void Map(ApiRoutes api) =>
        api.Post("/vmms/{propolis_id}/doorbell", "cpapi_vmm_doorbell", "vmms", "Something changed about this VMM: look again")
            .Since(2, 0, 0)
            .Answers(204)
            .Handle(RingAsync);

    private static async ValueTask<IResult> RingAsync(ApiCall call, CancellationToken ct)
    {
        var vmm = VmmId.From(call.PathId("propolis_id"));
        if (await call.Views.GetAsync(InstanceViews.Vmms, vmm.ToString(), ct).ConfigureAwait(false) is null)
        {
            return call.NotFound("vmm", vmm.ToString());
        }

        call.Service<IReconcilers>().Nudge(Reconcilers.VmmPull, Addresses.Vmm(vmm).ToString());
        return call.NoContent();
    }
}
