using System.Collections.Immutable;
using Gantry.Contracts;

namespace Gantry.Inventory;

/// <summary>Finds each sled's cubby and rear port (vmm 1.9, multicast 5.6). Pure.</summary>
internal static class SledPlaces
{
    /// <summary>
    /// Slot by serial and part, else by serial alone; rear port only when the backplane map has it. Null when it cannot be told, because
    /// no service processors or no backplane map was ever read: the former place stays then.
    /// </summary>
    public static SledPlaceSeen? Find(
        SledRow sled, ImmutableArray<ServiceProcessorSeen>? serviceProcessors, ImmutableArray<string>? rearPorts)
    {
        if (serviceProcessors is not { } all)
        {
            return null;
        }

        var slots = all.Where(sp => sp.Type == "sled").ToList();
        var own = slots.Find(sp => sp.Serial == sled.Serial && sp.Part == sled.Part) ?? slots.Find(sp => sp.Serial == sled.Serial);
        if (own is null)
        {
            return new SledPlaceSeen(null, null);
        }

        var port = $"rear{own.Slot}";
        return rearPorts is { } ports ? new SledPlaceSeen(own.Slot, ports.Contains(port) ? port : null) : null;
    }

    /// <summary>The map of the lowest slot that ever told one.</summary>
    public static ImmutableArray<string>? RearPorts(IEnumerable<(int Slot, ImmutableArray<string>? Ports)> switches) =>
        switches.Where(s => s.Ports is not null).OrderBy(s => s.Slot).Select(s => s.Ports).FirstOrDefault();
}
