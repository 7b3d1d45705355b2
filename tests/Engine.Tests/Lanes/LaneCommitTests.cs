using Gantry.Actors;
using Gantry.Actors.Kernel;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Lanes;

public sealed class LaneCommitTests
{
    [Fact]
    [Trait("spec", "engine/4.3")]
    public void Commands_are_decided_ahead_of_the_commit_and_answered_only_after_theirs()
    {
        var lane = new LaneBench();
        var first = lane.Ask("a", new Add(1, ""));
        lane.PassAndLoad();
        var one = lane.Batch();
        var second = lane.Ask("a", new Add(2, ""));
        var third = lane.Ask("a", new Add(3, ""));
        lane.Pass();

        lane.Answers().ShouldBeEmpty();
        lane.Commit(one);
        lane.Answers().ShouldBe(new() { [first] = new AskAnswer.Accepted(new LedgerTotal(1), 1, false) });
        var two = lane.Batch();
        two.Number.ShouldBe(2);
        two.Commits.Select(c => c.Revision).ShouldBe([1, 2]);
        lane.Commit(two);

        lane.Answers().ShouldBe(new()
        {
            [second] = new AskAnswer.Accepted(new LedgerTotal(3), 2, false),
            [third] = new AskAnswer.Accepted(new LedgerTotal(6), 3, false),
        });
    }

    [Fact]
    [Trait("spec", "engine/4.3")]
    public void At_most_128_decisions_of_one_entity_wait_for_a_commit()
    {
        var lane = new LaneBench();
        for (var i = 0; i < 200; i++)
        {
            lane.Ask("a", new Add(1, ""));
        }

        lane.PassAndLoad();

        lane.Batch().Commits.Length.ShouldBe(LaneLimits.LookAheadMax);
    }

    [Fact]
    [Trait("spec", "engine/3.1")]
    public void All_losers_of_a_batch_are_answered_and_the_rest_is_decided_again_in_order_without_newcomers()
    {
        var lane = new LaneBench();
        var known = lane.Ask("a", new Add(1, ""), "k1");
        var claimer = lane.Ask("b", new TakeName("blue"));
        var rest = lane.Ask("a", new Add(2, ""));
        lane.PassAndLoad();
        var failed = lane.Batch();
        var behind = lane.Ask("a", new Add(4, ""));
        lane.Pass();
        var newcomer = lane.Ask("c", new Add(8, ""));

        lane.Lose(
            failed,
            taken: [new TakenClaim(LedgerArea.At("b"), new ClaimValue("ledger-name", "blue"), LedgerArea.At("z"))],
            known: [new KnownKey(LedgerArea.At("a"), "k1", null, 9, new LedgerTotal(70))]);

        var answers = lane.Answers();
        answers[known].ShouldBe(new AskAnswer.Accepted(new LedgerTotal(70), 9, IsReplay: true));
        answers[claimer].ShouldBeOfType<AskAnswer.Refused>().Why.Message.ShouldContain("ledger/z");
        var again = lane.Batch();
        again.Number.ShouldBe(failed.Number);
        again.Commits.Single().Revision.ShouldBe(0);
        lane.Commit(again);
        lane.Answers()[rest].ShouldBe(new AskAnswer.Accepted(new LedgerTotal(2), 1, false));
        lane.PassAndLoad();
        lane.Commit(lane.Batch());
        lane.Answers()[behind].ShouldBe(new AskAnswer.Accepted(new LedgerTotal(6), 2, false));
        lane.Commit(lane.Batch());
        lane.Answers().Keys.ShouldBe([newcomer]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("spec", "engine/3.4")]
    public void After_a_lost_answer_the_store_says_what_became_of_the_batch(bool wasCommitted)
    {
        var lane = new LaneBench();
        var ask = lane.Ask("a", new Add(1, ""));
        lane.PassAndLoad();
        var batch = lane.Batch();

        lane.Step(new LaneEvent.CommitFailed(batch.Number, IsOutcomeKnown: false, "cut"));
        lane.Pass();
        lane.Take<LaneOutput.Commit>().ShouldBeEmpty();
        lane.TakeOnly<LaneOutput.Resolve>();
        lane.Step(new LaneEvent.Resolved(2, wasCommitted ? batch.Number : batch.Number - 1, IsFenced: false));
        lane.Pass();

        if (!wasCommitted)
        {
            lane.Answers().ShouldBeEmpty();
            var again = lane.TakeOnly<LaneOutput.Commit>();
            again.Session.ShouldBe(2);
            again.Batch.Number.ShouldBe(batch.Number);
            lane.Commit(again.Batch);
        }

        lane.Answers()[ask].ShouldBe(new AskAnswer.Accepted(new LedgerTotal(1), 1, false));
    }

    [Fact]
    [Trait("spec", "engine/3.3")]
    public void A_commit_that_certainly_failed_is_sent_again_as_it_was_after_a_back_off()
    {
        var lane = new LaneBench();
        lane.Ask("a", new Add(1, ""));
        lane.PassAndLoad();
        var batch = lane.Batch();

        lane.Step(new LaneEvent.CommitFailed(batch.Number, IsOutcomeKnown: true, "disk full"));
        lane.Pass();
        lane.Take<LaneOutput.Commit>().ShouldBeEmpty();
        lane.Now += TimeSpan.FromSeconds(3);
        lane.Pass();

        lane.Batch().Commits.Single().ShouldBe(batch.Commits.Single());
    }

    [Fact]
    [Trait("spec", "engine/3.4")]
    public void A_fenced_lane_answers_everybody_unavailable_and_is_over()
    {
        var lane = new LaneBench();
        var decided = lane.Ask("a", new Add(1, ""));
        var refused = lane.Ask("b", new Add(-1, ""));
        lane.PassAndLoad();
        lane.Batch();

        lane.Step(new LaneEvent.Fenced("a newer incarnation"));
        var late = lane.Ask("c", new Add(1, ""));

        var answers = lane.Answers();
        answers[decided].ShouldBeOfType<AskAnswer.Unavailable>();
        answers[refused].ShouldBeOfType<AskAnswer.Unavailable>();
        answers[late].ShouldBeOfType<AskAnswer.Unavailable>();
        lane.TakeOnly<LaneOutput.Ended>();
    }

    [Fact]
    [Trait("spec", "engine/3.3")]
    public void A_batch_that_weighs_too_much_goes_in_smaller_ones_in_the_same_order()
    {
        const int bytesEach = 64 * 1024;
        var lane = new LaneBench();
        var asks = Enumerable.Range(0, 100).Select(i => lane.Ask("a", new Add(1, $"{i}"))).ToList();
        lane.PassAndLoad();
        var (answered, notes, refused) = (new HashSet<string>(), new List<string>(), 0);

        while (lane.Take<LaneOutput.Commit>() is [{ Batch: var batch }])
        {
            var bytes = batch.Commits.Length * bytesEach;
            if (bytes > LaneLimits.BatchBytesMax)
            {
                refused++;
                lane.Step(new LaneEvent.TooMuch(batch.Number, bytes));
            }
            else
            {
                notes.AddRange(batch.Commits.Select(c => ((Added)c.Events[0]).Note));
                lane.Step(new LaneEvent.Committed(batch.Number, bytes));
            }

            lane.Pass();
            answered.UnionWith(lane.Answers().Keys);
        }

        refused.ShouldBe(1);
        notes.ShouldBe(Enumerable.Range(0, 100).Select(i => $"{i}"));
        answered.ShouldBe(asks, ignoreOrder: true);
    }

    [Fact]
    [Trait("spec", "engine/4.6")]
    public void A_poisoned_batch_is_halved_until_the_culprit_stands_alone()
    {
        var lane = new LaneBench();
        var keys = Enumerable.Range(0, 64).Select(i => lane.Ask($"e{i}", new Add(i, ""))).ToList();
        lane.PassAndLoad();
        var culprit = LedgerArea.At("e41");
        var commits = 0;

        while (lane.Take<LaneOutput.Commit>() is [var commit])
        {
            commits++;
            if (commit.Batch.Commits.Any(c => c.Entity == culprit))
            {
                lane.Step(new LaneEvent.Poisoned(commit.Batch.Number, "23505"));
                lane.Pass();
            }
            else
            {
                lane.Commit(commit.Batch);
            }
        }

        var answers = lane.Answers();
        answers.Count.ShouldBe(64);
        answers[keys[41]].ShouldBeOfType<AskAnswer.Refused>().Why.Kind.ShouldBe(RefusalKind.Bug);
        answers.Values.Count(a => a is AskAnswer.Accepted).ShouldBe(63);
        commits.ShouldBeLessThan(20);
    }

    [Fact]
    [Trait("spec", "engine/3.3")]
    public void A_claim_on_a_value_that_the_open_batch_releases_waits_for_the_next()
    {
        var lane = new LaneBench();
        lane.Ask("a", new TakeName("blue"));
        lane.PassAndLoad();
        lane.Commit(lane.Batch());
        var drop = lane.Ask("a", new DropName("blue"));
        var take = lane.Ask("b", new TakeName("blue"));

        lane.PassAndLoad();
        var first = lane.Batch();
        first.Commits.Single().Releases.Length.ShouldBe(1);
        lane.Commit(first);
        lane.Commit(lane.Batch());

        lane.Answers().Keys.ShouldBe(["once:1", drop, take], ignoreOrder: true);
    }

    [Fact]
    [Trait("spec", "engine/3.2")]
    public void Positions_rise_in_commit_order_and_begin_with_the_epoch()
    {
        var lane = new LaneBench();
        lane.Ask("a", new Add(1, ""));
        lane.Ask("a", new Add(1, ""));
        lane.PassAndLoad();

        lane.Batch().Commits.Select(c => c.Position).ShouldBe([(1L << 39) + 1, (1L << 39) + 2]);
    }
}
