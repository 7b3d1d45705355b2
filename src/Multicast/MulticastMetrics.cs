using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace Gantry.Multicast;

/// <summary>The area's instruments. Tags come from closed sets only; switches are as many as the racks have slots.</summary>
internal sealed class MulticastMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Histogram<double> _turn;
    private readonly Histogram<double> _convergence;
    private readonly Histogram<double> _age;
    private readonly Counter<long> _steps;
    private readonly Counter<long> _drifts;
    private readonly Counter<long> _repairs;
    private readonly Counter<long> _collisions;
    private readonly ConcurrentDictionary<(string Switch, string Table), double> _fill = new();
    private readonly ConcurrentDictionary<string, int> _foreign = new(StringComparer.Ordinal);

    /// <summary>Makes the instruments; without a factory they belong to nobody.</summary>
    public MulticastMetrics(IMeterFactory? meters = null)
    {
        _meter = meters?.Create("Gantry.Multicast") ?? new Meter("Gantry.Multicast");
        _turn = _meter.CreateHistogram<double>("multicast.turn.duration", "s", "One turn of one switch, small or full");
        _convergence = _meter.CreateHistogram<double>(
            "multicast.convergence.duration", "s", "From a change of a group until a switch was read back to hold it");
        _age = _meter.CreateHistogram<double>(
            "multicast.convergence.age", "s", "Age of what a switch does not hold yet, each time it is looked at in vain");
        _steps = _meter.CreateCounter<long>("multicast.steps", description: "Groups worked on, by result");
        _drifts = _meter.CreateCounter<long>("multicast.drift", description: "Groups that a switch was found to have lost or changed, each time it was found so");
        _repairs = _meter.CreateCounter<long>("multicast.drift.repairs", description: "Groups that a switch had lost or changed and holds again");
        _collisions = _meter.CreateCounter<long>("multicast.underlay.collisions", description: "Underlay addresses found taken");
        _meter.CreateObservableGauge(
            "multicast.switch.table.fill",
            () => _fill.Select(f => new Measurement<double>(f.Value, Tag("switch", f.Key.Switch), Tag("table", f.Key.Table))),
            "1",
            "Part of a switch's table that groups use");
        _meter.CreateObservableGauge(
            "multicast.switch.foreign",
            () => _foreign.Select(f => new Measurement<int>(f.Value, Tag("switch", f.Key))),
            description: "Entries of others on a switch, which are left alone");
    }

    /// <summary>So that a listener can tell these instruments from those of another host in the process.</summary>
    public Meter Meter => _meter;

    public void Turn(TimeSpan duration, bool isFull, bool isDone) => _turn.Record(
        duration.TotalSeconds, Tag("kind", isFull ? "full" : "small"), Tag("result", isDone ? "done" : "retry"));

    public void Converged(string key, TimeSpan took) => _convergence.Record(took.TotalSeconds, Tag("switch", key));

    public void Behind(string key, TimeSpan age) => _age.Record(age.TotalSeconds, Tag("switch", key));

    public void Worked(bool isRight) => _steps.Add(1, Tag("result", isRight ? "right" : "wrong"));

    public void Drifted(string key, int groups) => _drifts.Add(groups, Tag("switch", key));

    public void Foreign(string key, int entries) => _foreign[key] = entries;

    public void Repaired(string key) => _repairs.Add(1, Tag("switch", key));

    public void Collided() => _collisions.Add(1);

    /// <summary>Takes down how full the tables of a switch are, foreign groups included.</summary>
    public void Fill(string key, ImmutableArray<ActualGroup> groups)
    {
        foreach (var table in SwitchTable.Of(groups))
        {
            _fill[(key, table.Table)] = (double)table.Used / SwitchTable.Size;
        }
    }

    /// <summary>What these switches were last seen to hold, and no others.</summary>
    public void KeepOnly(IReadOnlySet<string> keys)
    {
        foreach (var gone in _fill.Keys.Select(k => k.Switch).Concat(_foreign.Keys).Where(k => !keys.Contains(k)).ToHashSet(StringComparer.Ordinal))
        {
            Forget(gone);
        }
    }

    /// <summary>The switch is not recorded any more.</summary>
    public void Forget(string key)
    {
        _foreign.TryRemove(key, out _);
        foreach (var table in _fill.Keys.Where(k => k.Switch == key))
        {
            _fill.TryRemove(table, out _);
        }
    }

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
