using System.Collections.Immutable;

namespace Gantry.Actors.Simulation;

/// <summary>Many seeds, as many at a time as there are processors; each world has one thread of its own from begin to end.</summary>
public sealed record SeedSweep
{
    /// <summary>Failures that are kept; a broken engine fails everywhere.</summary>
    private const int FailedMax = 5;

    /// <summary>Seeds run.</summary>
    public required int Runs { get; init; }

    /// <summary>Runs with a violation, smallest seed first; at most five.</summary>
    public required ImmutableArray<SimulatedRun> Failed { get; init; }

    /// <summary>Time that passed in the worlds.</summary>
    public required TimeSpan VirtualTime { get; init; }

    /// <summary>Time that passed outside.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Decisions committed.</summary>
    public required long Commits { get; init; }

    /// <summary>Faults that happened.</summary>
    public required long Faults { get; init; }

    /// <summary>Runs seeds in order, until all are run or enough have failed.</summary>
    /// <param name="mutant">The engine to run.</param>
    /// <param name="first">The first seed.</param>
    /// <param name="count">How many.</param>
    /// <param name="stopsAtFirst">Ends at the first failure.</param>
    /// <param name="nodes">Nodes in each world.</param>
    public static SeedSweep Run(Mutant mutant, ulong first, int count, bool stopsAtFirst = false, int nodes = 1)
    {
        var began = TimeProvider.System.GetTimestamp();
        var state = new Shared(first, count, stopsAtFirst ? 1 : FailedMax, nodes);
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(i => new Thread(() => state.Work(mutant)) { Name = $"seeds {i}" }).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        return state.Result(TimeProvider.System.GetElapsedTime(began));
    }

    private sealed class Shared(ulong first, int count, int failedMax, int nodes)
    {
        private readonly Lock _gate = new();
        private readonly List<SimulatedRun> _failed = [];
        private int _next;
        private int _runs;
        private long _commits;
        private long _faults;
        private TimeSpan _virtual;

        public void Work(Mutant mutant)
        {
            while (Next() is { } seed)
            {
                Add(Simulator.Run(seed, mutant, nodes: nodes));
            }
        }

        public SeedSweep Result(TimeSpan elapsed) => new()
        {
            Runs = _runs,
            Failed = [.. _failed.OrderBy(f => f.Seed).Take(failedMax)],
            VirtualTime = _virtual,
            Elapsed = elapsed,
            Commits = _commits,
            Faults = _faults,
        };

        private ulong? Next()
        {
            lock (_gate)
            {
                return _next < count && _failed.Count < failedMax ? first + (ulong)_next++ : null;
            }
        }

        private void Add(SimulatedRun run)
        {
            lock (_gate)
            {
                _runs++;
                _commits += run.Commits;
                _faults += run.Faults.Length;
                _virtual += run.VirtualTime;
                if (run.Violation is not null)
                {
                    _failed.Add(run);
                }
            }
        }
    }
}
