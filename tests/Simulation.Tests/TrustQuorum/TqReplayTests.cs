using Gantry.Simulation.TrustQuorum;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Gantry.Simulation.Tests.TrustQuorum;

/// <summary>Shows one seed again: GANTRY_TQ_SEED, GANTRY_TQ_SCALE (five or source), GANTRY_TQ_MUTANT.</summary>
public sealed class TqReplayTests(ITestOutputHelper output)
{
    [Fact]
    public void The_seed_of_the_environment_breaks_nothing()
    {
        if (!ulong.TryParse(Environment.GetEnvironmentVariable("GANTRY_TQ_SEED"), out var seed))
        {
            return;
        }

        var scale = Environment.GetEnvironmentVariable("GANTRY_TQ_SCALE") == "source" ? TqScale.Source : TqScale.Five;
        var name = Environment.GetEnvironmentVariable("GANTRY_TQ_MUTANT");
        var mutant = TqMutant.All.FirstOrDefault(m => m.Name == name) ?? TqMutant.None;
        var shrunk = TqRun.One(TqSchedule.Of(seed, scale), mutant)?.Shrunk();
        List<string> log = [];
        TqRun.One(shrunk?.Schedule ?? TqSchedule.Of(seed, scale), mutant, log);
        output.WriteLine(string.Join('\n', log));
        Console.WriteLine(string.Join('\n', log));

        shrunk?.ToString().ShouldBeNull();
    }
}
