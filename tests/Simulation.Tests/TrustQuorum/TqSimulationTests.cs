using Gantry.Simulation.TrustQuorum;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Gantry.Simulation.Tests.TrustQuorum;

/// <summary>
/// Seeded racks of simulated quorum nodes with the source's action weights, and faults it does not have (tq 8): the
/// product's nodes, decider and driver plan. CI runs 10^5 schedules; GANTRY_TQ_SCHEDULES sets another number.
/// </summary>
public sealed class TqSimulationTests(ITestOutputHelper output)
{
#if DEBUG
    private const int SchedulesByDefault = 10_000;
#else
    private const int SchedulesByDefault = 100_000;
#endif
    private const int CoverageSchedules = 600;
    private const int SourceSchedules = 100;
    private const int MutantSeedsMax = 20_000;

    private static readonly int Threads = Math.Max(1, Environment.ProcessorCount);

    [Fact]
    [Trait("spec", "tq/S1")]
    [Trait("spec", "tq/S2")]
    [Trait("spec", "tq/S3")]
    [Trait("spec", "tq/S4")]
    [Trait("spec", "tq/S5")]
    [Trait("spec", "tq/S6")]
    [Trait("spec", "tq/S7")]
    [Trait("spec", "tq/S8")]
    [Trait("spec", "tq/S9")]
    [Trait("spec", "tq/S10")]
    [Trait("spec", "tq/S11")]
    [Trait("spec", "tq/S12")]
    [Trait("spec", "tq/S13")]
    [Trait("spec", "tq/V1")]
    [Trait("spec", "tq/V2")]
    [Trait("spec", "tq/V3")]
    [Trait("spec", "tq/V4")]
    public void No_property_breaks_in_any_schedule_of_a_five_node_quorum()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable("GANTRY_TQ_SCHEDULES"), out var asked) ? asked : SchedulesByDefault;
        var began = TimeProvider.System.GetTimestamp();

        var (done, failure) = TqRun.Many(1, count, TqScale.Five, TqMutant.None, Threads);

        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        output.WriteLine($"{done} schedules in {seconds:0.0} s, {done / seconds:0} per second");
        failure?.Shrunk().ToString().ShouldBeNull();
        done.ShouldBe(count);
    }

    [Fact]
    public void No_property_breaks_at_the_scale_of_the_source()
    {
        var (done, failure) = TqRun.Many(1, SourceSchedules, TqScale.Source, TqMutant.None, Threads);

        failure?.Shrunk().ToString().ShouldBeNull();
        done.ShouldBe(SourceSchedules);
    }

    [Theory]
    [Trait("spec", "tq/H2")]
    [Trait("spec", "tq/H9")]
    [MemberData(nameof(Mutants))]
    public void A_mutant_is_caught(string name)
    {
        var mutant = TqMutant.All.Single(m => m.Name == name);

        var (done, failure) = TqRun.Many(1, MutantSeedsMax, TqScale.Five, mutant, Threads);

        output.WriteLine($"{name}: {failure?.Property} after {done} schedules: {failure?.What}");
        failure.ShouldNotBeNull($"nobody noticed {name}: the simulation is blind there");
    }

    [Fact]
    public void A_seed_gives_the_same_run_every_time()
    {
        var schedule = TqSchedule.Of(42, TqScale.Five);
        List<string> first = [];
        List<string> second = [];

        TqRun.One(schedule, TqMutant.None, first).ShouldBeNull();
        TqRun.One(schedule, TqMutant.None, second).ShouldBeNull();

        second.ShouldBe(first);
        first.ShouldNotBeEmpty();
    }

    [Fact]
    public void A_failing_schedule_is_shrunk_and_tells_its_replay_command()
    {
        var mutant = TqMutant.All.Single(m => m.Name == nameof(Gantry.TrustQuorum.Protocol.TqMutations.CommitUnprepared));
        var failure = TqRun.Many(1, MutantSeedsMax, TqScale.Five, mutant, 1).First!;

        var shrunk = failure.Shrunk(500);

        shrunk.Schedule.Steps.Length.ShouldBeLessThan(failure.Schedule.Steps.Length / 2);
        shrunk.Replay.ShouldContain($"GANTRY_TQ_SEED={failure.Schedule.Seed} ");
        output.WriteLine(shrunk.ToString());
    }

    [Fact]
    public void Schedules_reach_every_step_message_fact_and_refusal()
    {
        var coverage = new TqCoverage();
        for (ulong seed = 1; seed <= CoverageSchedules; seed++)
        {
            TqRun.One(TqSchedule.Of(seed, TqScale.Five), TqMutant.None, coverage: coverage).ShouldBeNull();
        }

        output.WriteLine(coverage.ToString());
        var wanted = Enum.GetNames<TqAction>().Select(a => $"step {a}")
            .Concat(Messages.Select(m => $"message {m}"))
            .Concat(Facts.Select(f => $"fact {f}"))
            .Concat(Refusals.Select(r => $"refusal {r}"))
            .Append("note ComputingShare").Append("note Expunged").Append("note ShareRefused").Append("note Loaded");
        wanted.Where(w => coverage.Of(w) == 0).ShouldBeEmpty();
    }

    private static readonly string[] Messages =
        ["prepare", "prepare_ack", "get_share", "share", "get_lrtq_share", "lrtq_share", "expunged", "commit_advance"];

    private static readonly IEnumerable<string> Facts = typeof(Gantry.TrustQuorum.TqEvent).Assembly.GetTypes()
        .Where(t => t.IsSubclassOf(typeof(Gantry.TrustQuorum.TqEvent))).Select(t => t.Name);

    private static readonly string[] Refusals =
        ["QuorumChangeInProgress", "QuorumNotSettled", "QuorumEpochMoved", "QuorumReportStale", "NothingToRecover", "QuorumReportWrong"];

    public static TheoryData<string> Mutants() => [.. TqMutant.All.Select(m => m.Name)];
}
