using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Simulation.TrustQuorum;

/// <summary>Runs schedules and tells what broke.</summary>
internal static class TqRun
{
    /// <summary>Null when every property held.</summary>
    public static TqFailure? One(TqSchedule schedule, TqMutant mutant, List<string>? log = null, TqCoverage? coverage = null)
    {
        using var world = new TqWorld(schedule, mutant, coverage) { Log = log };
        try
        {
            foreach (var step in schedule.Steps)
            {
                world.Do(step);
            }

            world.Settle();
            return null;
        }
        catch (TqViolation e)
        {
            return new TqFailure(schedule, mutant, e.Property, e.Message);
        }
        catch (InvariantException e)
        {
            return new TqFailure(schedule, mutant, "fatal", e.Message);
        }
    }

    /// <summary>Many seeds on so many threads; stops at the first failure of each thread.</summary>
    public static (long Schedules, TqFailure? First) Many(ulong firstSeed, int count, TqScale scale, TqMutant mutant, int threads, TimeSpan? limit = null)
    {
        var began = TimeProvider.System.GetTimestamp();
        long next = -1;
        long done = 0;
        TqFailure? failure = null;
        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            while (Volatile.Read(ref failure) is null && Interlocked.Increment(ref next) is var i && i < count
                && (limit is null || TimeProvider.System.GetElapsedTime(began) < limit))
            {
                var found = One(TqSchedule.Of(firstSeed + (ulong)i, scale), mutant);
                Interlocked.Increment(ref done);
                if (found is not null)
                {
                    Interlocked.CompareExchange(ref failure, found, null);
                }
            }
        })).ToList();
        workers.ForEach(w => w.Start());
        workers.ForEach(w => w.Join());
        return (done, failure);
    }
}

/// <summary>A schedule that breaks a property.</summary>
internal sealed record TqFailure(TqSchedule Schedule, TqMutant Mutant, string Property, string What)
{
    /// <summary>The one command that shows it again, with its log.</summary>
    public string Replay =>
        $"GANTRY_TQ_SEED={Schedule.Seed} GANTRY_TQ_SCALE={(Schedule.Scale == TqScale.Source ? "source" : "five")} GANTRY_TQ_MUTANT={Mutant.Name}"
        + " dotnet test tests/Simulation.Tests --filter FullyQualifiedName~TqReplayTests";

    /// <summary>Leaves out steps while it still fails, half of them at a time, then fewer.</summary>
    public TqFailure Shrunk(int triesMax = 2_000)
    {
        var best = this;
        var tries = 0;
        for (var size = Schedule.Steps.Length / 2; size >= 1; size /= 2)
        {
            for (var at = 0; at + size <= best.Schedule.Steps.Length && tries < triesMax; tries++)
            {
                var fewer = best.Schedule with { Steps = best.Schedule.Steps.RemoveRange(at, size) };
                if (TqRun.One(fewer, Mutant) is { } still)
                {
                    best = still;
                }
                else
                {
                    at += size;
                }
            }
        }

        return best;
    }

    public override string ToString() =>
        $"seed {Schedule.Seed}, {Schedule.Steps.Length} steps, mutant {Mutant.Name}: {What}\nreplay: {Replay}\n"
        + $"steps: {string.Join(' ', Schedule.Steps.Select(s => s.Action.ToString()).ToImmutableArray())}";
}
