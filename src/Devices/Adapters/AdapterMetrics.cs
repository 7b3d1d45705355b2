using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Gantry.Devices;

/// <summary>
/// Meter <c>Gantry.Devices</c>: <c>adapter.state</c> (devices by state), <c>adapter.call.duration</c> (s), <c>adapter.queue.depth</c> and
/// <c>adapter.queue.age</c> (s), by kind of device; the queues of switches also by <c>device</c>, the key of the recorded switch. Which sled it is, logs
/// say (engine 10.1). Only devices whose connections this node holds are counted. Thread-safe; one per process.
/// </summary>
public sealed class AdapterMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Gantry.Devices";

    private static readonly (DeviceState State, string Name)[] s_states =
        [(DeviceState.Up, "up"), (DeviceState.Suspect, "suspect"), (DeviceState.Down, "down")];

    private readonly Meter _meter;
    private readonly Histogram<double> _duration;
    private readonly ConcurrentDictionary<DeviceAdapter, bool> _adapters = new();

    /// <summary>Makes the instruments; without a factory they belong to nobody.</summary>
    public AdapterMetrics(IMeterFactory? meters = null)
    {
        _meter = meters?.Create(MeterName) ?? new Meter(MeterName);
        _duration = _meter.CreateHistogram<double>("adapter.call.duration", "s", "Duration of device calls.");
        _meter.CreateObservableGauge("adapter.state", States, "{device}", "Devices in each state.");
        _meter.CreateObservableGauge("adapter.queue.depth", () => Queues(all => all.Sum(a => a.Status.QueueDepth)), "{call}", "Calls waiting.");
        _meter.CreateObservableGauge("adapter.queue.age", () => Queues(all => all.Max(a => a.QueueAge.TotalSeconds)), "s", "Age of the oldest one.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    internal void Add(DeviceAdapter adapter) => _adapters.TryAdd(adapter, value: true);

    internal void Remove(DeviceAdapter adapter) => _adapters.TryRemove(adapter, out _);

    internal void Ended(string kind, string operation, string result, TimeSpan took) => _duration.Record(
        took.TotalSeconds, new("device.kind", kind), new("operation", operation), new("result", result));

    private IEnumerable<DeviceAdapter> Held => _adapters.Keys.Where(a => a.IsHolder && !a.IsForgotten);

    private IEnumerable<Measurement<T>> Queues<T>(Func<IEnumerable<DeviceAdapter>, T> read)
        where T : struct => Held.GroupBy(a => (a.Kind, Device: a.IsMeasuredAlone ? a.Key : null)).Select(queue => new Measurement<T>(
            read(queue),
            queue.Key.Device is { } device ? [Tag("device.kind", queue.Key.Kind), Tag("device", device)] : [Tag("device.kind", queue.Key.Kind)]));

    // Zeros too: a state that nothing is in any more has to fall.
    private IEnumerable<Measurement<int>> States() =>
        from kind in Held.GroupBy(a => a.Kind, StringComparer.Ordinal)
        let states = kind.Select(a => a.Status.State).ToList()
        from state in s_states
        select new Measurement<int>(
            states.Count(s => s == state.State), Tag("device.kind", kind.Key), Tag("state", state.Name));

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
