using System.Runtime.CompilerServices;
using Gantry.Simulation.TrustQuorum;

namespace Gantry.Bench;

/// <summary>
/// Issue 6: split and combine for 32 members (time, allocation), schedules of the simulated five-node quorum, and a reconfiguration of 32
/// members on loopback.
/// </summary>
internal sealed class TrustQuorumSuite : IBenchSuite
{
    private const double SchedulesPerSecondAsked = 1_000;

    public string Name => "trust-quorum";

    public async IAsyncEnumerable<BenchResult> RunAsync(TimeSpan duration, TextWriter output, [EnumeratorCancellation] CancellationToken ct)
    {
        yield return SecretSharing.Measure(duration / 2);
        yield return Simulate(duration);
        yield return await RackReconfiguration.MeasureAsync(output, ct);
        yield return await ReconfigurationLeg.MeasureAsync(ct);
    }

    private static BenchResult Simulate(TimeSpan duration)
    {
        // Once round: code is compiled.
        TqRun.Many(1, 500, TqScale.Five, TqMutant.None, 1);
        var cpu = Environment.CpuUsage.TotalTime;
        var began = TimeProvider.System.GetTimestamp();
        var (done, failure) = TqRun.Many(1_000, int.MaxValue, TqScale.Five, TqMutant.None, Environment.ProcessorCount, duration);
        var perSecond = done / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        return new BenchResult
        {
            Id = "TQ2",
            What = $"schedules of a five-node quorum per second{(failure is null ? "" : $"; BROKEN: {failure}")}",
            Values = new Dictionary<string, double>
            {
                ["schedules"] = done,
                ["schedules_per_s"] = perSecond,
                ["schedules_per_processor_s"] = done / (Environment.CpuUsage.TotalTime - cpu).TotalSeconds,
                ["minutes_for_100000"] = 100_000 / perSecond / 60,
                ["violations"] = failure is null ? 0 : 1,
            },
            Targets =
            [
                new BenchTarget("schedules per second / 1,000", perSecond / SchedulesPerSecondAsked, 1),
                new BenchTarget("schedules without violation", failure is null ? 1 : 0, 1),
            ],
        };
    }
}
