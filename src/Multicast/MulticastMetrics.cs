using System.Diagnostics.Metrics;

namespace Gantry.Multicast;

/// <summary>The area's instruments. Tags come from closed sets only.</summary>
internal sealed class MulticastMetrics : IDisposable
{
    private readonly Meter _meter = new("Gantry.Multicast");
    private readonly Histogram<double> _turn;
    private readonly Counter<long> _steps;
    private readonly Counter<long> _repairs;
    private readonly Counter<long> _collisions;

    public MulticastMetrics()
    {
        _turn = _meter.CreateHistogram<double>("multicast.turn.duration", "s", "One turn of one switch");
        _steps = _meter.CreateCounter<long>("multicast.steps", description: "Groups worked on, by result");
        _repairs = _meter.CreateCounter<long>("multicast.drift.repairs", description: "Groups that a switch had lost or changed");
        _collisions = _meter.CreateCounter<long>("multicast.underlay.collisions", description: "Underlay addresses found taken");
    }

    public void Turn(TimeSpan duration, bool isDone) =>
        _turn.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("result", isDone ? "done" : "retry"));

    public void Worked(bool isRight) =>
        _steps.Add(1, new KeyValuePair<string, object?>("result", isRight ? "right" : "wrong"));

    public void Repaired() => _repairs.Add(1);

    public void Collided() => _collisions.Add(1);

    public void Dispose() => _meter.Dispose();
}
