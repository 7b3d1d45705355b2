using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Gantry.Devices;

/// <summary>Meter <c>Gantry.Devices</c>: <c>adapter.state</c> (0 up, 1 suspect, 2 down), <c>adapter.call.duration</c> (s),
/// <c>adapter.queue.depth</c> and <c>adapter.queue.age</c> (s). Thread-safe; one per process.</summary>
public sealed class AdapterMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Gantry.Devices";

    private readonly Meter _meter;
    private readonly Histogram<double> _duration;
    private readonly ConcurrentDictionary<DeviceAdapter, bool> _adapters = new();

    /// <summary>Makes the instruments; without a factory they belong to nobody.</summary>
    public AdapterMetrics(IMeterFactory? meters = null)
    {
        _meter = meters?.Create(MeterName) ?? new Meter(MeterName);
        _duration = _meter.CreateHistogram<double>("adapter.call.duration", "s", "Duration of device calls.");
        _meter.CreateObservableGauge("adapter.state", () => Observe(a => (int)a.Status.State), null, "0 up, 1 suspect, 2 down.");
        _meter.CreateObservableGauge("adapter.queue.depth", () => Observe(a => a.Status.QueueDepth), "{call}", "Calls waiting.");
        _meter.CreateObservableGauge("adapter.queue.age", () => Observe(a => a.QueueAge.TotalSeconds), "s", "Age of the oldest one.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    internal void Add(DeviceAdapter adapter) => _adapters.TryAdd(adapter, value: true);

    internal void Remove(DeviceAdapter adapter) => _adapters.TryRemove(adapter, out _);

    internal void Ended(string kind, string operation, string result, TimeSpan took) => _duration.Record(
        took.TotalSeconds, new("device.kind", kind), new("operation", operation), new("result", result));

    private IEnumerable<Measurement<T>> Observe<T>(Func<DeviceAdapter, T> read)
        where T : struct =>
        _adapters.Keys.Where(a => !a.IsForgotten).Select(a => new Measurement<T>(
            read(a), new KeyValuePair<string, object?>("device.kind", a.Kind), new KeyValuePair<string, object?>("device", a.Key)));
}
