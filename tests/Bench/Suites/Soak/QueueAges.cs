using System.Diagnostics.Metrics;

namespace Gantry.Bench;

/// <summary>The engine's own account of how long things waited in its queues, as an operator's dashboard would see it.</summary>
internal sealed class QueueAges : IDisposable
{
    private static readonly string[] Names = ["actors.lane.queue.age", "actors.mail.age"];

    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, double> _longest = [];

    public QueueAges()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (Names.Contains(instrument.Name))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((instrument, seconds, _, _) =>
            _longest[instrument.Name] = Math.Max(seconds, _longest.GetValueOrDefault(instrument.Name)));
        _listener.Start();
    }

    /// <summary>The longest so far, in milliseconds.</summary>
    public double LongestMs => _longest.Values.DefaultIfEmpty(0).Max() * 1000;

    /// <summary>Looks now.</summary>
    public void Look() => _listener.RecordObservableInstruments();

    public void Dispose() => _listener.Dispose();
}
