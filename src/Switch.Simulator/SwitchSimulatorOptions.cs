using System.Net;

namespace Gantry.Switch.Simulator;

/// <summary>How one simulated switch is started.</summary>
public sealed record SwitchSimulatorOptions
{
    /// <summary>Port of the device API; 0 takes a free one.</summary>
    public int Port { get; init; } = 12224;

    /// <summary>Port of the control interface; 0 takes a free one.</summary>
    public int ControlPort { get; init; } = 8490;

    /// <summary>Switch slot, 0 or 1.</summary>
    public int Slot { get; init; }

    /// <summary>How true to the real daemon it is; the control interface can change it.</summary>
    public SwitchMode Mode { get; init; }

    /// <summary>Seed of generated ids and of faults with a probability.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Address to listen on. The control interface always stays on loopback.</summary>
    public IPAddress Bind { get; init; } = IPAddress.Loopback;

    /// <summary>More addresses of the device API, beside <see cref="Bind"/> (T1).</summary>
    public IReadOnlyList<IPEndPoint> Listen { get; init; } = [];

    /// <summary>Clock of uptime and of slow answers.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
