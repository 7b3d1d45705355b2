using System.Diagnostics.Metrics;

namespace Gantry.Actors.Cluster;

/// <summary>Instruments of links, on meter <c>Gantry.Cluster</c> (engine 10.1).</summary>
internal sealed class LinkMetrics : IDisposable
{
    private readonly Meter _meter = new("Gantry.Cluster");
    private readonly Histogram<double> _rtt;
    private readonly Counter<long> _refused;

    public LinkMetrics(Func<(int Up, int Connecting)> states)
    {
        _meter.CreateObservableGauge<int>(
            "cluster.link.state",
            () =>
            {
                var (up, connecting) = states();
                return [new Measurement<int>(up, State("up")), new Measurement<int>(connecting, State("connecting"))];
            },
            "{link}",
            "Links of this node to its peers");
        _rtt = _meter.CreateHistogram(
            "cluster.link.rtt",
            "s",
            "From ping to pong",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.005, 0.02, 0.1, 0.5, 1, 3] });
        _refused = _meter.CreateCounter<long>("cluster.link.refused", "{frame}", "Frames not sent: no credit, a full queue, or too large");
    }

    public void RoundTrip(TimeSpan time) => _rtt.Record(time.TotalSeconds);

    public void Refused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> State(string state) => new("state", state);
}
