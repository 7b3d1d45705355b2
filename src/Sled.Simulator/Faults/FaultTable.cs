using System.Globalization;
using Gantry.Primitives;

namespace Gantry.Sled.Simulator;

/// <summary>The faults of one device, oldest first. Thread-safe.</summary>
internal sealed class FaultTable(ulong seed)
{
    /// <summary>Faults at once; one more is refused.</summary>
    public const int Max = 64;

    private readonly Lock _lock = new();
    private readonly List<ActiveFault> _active = [];
    private readonly SeededRandomSource _dice = new(seed);
    private int _lastId;

    /// <summary>Adds one; null when there are too many.</summary>
    public ActiveFault? Add(Fault fault)
    {
        lock (_lock)
        {
            if (_active.Count >= Max)
            {
                return null;
            }

            var added = new ActiveFault((++_lastId).ToString(CultureInfo.InvariantCulture), fault);
            _active.Add(added);
            return added;
        }
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<ActiveFault> List()
    {
        lock (_lock)
        {
            return [.. _active];
        }
    }

    /// <summary>Deletes one, or all with null. Whatever hangs in them goes on.</summary>
    public bool Delete(string? id)
    {
        List<ActiveFault> gone;
        lock (_lock)
        {
            gone = _active.Where(f => id is null || f.Id == id).ToList();
            _active.RemoveAll(gone.Contains);
        }

        foreach (var fault in gone)
        {
            fault.End();
        }

        return id is null || gone.Count > 0;
    }

    /// <summary>Whether a fault of the kind is on, without using it up.</summary>
    public bool IsOn(string kind, string? obj = null)
    {
        lock (_lock)
        {
            return _active.Exists(f => f.Fault.Kind == kind && (obj is null || IsObject(f.Fault.Match, obj)));
        }
    }

    /// <summary>The first fault of the kinds that strikes now; uses up one of its count.</summary>
    public ActiveFault? Take(string[] kinds, string? method, string? path, string? obj)
    {
        lock (_lock)
        {
            foreach (var fault in _active)
            {
                if (!kinds.Contains(fault.Fault.Kind) || !Matches(fault.Fault.Match, method, path, obj)
                    || _dice.NextDouble() >= (fault.Fault.Probability ?? 1))
                {
                    continue;
                }

                fault.Strikes++;
                if (fault.Strikes == fault.Fault.Count)
                {
                    _active.Remove(fault);
                }

                return fault;
            }

            return null;
        }
    }

    private static bool Matches(FaultMatch? match, string? method, string? path, string? obj)
    {
        if (match is null)
        {
            return true;
        }

        return (match.Method is null || string.Equals(match.Method, method, StringComparison.OrdinalIgnoreCase))
            && (match.Path is null || IsPath(match.Path, path ?? ""))
            && IsObject(match, obj);
    }

    private static bool IsPath(string wanted, string path) =>
        wanted.EndsWith('*') ? path.StartsWith(wanted[..^1], StringComparison.Ordinal) : path == wanted;

    private static bool IsObject(FaultMatch? match, string? obj) =>
        match?.Object is null || string.Equals(match.Object, obj, StringComparison.OrdinalIgnoreCase);
}

/// <summary>A fault that is on.</summary>
internal sealed class ActiveFault(string id, Fault fault)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Id { get; } = id;

    public Fault Fault { get; } = fault;

    public int Strikes { get; set; }

    /// <summary>Completes when the fault is deleted.</summary>
    public Task Ended => _ended.Task;

    public TimeSpan Delay => TimeSpan.FromMilliseconds(Fault.Params?.DelayMs ?? 1_000);

    public void End() => _ended.TrySetResult();
}
