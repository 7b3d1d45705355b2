using System.Collections.Immutable;
using System.Net;

namespace Gantry.Sled.Simulator;

/// <summary>A process of simulated sleds with the rack's management gateway.</summary>
public sealed record SledSimulatorOptions
{
    /// <summary>The sleds.</summary>
    public required ImmutableArray<SimulatedSledOptions> Sleds { get; init; }

    /// <summary>Switches that the management gateway lists beside the sleds.</summary>
    public ImmutableArray<SimulatedSwitchOptions> Switches { get; init; } = [];

    /// <summary>Internal listeners of the control plane's nodes, the one to ask first in front; none: no registration and no rings.</summary>
    public ImmutableArray<Uri> ControlPlanes { get; init; } = [];

    /// <summary>The first of <see cref="ControlPlanes"/>; set where there is one node only.</summary>
    public Uri? ControlPlane
    {
        get => ControlPlanes.FirstOrDefault();
        init => ControlPlanes = value is null ? [] : [value];
    }

    /// <summary><c>auto</c> or <c>explicit</c>.</summary>
    public string Mode { get; init; } = SledModes.Auto;

    /// <summary>How long a queued transition takes in auto mode. Default 1500 ms (vmm 6).</summary>
    public TimeSpan AutoDelay { get; init; } = TimeSpan.FromMilliseconds(1_500);

    /// <summary>How long a stop may take. Default 10 min (vmm 2.3 S7).</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Address that all listeners bind.</summary>
    public IPAddress Bind { get; init; } = IPAddress.Loopback;

    /// <summary>Port of the management gateway; 0 lets the system choose, null has none.</summary>
    public int? GatewayPort { get; init; } = 0;

    /// <summary>Port of the control interface; 0 lets the system choose.</summary>
    public int ControlPort { get; init; }

    /// <summary>Folder below which each sled keeps its quorum state; null keeps it in memory.</summary>
    public string? QuorumFolder { get; init; }

    /// <summary>Quorum nodes of other processes, beside those of this one.</summary>
    public ImmutableArray<IPEndPoint> QuorumPeers { get; init; } = [];

    /// <summary>Seed of fault probabilities.</summary>
    public ulong Seed { get; init; } = 1;
}

/// <summary>One simulated sled. Defaults are those of a stand-alone one (vmm 6).</summary>
public sealed record SimulatedSledOptions
{
    /// <summary>The sled's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Cubby.</summary>
    public required int Slot { get; init; }

    /// <summary>Baseboard serial; null: <c>sim-&lt;id&gt;</c>.</summary>
    public string? Serial { get; init; }

    /// <summary>Baseboard part.</summary>
    public string Part { get; init; } = "sim-gimlet";

    /// <summary>Baseboard revision.</summary>
    public long Revision { get; init; } = 3;

    /// <summary><c>gimlet</c> or <c>scrimlet</c>.</summary>
    public string Role { get; init; } = "scrimlet";

    /// <summary>Port of the sled agent; 0 lets the system choose.</summary>
    public int Port { get; init; }

    /// <summary>Port of the quorum node; 0 lets the system choose, null has none.</summary>
    public int? QuorumPort { get; init; }

    /// <summary>A sled that lies in the rack without an agent until a member starts it with PUT /sleds. Needs a quorum port.</summary>
    public bool IsSpare { get; init; }

    /// <summary>
    /// A sled of a rack of the older scheme: with the others so marked it starts with a share of one LRTQ secret. Needs a quorum port.
    /// </summary>
    public bool IsLrtq { get; init; }

    /// <summary>Hardware threads.</summary>
    public int HardwareThreads { get; init; } = 32;

    /// <summary>RAM in bytes.</summary>
    public long PhysicalRamBytes { get; init; } = 64L << 30;

    /// <summary>Reservoir in bytes.</summary>
    public long ReservoirBytes { get; init; } = 32L << 30;

    /// <summary>CPU family.</summary>
    public string CpuFamily { get; init; } = "amd_milan";

    /// <summary>The rack it says it is in.</summary>
    public Guid RackId { get; init; }

    internal string SerialOrDefault => Serial ?? $"sim-{Id}";
}

/// <summary>A switch as the management gateway lists it.</summary>
/// <param name="Slot">0 or 1.</param>
/// <param name="Serial">Baseboard serial.</param>
/// <param name="Part">Baseboard part.</param>
public sealed record SimulatedSwitchOptions(int Slot, string Serial, string Part = "sim-sidecar");
