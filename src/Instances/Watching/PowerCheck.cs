using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Microsoft.Extensions.Options;

namespace Gantry.Instances;

/// <summary>
/// Whether a sled that cannot be reached is proved to be off (vmm 3.9, power check). Anything short of proof is no: a guest may run behind a
/// broken network.
/// </summary>
internal sealed class PowerCheck(IViews views, IServiceProcessorPorts gateways, IOptions<GatewayOptions> racks)
{
    /// <summary>
    /// True only when a gateway shows that very sled in another power state than A0, and none of those that answer says otherwise: a wrong proof
    /// starts a second guest beside one that may live until its sled can be told.
    /// </summary>
    public async ValueTask<bool> IsOffAsync(SledRow sled, CancellationToken ct)
    {
        var seen = await views.ListAsync(
            new ViewQuery<ServiceProcessorRow>(InventoryViews.ServiceProcessors).WhereEqual("serial", sled.Serial), ct).ConfigureAwait(false);
        if (seen.FirstOrDefault(s => s.Row.Type == "sled" && s.Row.Part == sled.Part && s.Row.Rack == sled.Rack)?.Row is not { } place)
        {
            return false;
        }

        var isProved = false;
        foreach (var address in racks.Value.Racks.FirstOrDefault(r => r.Id == sled.Rack.Value)?.ManagementGateways ?? [])
        {
            var answer = await gateways.For(new Uri(address)).GetAsync(place.Type, place.Slot, ct).ConfigureAwait(false);
            if (answer is not DeviceOutcome<ServiceProcessorState>.Answered { Value: var said })
            {
                continue;
            }

            // Another serial: the sled was moved since the inventory, and this slot says nothing about it.
            if (said.SerialNumber != sled.Serial || said.PowerState is not ("A1" or "A2"))
            {
                return false;
            }

            isProved = true;
        }

        return isProved;
    }
}
