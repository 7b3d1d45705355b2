using System.Diagnostics.Metrics;

namespace Gantry.Instances;

/// <summary>Instruments of rings and pulls (vmm 3.9, last line).</summary>
public sealed class DoorbellMetrics : IDisposable
{
    private readonly Meter _meter = new("Gantry.Instances.Doorbell");
    private readonly Counter<long> _rings;
    private readonly Counter<long> _coalesced;
    private readonly Counter<long> _pulls;
    private readonly Histogram<double> _latency;
    private readonly Counter<long> _retained;
    private readonly Counter<long> _afterTerminal;
    private long _pullCount;

    /// <summary>Makes the instruments.</summary>
    public DoorbellMetrics()
    {
        _rings = _meter.CreateCounter<long>("vmm_doorbell.rings", description: "Rings by result: accepted, deleted, unknown");
        _coalesced = _meter.CreateCounter<long>("vmm_doorbell.coalesced", description: "Rings that found a pull already owed");
        _pulls = _meter.CreateCounter<long>("vmm_doorbell.pulls", description: "Pulls by outcome");
        _latency = _meter.CreateHistogram<double>("vmm_doorbell.pull_latency", "s", "Time of one pull with what it stored");
        _retained = _meter.CreateCounter<long>("vmm_doorbell.retained_terminal", description: "Terminal states read and handed over");
        _afterTerminal = _meter.CreateCounter<long>("vmm_update_after_terminal", description: "News of a VMM whose state is final, dropped");
    }

    /// <summary>Pulls for rings that asked a sled, since the start.</summary>
    public long PullCount => Interlocked.Read(ref _pullCount);

    internal void Rang(string result) => _rings.Add(1, new KeyValuePair<string, object?>("result", result));

    internal void Coalesced() => _coalesced.Add(1);

    /// <summary>A pull ended. Those of the watcher are in its own counters.</summary>
    internal void Pulled(string who, string outcome, TimeSpan took)
    {
        if (who != Contracts.Reconcilers.VmmPull)
        {
            return;
        }

        Interlocked.Increment(ref _pullCount);
        _pulls.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        _latency.Record(took.TotalSeconds);
    }

    internal void HandedOver() => _retained.Add(1);

    internal void AfterTerminal() => _afterTerminal.Add(1);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
