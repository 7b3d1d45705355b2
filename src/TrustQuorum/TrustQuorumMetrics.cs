using System.Diagnostics.Metrics;

namespace Gantry.TrustQuorum;

/// <summary>The area's instruments. Tags come from closed sets only.</summary>
internal sealed class TrustQuorumMetrics : IDisposable
{
    private readonly Meter _meter = new("Gantry.TrustQuorum");
    private readonly Histogram<double> _pass;
    private readonly Histogram<double> _reconfiguration;
    private readonly Counter<long> _operations;
    private readonly Counter<long> _starts;

    public TrustQuorumMetrics()
    {
        _pass = _meter.CreateHistogram<double>("trust_quorum.pass.duration", "s", "One pass over one rack");
        _reconfiguration = _meter.CreateHistogram<double>("trust_quorum.reconfiguration.duration", "s", "From proposal to every member committed");
        _operations = _meter.CreateCounter<long>("trust_quorum.commit.operations", description: "Commit operations by result");
        _starts = _meter.CreateCounter<long>("trust_quorum.sled.starts", description: "Starts of sled agents by result");
    }

    public void Pass(TimeSpan duration, bool isDone) =>
        _pass.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("result", isDone ? "done" : "retry"));

    public void Reconfigured(TimeSpan duration) => _reconfiguration.Record(duration.TotalSeconds);

    public void Operation(string result) => _operations.Add(1, new KeyValuePair<string, object?>("result", result));

    public void Start(bool isStarted) =>
        _starts.Add(1, new KeyValuePair<string, object?>("result", isStarted ? "started" : "failed"));

    public void Dispose() => _meter.Dispose();
}
