using System.Diagnostics.Metrics;
using Gantry.Devices;
using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>Queues of switches are measured one by one, for as long as the switch is recorded (engine 10.1).</summary>
public sealed class SwitchQueueSeriesTests : SwitchAdapterTestBase
{
    [Fact]
    [Trait("spec", "engine/10.1")]
    public async Task Queue_depth_and_age_are_those_of_one_switch_and_go_with_it()
    {
        // Other tests of this process have adapters of their own.
        var (slow, idle) = ($"{Guid.NewGuid()}-0", $"{Guid.NewGuid()}-1");
        var port = Ports.For(slow, First.Address);
        await Ports.For(idle, Second.Address).ListGroupsAsync(None);
        First.Faults.Add(new SimFault("black_hole") { Match = new FaultMatch(Method: "POST") });
        var calls = Enumerable.Range(0, 3).Select(n => port.CreateUnderlayAsync(UnderlayBody($"rear{n}"), None).AsTask()).ToList();

        await Eventually.HoldsAsync(() => Measure("adapter.queue.depth", slow) is 2 && Measure("adapter.queue.age", slow) > 0, Soon);
        Measure("adapter.queue.depth", idle).ShouldBe(0);
        Measure("adapter.queue.age", idle).ShouldBe(0);

        Ports.Forget(slow);

        Measure("adapter.queue.depth", slow).ShouldBeNull();
        Measure("adapter.queue.age", slow).ShouldBeNull();
        Measure("adapter.queue.depth", idle).ShouldBe(0);
        (await Task.WhenAll(calls)).ShouldAllBe(o => o is DeviceOutcome<SwitchGroup>.NoAnswer || o is DeviceOutcome<SwitchGroup>.Unreachable);
        Ports.Known.Keys.ShouldNotContain(slow);
    }

    // Null when there is no such series.
    private static double? Measure(string name, string device)
    {
        double? seen = null;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == name && instrument.Meter.Name == AdapterMetrics.MeterName)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((_, value, tags, _) => Take(value, tags));
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) => Take(value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;

        void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (tags.ToArray().Any(t => t.Key == "device" && Equals(t.Value, device)))
            {
                tags.ToArray().Select(t => t.Key).ShouldBe(["device.kind", "device"]);
                seen = value;
            }
        }
    }
}
