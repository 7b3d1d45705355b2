using System.Globalization;
using Gantry.Switch.Simulator;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>
/// Random pools, joins, leaves, explicit groups, instance events, switch faults, lost answers and interleavings; after quiet both switches hold
/// what the rows say, the rows are what the answers promised, and the invariants of multicast 9.1 hold. A failure prints how to replay it.
/// It keeps both processors busy for a minute: tests that wait for an engine beside it would wait for a thread.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class PurePropertyTests
{
    private const int Seeds = 2_000;

    [Fact]
    [Trait("spec", "multicast/9.1")]
    public void Both_switches_equal_the_model_after_quiet()
    {
        var only = Environment.GetEnvironmentVariable("GANTRY_SEED");
        var seeds = only is null ? Enumerable.Range(1, Seeds) : [int.Parse(only, CultureInfo.InvariantCulture)];
        string? failed = null;
        Parallel.ForEach(seeds, new ParallelOptions { MaxDegreeOfParallelism = 2 }, (seed, state) =>
        {
            using var run = Of(seed);
            try
            {
                run.Play(operations: 40);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                failed = $"seed {seed} failed; replay it with\n"
                    + $"  GANTRY_SEED={seed} dotnet test tests/Areas.Tests --filter FullyQualifiedName~{nameof(PurePropertyTests)}\n{e}"
                    + $"\n{string.Join('\n', run.History)}";
                state.Stop();
            }
        });
        failed.ShouldBeNull();
    }

    [Fact]
    public void One_seed_is_one_history()
    {
        using var first = Of(1905);
        using var second = Of(1905);
        first.Play(operations: 40);
        second.Play(operations: 40);
        second.History.ShouldBe(first.History);
    }

    [Fact]
    [Trait("spec", "multicast/9.1")]
    public void Hundred_thousand_operations_leave_nothing_behind()
    {
        using var run = new PureRun(4711, SwitchMode.Strict);
        run.Play(operations: 100_000);
        run.EndAll();
    }

    private static PureRun Of(int seed) => new((ulong)seed, seed % 2 == 0 ? SwitchMode.Faithful : SwitchMode.Strict);
}
