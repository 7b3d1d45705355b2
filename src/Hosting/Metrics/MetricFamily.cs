using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Gantry.Hosting;

/// <summary>Sorts of series.</summary>
internal enum MetricKind
{
    /// <summary>Adds up.</summary>
    Counter,

    /// <summary>Goes up and down, added to as it happens.</summary>
    UpDown,

    /// <summary>A present value.</summary>
    Gauge,

    /// <summary>Counts by size.</summary>
    Histogram,
}

/// <summary>All series of one name. Thread-safe.</summary>
internal sealed class MetricFamily(string name, MetricKind kind, Instrument instrument, SeriesBudget budget)
{
    // From a fast commit to a slow device call: 1 ms to 60 s (README of the specs: device deadlines).
    private static readonly ImmutableArray<double> Seconds =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    // For sizes and counts: powers of four from 1 to about a million.
    private static readonly ImmutableArray<double> Powers = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576];

    private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);
    private readonly bool _isObserved = instrument.IsObservable;
    private readonly string? _help = instrument.Description;
    private readonly ImmutableArray<double> _bounds = BoundsOf(instrument);

    public string Name => name;

    public static MetricKind KindOf(Instrument instrument)
    {
        var type = instrument.GetType().Name;
        return type switch
        {
            _ when type.StartsWith("Histogram", StringComparison.Ordinal) => MetricKind.Histogram,
            _ when type.StartsWith("UpDownCounter", StringComparison.Ordinal) => MetricKind.UpDown,
            _ when type.StartsWith("Counter", StringComparison.Ordinal) => MetricKind.Counter,
            _ when type.StartsWith("ObservableCounter", StringComparison.Ordinal) => MetricKind.Counter,
            _ => MetricKind.Gauge,
        };
    }

    public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = MetricName.Labels(tags);
        if (!_series.TryGetValue(labels, out var series))
        {
            if (!budget.TryTake())
            {
                return;
            }

            var made = new Series(kind == MetricKind.Histogram ? _bounds.Length + 1 : 0);
            series = _series.GetOrAdd(labels, made);
            if (!ReferenceEquals(series, made))
            {
                budget.GiveBack(1);
            }
        }

        series.Take(kind, value, _bounds);
    }

    /// <summary>Observed series that are not observed again are gone: their device or key is.</summary>
    public void ForgetObserved()
    {
        if (_isObserved)
        {
            budget.GiveBack(_series.Count);
            _series.Clear();
        }
    }

    public void Write(StringBuilder text)
    {
        if (_series.IsEmpty)
        {
            return;
        }

        var type = kind switch { MetricKind.Counter => "counter", MetricKind.Histogram => "histogram", _ => "gauge" };
        text.Append("# HELP ").Append(name).Append(' ').Append((_help ?? instrument.Name).Replace('\n', ' ')).Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        foreach (var (labels, series) in _series.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            if (kind == MetricKind.Histogram)
            {
                WriteBuckets(text, labels, series);
            }
            else
            {
                Line(text, name, labels, series.Value);
            }
        }
    }

    private static ImmutableArray<double> BoundsOf(Instrument instrument)
    {
        if (instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { Count: > 0 } advised })
        {
            return [.. advised];
        }

        return instrument.Unit == "s" ? Seconds : Powers;
    }

    private void WriteBuckets(StringBuilder text, string labels, Series series)
    {
        var (counts, sum) = series.Buckets();
        var separator = labels.Length == 0 ? "" : ",";
        var total = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            total += counts[i];
            var bound = i < _bounds.Length ? _bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
            Line(text, $"{name}_bucket", $"{labels}{separator}le=\"{bound}\"", total);
        }

        Line(text, $"{name}_sum", labels, sum);
        Line(text, $"{name}_count", labels, total);
    }

    private static void Line(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    private sealed class Series(int buckets)
    {
        private readonly Lock _gate = new();
        private readonly long[] _counts = new long[buckets];
        private double _value;

        public double Value
        {
            get
            {
                lock (_gate)
                {
                    return _value;
                }
            }
        }

        public (long[] Counts, double Sum) Buckets()
        {
            lock (_gate)
            {
                return ([.. _counts], _value);
            }
        }

        public void Take(MetricKind kind, double value, ImmutableArray<double> bounds)
        {
            lock (_gate)
            {
                if (kind == MetricKind.Histogram)
                {
                    var at = 0;
                    while (at < bounds.Length && value > bounds[at])
                    {
                        at++;
                    }

                    _counts[at]++;
                    _value += value;
                }
                else
                {
                    // What is observed comes as a whole; two nodes in one process give the sum of their counters.
                    _value = kind == MetricKind.Gauge ? value : _value + value;
                }
            }
        }
    }
}

/// <summary>Counts series against a bound. Thread-safe.</summary>
internal sealed class SeriesBudget(int max)
{
    private int _used;
    private long _refused;

    public long Refused => Interlocked.Read(ref _refused);

    public bool TryTake()
    {
        if (Interlocked.Increment(ref _used) <= max)
        {
            return true;
        }

        Interlocked.Decrement(ref _used);
        Interlocked.Increment(ref _refused);
        return false;
    }

    public void GiveBack(int series) => Interlocked.Add(ref _used, -series);
}
