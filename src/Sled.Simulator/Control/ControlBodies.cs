using System.Collections.Immutable;
using Gantry.Devices;

namespace Gantry.Sled.Simulator;

/// <summary>A fault that is on, as it is listed.</summary>
internal sealed record FaultView(string Id, int Strikes, Fault Fault);

/// <summary>Answer of POST faults.</summary>
internal sealed record FaultId(string Id);

/// <summary>Something that happens unasked.</summary>
internal sealed record HappeningBody
{
    public required string Event { get; init; }

    public required Guid Object { get; init; }
}

/// <summary>The whole model state of a sled.</summary>
internal sealed record SledView(
    Guid SledId,
    string Serial,
    int Slot,
    string Address,
    bool IsListening,
    SledSettings Settings,
    long Rings,
    ImmutableArray<VmmView> Vmms,
    IReadOnlyList<FaultView> Faults,
    TrafficView Traffic,
    QuorumView? Quorum,
    ImmutableArray<SledGroupMapping> MulticastMappings,
    ImmutableArray<SledForwarding> MulticastForwarding);

/// <summary>One VMM of it.</summary>
internal sealed record VmmView(
    Guid VmmId,
    Guid InstanceId,
    SledVmmState State,
    int Cpus,
    long MemoryMebibytes,
    ImmutableArray<SledMulticastMembership> MulticastGroups,
    ImmutableArray<SledExternalIp> ExternalIps,
    ImmutableArray<string> Queue)
{
    public static VmmView Of(Vmm vmm) => new(
        vmm.Id,
        vmm.InstanceId,
        vmm.Answer,
        vmm.Cpus,
        vmm.MemoryMebibytes,
        vmm.MulticastGroups,
        vmm.ExternalIps,
        [.. vmm.Queue.Select(o => o.Kind == ObservationKind.Vmm ? o.State : $"{o.Kind}:{o.State}")]);
}

/// <summary>Moves the virtual clock.</summary>
internal sealed record ClockBody(long AdvanceMs);

/// <summary>Where the virtual clock stands.</summary>
internal sealed record ClockView(DateTimeOffset Now);
