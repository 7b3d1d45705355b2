using System.Diagnostics.Metrics;

namespace Gantry.Api;

/// <summary>What the gateway counts. Tags come from closed sets: operation ids, statuses, reasons.</summary>
internal sealed class ApiMetrics
{
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _shed;

    public ApiMetrics(IMeterFactory meters)
    {
        // The factory owns the meter and disposes it.
#pragma warning disable CA2000
        var meter = meters.Create("Gantry.Api");
#pragma warning restore CA2000
        _duration = meter.CreateHistogram<double>("gateway.request.duration", "s", "From request to answer.");
        _shed = meter.CreateCounter<long>("gateway.shed", "{request}", "Requests turned away to protect the node.");
    }

    public void Answered(string operation, int status, TimeSpan took) =>
        _duration.Record(
            took.TotalSeconds,
            new KeyValuePair<string, object?>("operation", operation),
            new KeyValuePair<string, object?>("status", status));

    public void Shed(string reason) => _shed.Add(1, new KeyValuePair<string, object?>("reason", reason));
}
