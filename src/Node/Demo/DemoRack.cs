using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Gantry.Primitives;
using Gantry.Sled.Simulator;
using Gantry.Switch.Simulator;

namespace Gantry.Node;

/// <summary>The devices of a demo: two switches, the sleds with their gateway, and one control interface for all of them.</summary>
internal sealed class DemoRack : IAsyncDisposable
{
    private DemoRack(ImmutableArray<SwitchSimulator> switches, SledSimulator sleds, DemoControl control, bool isLrtq)
    {
        IsLrtq = isLrtq;
        Switches = switches;
        Sleds = sleds;
        Control = control;
    }

    public ImmutableArray<SwitchSimulator> Switches { get; }

    public SledSimulator Sleds { get; }

    public DemoControl Control { get; }

    /// <summary>Its sleds began in the older scheme.</summary>
    public bool IsLrtq { get; }

    /// <summary>The rack's id: the same for the same seed.</summary>
    public static Guid RackId(int seed) => GuidForm.FromText($"demo rack {seed}");

    [SuppressMessage("Reliability", "CA2000", Justification = "The rack owns the control interface and closes it.")]
    public static async Task<DemoRack> StartAsync(
        DemoOptions options, DemoPorts ports, string folder, ILoggerFactory loggers, CancellationToken ct)
    {
        var switches = new List<SwitchSimulator>();
        SledSimulator? sleds = null;
        try
        {
            foreach (var slot in new[] { 0, 1 })
            {
                switches.Add(await SwitchSimulator.StartAsync(
                    Switch(options, ports, slot), ct).ConfigureAwait(false));
            }

            sleds = await SledSimulator.StartAsync(Sled(options, ports, folder), TimeProvider.System, loggers, ct).ConfigureAwait(false);
            var control = await DemoControl.StartAsync(
                ports.Control, name => Target(name, switches, sleds), loggers, ct).ConfigureAwait(false);
            return new DemoRack([.. switches], sleds, control, options.IsLrtq);
        }
        catch
        {
            await CloseAsync(switches, sleds).ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Control.DisposeAsync().ConfigureAwait(false);
        await CloseAsync(Switches, Sleds).ConfigureAwait(false);
    }

    private static Uri Target(string device, List<SwitchSimulator> switches, SledSimulator sleds) => device switch
    {
        "switch0" => switches[0].ControlAddress,
        "switch1" => switches[1].ControlAddress,
        _ => sleds.Control,
    };

    private static SwitchSimulatorOptions Switch(DemoOptions options, DemoPorts ports, int slot) => new()
    {
        Port = ports.Switch(slot),
        Slot = slot,
        ControlPort = 0,
        Seed = (ulong)options.Seed + (ulong)slot,
    };

    private static SledSimulatorOptions Sled(DemoOptions options, DemoPorts ports, string folder) => new()
    {
        Sleds = [.. Enumerable.Range(0, options.Sleds + 1).Select(n => new SimulatedSledOptions
        {
            Id = GuidForm.FromText($"demo sled {options.Seed} {n}"),
            Slot = n,
            Serial = $"BRM422200{n:00}",
            Part = "913-0000019",
            Revision = 6,
            Role = n < 2 ? "scrimlet" : "gimlet",
            Port = ports.Sled(n),
            QuorumPort = ports.Quorum(n),
            IsSpare = n == options.Sleds,
            IsLrtq = options.IsLrtq && n < options.Sleds,
            RackId = RackId(options.Seed),
        })],
        Switches = [new SimulatedSwitchOptions(0, SwitchSerial(0)), new SimulatedSwitchOptions(1, SwitchSerial(1))],
        ControlPlanes = [.. Enumerable.Range(0, options.Nodes).Select(n => new Uri($"http://127.0.0.1:{ports.Node(n).Internal}"))],
        AutoDelay = TimeSpan.FromMilliseconds(200),
        GatewayPort = ports.Gateway,
        QuorumFolder = Path.Combine(folder, "sleds"),
        Seed = (ulong)options.Seed,
    };

    private static string SwitchSerial(int slot) => $"BRM4422200{slot}";

    private static async Task CloseAsync(IEnumerable<SwitchSimulator> switches, SledSimulator? sleds)
    {
        if (sleds is not null)
        {
            await sleds.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var one in switches)
        {
            await one.DisposeAsync().ConfigureAwait(false);
        }
    }
}
