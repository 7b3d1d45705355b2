using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;

namespace Gantry.Hosting;

/// <summary>
/// Everything that meters named <c>Gantry.*</c> measure, as Prometheus text. Names: dots become underscores, seconds and bytes are
/// appended as units, counters end in <c>_total</c>. At most <see cref="SeriesMax"/> series; what does not fit is counted in
/// <c>gantry_metrics_series_dropped_total</c>. Thread-safe.
/// </summary>
/// <remarks>Source: Prometheus text exposition format 0.0.4.</remarks>
public sealed class PrometheusText : IDisposable
{
    /// <summary>Media type of the text.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Most series kept: an instrument whose tags are not from a closed set must not eat the memory.</summary>
    public const int SeriesMax = 5_000;

    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly SeriesBudget _budget = new(SeriesMax);
    private readonly Lock _scrape = new();
    private readonly MeterListener _listener = new();

    /// <summary>
    /// Begins to listen. Make it before the instruments are used: what was measured earlier is not known. Meters made by the factory of another host
    /// in the process are that host's.
    /// </summary>
    public PrometheusText(IMeterFactory? own = null)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith("Gantry.", StringComparison.Ordinal)
                && (own is null || instrument.Meter.Scope is not IMeterFactory maker || ReferenceEquals(maker, own)))
            {
                listener.EnableMeasurementEvents(instrument, FamilyOf(instrument));
            }
        };
        _listener.SetMeasurementEventCallback<byte>((_, value, tags, family) => Take(family, value, tags));
        _listener.SetMeasurementEventCallback<short>((_, value, tags, family) => Take(family, value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, family) => Take(family, value, tags));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, family) => Take(family, value, tags));
        _listener.SetMeasurementEventCallback<float>((_, value, tags, family) => Take(family, value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, family) => Take(family, value, tags));
        _listener.SetMeasurementEventCallback<decimal>((_, value, tags, family) => Take(family, (double)value, tags));
        _listener.Start();
    }

    /// <summary>Metric names known so far.</summary>
    public int FamilyCount => _families.Count;

    /// <summary>The text as of now.</summary>
    public string Write()
    {
        // One scrape at a time: observed series are cleared and observed anew.
        lock (_scrape)
        {
            foreach (var family in _families.Values)
            {
                family.ForgetObserved();
            }

            _listener.RecordObservableInstruments();
            var text = new StringBuilder(16 * 1024);
            foreach (var family in _families.Values.OrderBy(f => f.Name, StringComparer.Ordinal))
            {
                family.Write(text);
            }

            text.Append("# HELP gantry_metrics_series_dropped_total Series that did not fit.\n")
                .Append("# TYPE gantry_metrics_series_dropped_total counter\n")
                .Append("gantry_metrics_series_dropped_total ").Append(_budget.Refused).Append('\n');
            return text.ToString();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private MetricFamily FamilyOf(Instrument instrument)
    {
        var kind = MetricFamily.KindOf(instrument);
        return _families.GetOrAdd(
            MetricName.Of(instrument, kind), static (name, x) => new MetricFamily(name, x.kind, x.instrument, x.budget), (kind, instrument, budget: _budget));
    }

    // A listener that is being enabled on another thread may be called before its state is set: that measurement came too early.
    private static void Take(object? family, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        (family as MetricFamily)?.Take(value, tags);
}
