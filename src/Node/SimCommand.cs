using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using Gantry.Actors.Simulation;

namespace Gantry.Node;

/// <summary><c>sim</c>: seeded worlds over the production kernels, and the proof by mutants that they would notice (engine 11.1).</summary>
internal static class SimCommand
{
    /// <summary>Within so many seeds every mutant must be caught.</summary>
    private const int MutantSeeds = 2_000;

    public static Command Create()
    {
        var seeds = new Option<int>("--seeds") { Description = "Seeds to run.", DefaultValueFactory = _ => 300 };
        var first = new Option<ulong>("--seed") { Description = "The first seed; with --replay the only one.", DefaultValueFactory = _ => 1 };
        var mutants = new Option<bool>("--mutants") { Description = "Also run the engine with one safety line off at a time; each must be caught." };
        var mutant = new Option<string?>("--mutant") { Description = "Run on this mutant instead of the engine that is shipped." };
        var replay = new Option<bool>("--replay") { Description = "Run the one seed and print its last steps, also when nothing is wrong." };
        var nodes = new Option<int>("--nodes") { Description = "Nodes over the one store, 1 to 5.", DefaultValueFactory = _ => 1 };
        var command = new Command("sim", "Runs seeded simulations of the engine; exit code 1 on a violation or an uncaught mutant.")
        {
            seeds, first, mutants, mutant, replay, nodes, SimReplay.Create(seed => Run(seed, 1, false, null, true, 1)),
        };
        command.SetAction(parsed => Run(
            parsed.GetValue(first),
            parsed.GetValue(replay) ? 1 : Math.Max(1, parsed.GetValue(seeds)),
            parsed.GetValue(mutants),
            parsed.GetValue(mutant),
            parsed.GetValue(replay),
            Math.Clamp(parsed.GetValue(nodes), 1, 5)));
        return command;
    }

    private static int Run(ulong first, int seeds, bool isHunt, string? name, bool isReplay, int nodes)
    {
        if (!TryFind(name, out var mutant))
        {
            Console.Error.WriteLine($"error: no mutant is named {name}; there are: {string.Join(", ", Mutant.OfClusters)}");
            return 2;
        }

        var sweep = SeedSweep.Run(mutant, first, seeds, nodes: nodes);
        Console.WriteLine(
            $"{sweep.Runs} seeds from {first}{(nodes > 1 ? $" of {nodes} nodes" : "")}, {sweep.VirtualTime.TotalHours:0.0} h of virtual time, {sweep.Commits:N0} decisions committed, "
            + $"{sweep.Faults:N0} faults, {sweep.Failed.Length} violations, {sweep.Elapsed.TotalSeconds:0.0} s; built from {Simulator.Commit}");
        foreach (var failed in sweep.Failed)
        {
            SimReport.Print(failed);
        }

        if (isReplay && sweep.Failed.IsEmpty)
        {
            SimReport.PrintSteps(Simulator.Run(first, mutant, nodes: nodes));
        }

        var missed = isHunt ? Hunt(first, nodes) : 0;
        return sweep.Failed.IsEmpty && missed == 0 ? 0 : 1;
    }

    private static int Hunt(ulong first, int nodes)
    {
        var missed = 0;
        foreach (var mutant in nodes > 1 ? Mutant.OfClusters : Mutant.All)
        {
            var hunt = SeedSweep.Run(mutant, first, MutantSeeds, stopsAtFirst: true, nodes);
            var caught = hunt.Failed.FirstOrDefault();
            missed += caught is null ? 1 : 0;
            Console.WriteLine(caught is null
                ? $"mutant {mutant,-26} NOT CAUGHT within {MutantSeeds} seeds ({mutant.What})"
                : $"mutant {mutant,-26} caught by seed {caught.Seed}, {caught.Violation!.Invariant}"); // a failed run has one
        }

        return missed;
    }

    private static bool TryFind(string? name, [NotNullWhen(true)] out Mutant? mutant)
    {
        mutant = name is null ? Mutant.None : Mutant.OfClusters.FirstOrDefault(m => m.Name == name);
        return mutant is not null;
    }
}
