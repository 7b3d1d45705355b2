using Gantry.Actors.Simulation;

namespace Gantry.Node;

/// <summary>A failing seed as an engineer needs it: how to see it again, which faults it takes, and the steps before it.</summary>
internal static class SimReport
{
    public static void Print(SimulatedRun failed)
    {
        var small = Simulator.Shrink(failed);
        var mutant = failed.Mutant == Mutant.None ? "" : $" --mutant {failed.Mutant}";
        Console.WriteLine();
        Console.WriteLine($"seed {failed.Seed} at {Simulator.Commit}: {failed.Violation}");
        Console.WriteLine($"world:  {failed.Settings}");
        Console.WriteLine($"replay: dotnet run --project src/Node -c Release -- sim --replay --seed {failed.Seed}{(failed.Nodes > 1 ? $" --nodes {failed.Nodes}" : "")}{mutant}");
        Console.WriteLine(
            $"faults: {failed.Faults.Length}, of which {small.Faults.Length} are enough ({small.Violation}): {string.Join(' ', small.Faults)}");
        PrintSteps(small);
    }

    public static void PrintSteps(SimulatedRun run)
    {
        Console.WriteLine($"last {run.LastSteps.Length} of {run.Steps} steps, trace hash {run.TraceHash:x16}:");
        foreach (var step in run.LastSteps)
        {
            Console.WriteLine(step);
        }
    }
}
