using Gantry.Actors.Simulation;
using Shouldly;
using Xunit;

namespace Gantry.Simulation.Tests.Engine;

public sealed class SeedTests
{
    private const int Seeds = 300;

    [Fact]
    [Trait("spec", "engine/I1")]
    [Trait("spec", "engine/I2")]
    [Trait("spec", "engine/I3")]
    [Trait("spec", "engine/I4")]
    [Trait("spec", "engine/I5")]
    [Trait("spec", "engine/I6")]
    [Trait("spec", "engine/I7")]
    [Trait("spec", "engine/I8")]
    [Trait("spec", "engine/I9")]
    [Trait("spec", "engine/I10")]
    [Trait("spec", "engine/I11")]
    [Trait("spec", "engine/I12")]
    [Trait("spec", "engine/11.1")]
    public void Three_hundred_worlds_hold_every_invariant()
    {
        var sweep = SeedSweep.Run(Mutant.None, first: 1, Seeds);

        var first = sweep.Failed.FirstOrDefault();
        first?.Violation.ShouldBeNull(
            $"replay: dotnet run --project src/Node -c Release -- sim --replay --seed {first.Seed}\n{string.Join('\n', first.LastSteps)}");
        sweep.Runs.ShouldBe(Seeds);
    }

    [Fact]
    [Trait("spec", "engine/11.1")]
    public void The_same_seed_gives_the_same_run_to_the_last_step()
    {
        foreach (var seed in (ulong[])[3, 13, 26])
        {
            var once = Simulator.Run(seed);
            var again = Simulator.Run(seed);

            again.TraceHash.ShouldBe(once.TraceHash);
            again.Steps.ShouldBe(once.Steps);
            again.Faults.ShouldBe(once.Faults);
        }
    }

    [Fact]
    [Trait("spec", "engine/11.1")]
    public void A_failing_seed_keeps_failing_with_fewer_faults()
    {
        var mutant = Mutant.All.Single(m => m.Name == "roll-back-of-tip");
        var failed = SeedSweep.Run(mutant, first: 1, count: 50, stopsAtFirst: true).Failed[0];

        var small = Simulator.Shrink(failed, runsMax: 40);

        small.Violation.ShouldNotBeNull();
        small.Faults.Length.ShouldBeLessThanOrEqualTo(failed.Faults.Length);
        small.LastSteps[^1].ShouldContain("VIOLATION");
    }
}
