using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Gantry.Actors.Runtime;

/// <summary>Instruments of the reconcilers (engine 10.1). Tags: reconciler and result, both from closed sets; keys go to traces.</summary>
internal sealed class ReconcilerMetrics : IDisposable
{
    public const string Name = "Gantry.Reconcilers";

    public static readonly ActivitySource Traces = new(Name);

    private readonly Meter _meter = new(Name);
    private readonly Histogram<double> _turns;
    private readonly Func<IEnumerable<ReconcilerWorker>> _workers;

    public ReconcilerMetrics(Func<IEnumerable<ReconcilerWorker>> workers)
    {
        _workers = workers;
        _turns = _meter.CreateHistogram<double>("reconciler.turn.duration", "s", "Time of one turn on one key");
        _meter.CreateObservableGauge(
            "reconciler.queue.depth", () => Each(s => (long)s.Depth), "{key}", "Keys that are due and wait for a place");
        _meter.CreateObservableGauge(
            "reconciler.queue.age", () => Each(s => s.OldestWaiting.TotalSeconds), "s", "How long the oldest of them has waited");
        _meter.CreateObservableGauge(
            "reconciler.convergence.age", () => Each(s => s.OldestSuccess.TotalSeconds), "s", "Age of the oldest last success of a key");
    }

    public void TurnEnded(string reconciler, ReconcileEnd end, TimeSpan took) => _turns.Record(
        took.TotalSeconds,
        new KeyValuePair<string, object?>("reconciler", reconciler),
        new KeyValuePair<string, object?>("result", end.ToString().ToLowerInvariant()));

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<T>> Each<T>(Func<ReconcilerSample, T> value) where T : struct =>
        _workers().Select(w => new Measurement<T>(
            value(w.Sample()), new KeyValuePair<string, object?>("reconciler", w.Reconciler.Name)));
}
