using Gantry.Actors.Simulation;
using Shouldly;
using Xunit;

namespace Gantry.Simulation.Tests.Engine;

/// <summary>Every mutant within a small budget; <c>sim --mutants</c> gives each 2,000 seeds.</summary>
public sealed class MutantTests
{
    public static TheoryData<string> Names => [.. Mutant.All.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    [Trait("spec", "engine/11.1")]
    public void The_engine_without_one_of_its_safety_lines_is_caught(string name)
    {
        var mutant = Mutant.All.Single(m => m.Name == name);

        var hunt = SeedSweep.Run(mutant, first: 1, count: 200, stopsAtFirst: true);

        hunt.Failed.ShouldNotBeEmpty($"no seed of {hunt.Runs} saw that {mutant.What}");
    }
}
