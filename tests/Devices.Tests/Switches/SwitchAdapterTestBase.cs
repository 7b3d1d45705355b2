using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gantry.Devices;
using Gantry.Switch;
using Gantry.Switch.Simulator;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>Two simulated switches and the real adapters, as Hosting wires them.</summary>
public abstract class SwitchAdapterTestBase : IAsyncLifetime
{
    private protected const string Tag = "0e9a:224.1.2.3";
    private protected const string Underlay = "ff04::e001:203";
    private protected const string Group = "224.1.2.3";
    private protected static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private ServiceProvider _services = null!;

    private protected ConcurrentQueue<(string Key, DeviceChange Change)> Changes { get; } = new();

    private protected SwitchSimulator First { get; private set; } = null!;

    private protected SwitchSimulator Second { get; private set; } = null!;

    /// <summary>How true to the real daemon the switches of this class are.</summary>
    private protected SwitchMode Mode => FaithfulAttribute.ModeOf(GetType());

    private protected ISwitchPort Port => Ports.For("rack-0", First.Address);

    private protected ISwitchPort SecondPort => Ports.For("rack-1", Second.Address);

    private protected ISwitchPorts Ports => _services.GetRequiredService<ISwitchPorts>();

    private protected static CancellationToken None => CancellationToken.None;

    private protected static UnderlayGroupBody UnderlayBody(params string[] ports) =>
        new(Underlay, Tag, [.. ports.Select(SwitchMember.Rear)]);

    private protected static ExternalGroupBody ExternalBody(params string[] sources) =>
        new(Group, Tag, new SwitchNatTarget(Underlay, "33:33:e0:01:02:03", 77), VlanId: null, [.. sources]);

    public async Task InitializeAsync()
    {
        First = await SwitchSimulator.StartAsync(new SwitchSimulatorOptions { Port = 0, ControlPort = 0, Slot = 0, Seed = 1, Mode = Mode });
        Second = await SwitchSimulator.StartAsync(new SwitchSimulatorOptions { Port = 0, ControlPort = 0, Slot = 1, Seed = 2, Mode = Mode });
        _services = new ServiceCollection()
            .AddLogging()
            .AddSwitchAdapters((_, key, change) => Changes.Enqueue((key, change)))
            .BuildServiceProvider();
    }

    public async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        ImmutableArray<SeenRequest> seen = [.. First.Requests, .. Second.Requests];
        await First.DisposeAsync();
        await Second.DisposeAsync();
        // What the adapter sends is well formed: a switch refuses it for its state only.
        string[] fair = ["version", "tag mismatch", "not a tracked"];
        seen.Where(r => r.Status == 400).ShouldAllBe(r => fair.Any(f => r.AnswerBody.Contains(f, StringComparison.Ordinal)));
        if (SharedFolder.OpenApi is not null)
        {
            SwitchTestBase.ShouldFit(seen);
        }
    }

    private protected static T Value<T>(DeviceOutcome<T> outcome) =>
        outcome.ShouldBeOfType<DeviceOutcome<T>.Answered>(outcome.Describe()).Value;

    private protected static DeviceOutcome<T>.Rejected Rejection<T>(DeviceOutcome<T> outcome) =>
        outcome.ShouldBeOfType<DeviceOutcome<T>.Rejected>(outcome.Describe());

    private protected int Writes(SwitchSimulator simulator) => simulator.Requests.Count(r => r.Method != "GET");
}
