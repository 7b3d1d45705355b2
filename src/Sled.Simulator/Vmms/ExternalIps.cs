using System.Net;
using System.Net.Sockets;
using Gantry.Devices;

namespace Gantry.Sled.Simulator;

/// <summary>The external addresses of a VMM: attaching twice and detaching what is not there are fine, a second ephemeral one of a version is not.</summary>
internal static class ExternalIps
{
    public static VmmAnswer Attach(Vmm vmm, SledExternalIp ip)
    {
        if (vmm.ExternalIps.Contains(ip))
        {
            return VmmAnswer.Is(vmm);
        }

        return !ip.IsFloating && vmm.ExternalIps.Any(e => !e.IsFloating && IsV6(e) == IsV6(ip))
            ? VmmAnswer.Refuse(400, "InvalidRequest", "the VMM has another ephemeral address of this version")
            : VmmAnswer.Is(vmm with { ExternalIps = vmm.ExternalIps.Add(ip) });
    }

    public static VmmAnswer Detach(Vmm vmm, SledExternalIp ip) => VmmAnswer.Is(vmm with { ExternalIps = vmm.ExternalIps.Remove(ip) });

    private static bool IsV6(SledExternalIp ip) => IPAddress.Parse(ip.Address).AddressFamily == AddressFamily.InterNetworkV6;
}
