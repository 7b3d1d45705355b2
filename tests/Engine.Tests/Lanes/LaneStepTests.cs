using Gantry.Actors.Kernel;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Lanes;

/// <summary>The lane as a function from inputs to outputs (engine 4.1, 4.2).</summary>
public sealed class LaneStepTests
{
    [Fact]
    [Trait("spec", "engine/4.1")]
    public void The_same_inputs_give_the_same_outputs_whatever_the_wall_clock_says()
    {
        var (first, second) = (Outputs(), Outputs());

        second.ShouldBe(first);
        first.Count.ShouldBeGreaterThan(5);
    }

    [Fact]
    [Trait("spec", "engine/4.2")]
    public void A_command_is_admitted_loaded_decided_committed_and_answered_in_this_order()
    {
        var lane = new LaneBench();

        var ask = lane.Ask("a", new Add(1, ""));
        lane.Take<LaneOutput.Load>().ShouldBeEmpty("loads are collected for the pass");
        lane.Pass();
        var load = lane.TakeOnly<LaneOutput.Load>();
        lane.Take<LaneOutput.Commit>().ShouldBeEmpty("nothing is decided on a state that is not there");
        lane.Step(new LaneEvent.Loaded([new LoadedEntity(load.Entities[0], LedgerDecider.Initial, 0, 0)]));
        lane.Pass();
        var batch = lane.Batch();
        lane.Answers().ShouldBeEmpty("persist, then reply");
        lane.Commit(batch);

        lane.Answers()[ask].ShouldBeOfType<AskAnswer.Accepted>().Revision.ShouldBe(1);
    }

    private static List<string> Outputs()
    {
        var lane = new LaneBench();
        for (var i = 0; i < 20; i++)
        {
            lane.Ask($"e{i % 3}", i % 4 == 0 ? new Send(LedgerArea.At($"to{i}"), 2) : new Add(i, ""), key: $"k{i}");
        }

        lane.PassAndLoad();
        lane.Commit(lane.Batch());
        return [.. lane.Take<LaneOutput>().Select(o => o.ToString()!)]; // records
    }
}
