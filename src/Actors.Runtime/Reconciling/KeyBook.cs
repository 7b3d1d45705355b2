using System.Text.Json;
using Gantry.Actors.Kernel;

namespace Gantry.Actors.Runtime;

/// <summary>What a worker keeps of its keys besides the queue: the trace that nudged each, and what its last turns told. Not thread-safe.</summary>
internal sealed class KeyBook
{
    private readonly Dictionary<string, string> _traces = [];
    private readonly Dictionary<string, JsonElement> _reports = [];
    private readonly Dictionary<string, DocumentGeneration> _generations = [];

    /// <summary>Sum of the last reports of all keys; null when none told anything.</summary>
    public string? Report => _reports.Count == 0 ? null : ReportSum.Of(_reports.Values);

    public void Nudged(string key, string trace) => _traces[key] = trace;

    public string? TraceOf(string key) => _traces.GetValueOrDefault(key);

    /// <summary>The trace that the turn which begins belongs to.</summary>
    public string? TakeTrace(string key) => _traces.Remove(key, out var trace) ? trace : null;

    public void Ended(string key, Reconciled end)
    {
        if (end.Report is { ValueKind: JsonValueKind.Object } report)
        {
            _reports[key] = report.Clone();
        }

        if (end.Generation is { } generation)
        {
            _generations[key] = generation;
        }
    }

    public void Forget(string key)
    {
        _traces.Remove(key);
        _reports.Remove(key);
        _generations.Remove(key);
    }

    /// <summary>Forgets what turns told of all other keys.</summary>
    public void KeepOnly(HashSet<string> keys)
    {
        foreach (var gone in _reports.Keys.Concat(_generations.Keys).Where(k => !keys.Contains(k)).ToList())
        {
            _reports.Remove(gone);
            _generations.Remove(gone);
        }
    }

    public ReconcilerKeyStatus StatusOf(string reconciler, QueueKey key)
    {
        DocumentGeneration? generation = _generations.TryGetValue(key.Key, out var told) ? told : null;
        return new ReconcilerKeyStatus
        {
            Reconciler = reconciler,
            Key = key.Key,
            State = key.State switch
            {
                QueueState.Idle => "idle",
                QueueState.Queued => "queued",
                QueueState.Running => "running",
                _ => "running-dirty",
            },
            LastSuccess = key.LastSuccess,
            LastError = key.LastError,
            Attempts = key.Failures,
            Due = key.Due,
            Wanted = generation?.Wanted,
            Applied = generation?.Applied,
        };
    }
}
