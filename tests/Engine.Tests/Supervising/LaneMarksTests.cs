using Gantry.Actors.Runtime;
using Gantry.Engine.Tests.Lanes;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Supervising;

/// <summary>What the watch-dog counts: one turn, or the lane's own work between two (engine 4.4).</summary>
[Trait("spec", "engine/4.4")]
public sealed class LaneMarksTests
{
    [Fact]
    public void A_pass_of_many_turns_is_never_one_long_piece_of_work()
    {
        using var marks = new LaneMarks(file: null);
        var seen = new HashSet<long>();

        marks.BeginPass();
        for (var i = 0; i < 100; i++)
        {
            marks.Pass.TryLook(out var work, out _, out var what).ShouldBeTrue();
            what.ShouldBe("a pass");
            seen.Add(work).ShouldBeTrue("the count begins anew after every turn");

            marks.BeginTurn(LedgerArea.At($"e{i}"), "Add");
            marks.Pass.TryLook(out _, out _, out _).ShouldBeFalse("the turn is counted, and not the pass");
            marks.Turn.TryLook(out _, out var entity, out _).ShouldBeTrue();
            entity.ShouldBe(LedgerArea.At($"e{i}"));
            marks.EndTurn();
        }

        marks.EndPass();
        marks.Pass.TryLook(out _, out _, out _).ShouldBeFalse();
    }

    [Fact]
    public void A_turn_outside_of_a_pass_leaves_no_mark_behind()
    {
        using var marks = new LaneMarks(file: null);

        marks.BeginTurn(LedgerArea.At("a"), "Add");
        marks.EndTurn();

        marks.Pass.TryLook(out _, out _, out _).ShouldBeFalse();
        marks.Turn.TryLook(out _, out _, out _).ShouldBeFalse();
    }
}
