using System.Globalization;
using Gantry.Tests;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Gantry.Chaos;

/// <summary>The chaos programme for three minutes, as a process of its own with a server of its own.</summary>
[Collection(AloneCollection.Name)]
public sealed class ChaosSmokeTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(7);

    [PostgresFact]
    [Trait("spec", "engine/11.3")]
    [Trait("spec", "engine/5.9")]
    public async Task Three_minutes_of_every_kind_of_fault_lose_nothing_and_do_nothing_twice()
    {
        var seed = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        var replay = $"replay: dotnet run --project tests/Chaos -c Release -- --minutes 3 --seed {seed}";
        output.WriteLine(replay);
        await using var programme = NodeProcess.StartProgram("Gantry.Chaos.dll", "--minutes", "3", "--seed", seed);
        try
        {
            (await programme.ExitAsync(s_patience)).ShouldBe(0, $"{replay}\n{programme.Output}");
        }
        finally
        {
            // One that hangs takes its nodes and its server with it.
            programme.Signal("TERM");
            programme.Signal("TERM");
            await Eventually.HoldsAsync(() => !programme.IsRunning, TimeSpan.FromSeconds(30));
        }

        output.WriteLine(programme.Output);
        var faults = programme.Output.Split('\n').Single(l => l.StartsWith("faults: ", StringComparison.Ordinal));
        faults.Split(',').ShouldAllBe(kind => !kind.TrimEnd().EndsWith(" 0", StringComparison.Ordinal), $"not every kind of fault was there; {replay}");
    }
}
