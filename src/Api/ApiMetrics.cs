using System.Diagnostics.Metrics;

namespace Gantry.Api;

/// <summary>What the gateway counts. Tags come from closed sets: operation ids, statuses, reasons.</summary>
internal sealed class ApiMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _shed;

    public ApiMetrics(IMeterFactory meters)
    {
        _meter = meters.Create("Gantry.Api");
        _duration = _meter.CreateHistogram<double>("gateway.request.duration", "s", "From request to answer.");
        _shed = _meter.CreateCounter<long>("gateway.shed", "{request}", "Requests turned away to protect the node.");
    }

    public void Answered(string operation, int status, TimeSpan took) =>
        _duration.Record(
            took.TotalSeconds,
            new KeyValuePair<string, object?>("operation", operation),
            new KeyValuePair<string, object?>("status", status));

    public void Dispose() => _meter.Dispose();

    public void Shed(string reason) => _shed.Add(1, new KeyValuePair<string, object?>("reason", reason));
}
