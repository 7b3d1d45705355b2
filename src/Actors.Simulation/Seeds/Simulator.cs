using System.Collections.Immutable;
using System.Reflection;

namespace Gantry.Actors.Simulation;

/// <summary>Runs seeded worlds over the production kernels. The same seed and the same code give the same run, to the last step.</summary>
public static class Simulator
{
    private static readonly ImmutableHashSet<string> Nothing = [];

    /// <summary>The commit this was built from; a seed means nothing without it.</summary>
    public static string Commit { get; } =
        typeof(Simulator).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Runs one seed.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="mutant">The engine to run it on; null for the one that is shipped.</param>
    /// <param name="stepsKept">How many of the last steps are kept as text.</param>
    /// <param name="nodes">Nodes over the one store.</param>
    public static SimulatedRun Run(ulong seed, Mutant? mutant = null, int stepsKept = 100, int nodes = 1) =>
        Run(seed, mutant ?? Mutant.None, Nothing, stepsKept, nodes);

    /// <summary>Runs a failing seed again and again with fewer faults, as long as it still fails.</summary>
    /// <param name="failed">The run that failed.</param>
    /// <param name="runsMax">How often at most.</param>
    public static SimulatedRun Shrink(SimulatedRun failed, int runsMax = 200)
    {
        var best = failed;
        var removed = Nothing;
        var chunk = Math.Max(1, best.Faults.Length / 2);
        var runs = 0;
        while (chunk >= 1 && best.Faults.Length > 0 && runs < runsMax)
        {
            var isSmaller = false;
            for (var from = 0; from < best.Faults.Length && runs < runsMax; runs++)
            {
                var without = removed.Union(best.Faults.Skip(from).Take(chunk));
                var run = Run(failed.Seed, failed.Mutant, without, 100, failed.Nodes);
                if (run.Violation is not null && run.Faults.Length < best.Faults.Length)
                {
                    (best, removed, isSmaller) = (run, without, true);
                }
                else
                {
                    from += chunk;
                }
            }

            chunk = isSmaller ? Math.Min(chunk, Math.Max(1, best.Faults.Length / 2)) : chunk / 2;
        }

        return best;
    }

    private static SimulatedRun Run(ulong seed, Mutant mutant, ImmutableHashSet<string> removed, int stepsKept, int nodes)
    {
        // Turns of reconcilers resume on this thread only when no context takes them elsewhere.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var world = new World(seed, mutant, removed, stepsKept, nodes);
            world.Run();
            return new SimulatedRun
            {
                Seed = seed,
                Mutant = mutant,
                Nodes = nodes,
                Settings = world.Settings.ToString(),
                Violation = world.Judge.Found,
                TraceHash = world.Trace.Hash,
                Steps = world.Trace.Count,
                Commits = world.Judge.Commits,
                VirtualTime = world.Now,
                Faults = [.. world.Faults.Happened],
                LastSteps = [.. world.Trace.Last()],
            };
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}

/// <summary>What became of one seed.</summary>
public sealed record SimulatedRun
{
    /// <summary>The seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The engine it ran on.</summary>
    public required Mutant Mutant { get; init; }

    /// <summary>Nodes over the one store.</summary>
    public required int Nodes { get; init; }

    /// <summary>What the seed made of the world.</summary>
    public required string Settings { get; init; }

    /// <summary>Null when everything held.</summary>
    public required Violation? Violation { get; init; }

    /// <summary>Over every step.</summary>
    public required ulong TraceHash { get; init; }

    /// <summary>Steps written down.</summary>
    public required long Steps { get; init; }

    /// <summary>Decisions committed.</summary>
    public required long Commits { get; init; }

    /// <summary>How long it took in the world.</summary>
    public required TimeSpan VirtualTime { get; init; }

    /// <summary>Faults that happened, by name.</summary>
    public required ImmutableArray<string> Faults { get; init; }

    /// <summary>The last 100 steps.</summary>
    public required ImmutableArray<string> LastSteps { get; init; }
}
