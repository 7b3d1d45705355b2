using System.Collections.Immutable;
using System.Text;
using Gantry.Primitives;

namespace Gantry.Switch.Simulator;

/// <summary>The faults of one switch. Dice follow the seed. Thread-safe.</summary>
public sealed class FaultSet(IRandomSource dice, Func<SimFault, bool> actAtOnce)
{
    /// <summary>Every kind that can be set.</summary>
    public static readonly ImmutableArray<string> Kinds =
    [
        "refuse", "black_hole", "slow", "drop_after_apply", "status", "fail_midway", "entry_missing", "table_full", "restart", "diverge",
        "absent", "version", "synthetic", "foreign_tag",
    ];

    private readonly Lock _lock = new();
    private ImmutableList<ActiveFault> _active = [];
    private int _lastId;

    /// <summary>Those set.</summary>
    public ImmutableList<ActiveFault> Active => _active;

    /// <summary>Sets a fault. <c>diverge</c>, <c>foreign_tag</c> and a <c>restart</c> without a match happen at once and are not kept.</summary>
    /// <exception cref="ArgumentException">The kind is unknown.</exception>
    public int Add(SimFault fault)
    {
        if (!Kinds.Contains(fault.Kind))
        {
            throw new ArgumentException($"\"{fault.Kind}\" is no fault; known: {string.Join(", ", Kinds)}", nameof(fault));
        }

        if (actAtOnce(fault))
        {
            return Interlocked.Increment(ref _lastId);
        }

        lock (_lock)
        {
            _active = _active.Add(new ActiveFault(Interlocked.Increment(ref _lastId), fault, fault.Count));
            return _active[^1].Id;
        }
    }

    /// <summary>Ends a fault.</summary>
    public bool Remove(int id)
    {
        lock (_lock)
        {
            var before = _active.Count;
            _active = _active.RemoveAll(f => f.Id == id);
            return _active.Count < before;
        }
    }

    /// <summary>Ends all.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _active = [];
        }
    }

    /// <summary>Takes the faults that hit a request, counting them down.</summary>
    internal ImmutableArray<SimFault> Take(SimRequest request) => Take(f => Hits(f.Match, request));

    /// <summary>Whether a connection that has said nothing yet is to be reset.</summary>
    internal bool TakeRefusal() => !Take(f => f.Kind == "refuse" && f.Match is null).IsEmpty;

    private static bool Hits(FaultMatch? match, SimRequest request) =>
        match is null
        || ((match.Method is null || match.Method.Equals(request.Method, StringComparison.OrdinalIgnoreCase))
            && (match.Path is null || request.Path.StartsWith(match.Path, StringComparison.Ordinal))
            && (match.Object is null || Names(request, match.Object)));

    private static bool Names(SimRequest request, string what) =>
        request.Path.Split('/').Contains(what, StringComparer.Ordinal)
        || request.Query.Values.Contains(what, StringComparer.Ordinal)
        || Encoding.UTF8.GetString(request.Body.Span).Contains($"\"{what}\"", StringComparison.Ordinal);

    private ImmutableArray<SimFault> Take(Func<SimFault, bool> hits)
    {
        lock (_lock)
        {
            var taken = _active
                .Where(a => hits(a.Fault) && (a.Fault.Probability is not { } chance || dice.NextDouble() < chance))
                .ToImmutableArray();
            foreach (var fault in taken.Where(t => t.Left is not null))
            {
                _active = fault.Left > 1 ? _active.Replace(fault, fault with { Left = fault.Left - 1 }) : _active.Remove(fault);
            }

            return [.. taken.Select(t => t.Fault)];
        }
    }
}
