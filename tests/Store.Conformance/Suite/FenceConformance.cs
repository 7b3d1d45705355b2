using Gantry.Actors;
using Gantry.Actors.Storage;
using Shouldly;
using Xunit;

namespace Gantry.Store.Conformance;

/// <summary>Only the lane that holds its row, session and number commits; everybody else changes nothing.</summary>
[Trait("spec", "engine/11.2")]
public abstract class FenceConformance<THarness> : StoreSuite<THarness> where THarness : StoreHarness, new()
{
    private static readonly EntityAddress A = TestLane.Thing("a");

    [StoreFact]
    public async Task A_batch_commits_and_its_entity_can_be_loaded()
    {
        await CommittedAsync(Lane.WithEvent(A, 1));

        var image = await LoadAsync(A);

        image.Snapshot.ShouldBeNull();
        image.Events.Select(e => e.Sequence).ShouldBe([1]);
    }

    [StoreFact]
    public async Task Sessions_begin_at_one_and_batches_at_none()
    {
        Lane.Session.ShouldBe(1);
        Lane.LastBatch.ShouldBe(0);
        (await Lane.ResolveAsync()).ShouldBe(new LaneProbe(2, 0, Fenced: false));
    }

    [StoreFact]
    public async Task A_batch_number_that_was_used_is_fenced()
    {
        var ticket = Lane.Next;
        await CommittedAsync(Lane.WithEvent(A, 1));

        var again = await Store.CommitAsync(ticket, Lane.WithEvent(A, 2), None);

        again.ShouldBeOfType<CommitResult.Fenced>().Why.ShouldBe(FenceReason.BatchNumber);
        (await LoadAsync(A)).Events.Count.ShouldBe(1);
    }

    [StoreFact]
    public async Task A_batch_number_too_far_is_fenced()
    {
        var result = await Store.CommitAsync(Lane.Next with { BatchNumber = 2 }, Lane.WithEvent(A, 1), None);

        result.ShouldBeOfType<CommitResult.Fenced>().Why.ShouldBe(FenceReason.BatchNumber);
    }

    [StoreFact]
    public async Task Late_bytes_of_an_old_session_are_void()
    {
        var late = Lane.Next;
        await Lane.ResolveAsync();

        var result = await Store.CommitAsync(late, Lane.WithEvent(A, 1), None);

        result.ShouldBeOfType<CommitResult.Fenced>().Why.ShouldBe(FenceReason.Session);
        (await LoadAsync(A)).Events.ShouldBeEmpty();
        (await Store.ConfirmAsync(late, None)).ShouldBeFalse();
    }

    [StoreFact]
    public async Task Whoever_joins_fences_all_lanes_before()
    {
        var older = Lane;
        var newer = await TestLane.JoinAsync(Store, "n2");

        (await older.CommitAsync(older.WithEvent(A, 1))).ShouldBeOfType<CommitResult.Fenced>().Why.ShouldBe(FenceReason.Fenced);
        (await Store.ConfirmAsync(older.Next, None)).ShouldBeFalse();
        (await older.ResolveAsync()).Fenced.ShouldBeTrue();
        await CommittedAsync(newer.WithEvent(A, 1), newer);
    }

    [StoreFact]
    public async Task A_lane_that_was_never_there_is_fenced()
    {
        var stranger = new Incarnation(Guid.NewGuid());

        (await Store.ResolveAsync(stranger, 0, None)).Fenced.ShouldBeTrue();
        (await Store.ConfirmAsync(new LaneTicket(stranger, 0, 1, 1), None)).ShouldBeFalse();
        (await Store.CommitAsync(new LaneTicket(stranger, 0, 0, 1), Lane.Empty(A), None))
            .ShouldBeOfType<CommitResult.Fenced>().Why.ShouldBe(FenceReason.Fenced);
    }

    [StoreFact]
    public async Task Joining_raises_the_epoch_of_every_shard()
    {
        var before = Lane.Shards;
        var after = (await TestLane.JoinAsync(Store)).Shards;

        after.Length.ShouldBe(TestLane.ShardCount);
        after.Select(s => (s.Shard, s.Epoch)).ShouldBe(before.Select(s => (s.Shard, s.Epoch + 1)));
    }

    [StoreTheory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_batch_of_another_epoch_is_fenced(int off)
    {
        var batch = Lane.WithEvent(A, 1);
        var wrong = batch with { Shards = [batch.Shards[0] with { Epoch = batch.Shards[0].Epoch + off }] };

        (await Lane.CommitAsync(wrong)).ShouldBeOfType<CommitResult.Fenced>().Why.ShouldBe(FenceReason.NotOwner);
        (await LoadAsync(A)).Events.ShouldBeEmpty();
        await CommittedAsync(Lane.WithEvent(A, 1));
    }

    [StoreFact]
    public async Task A_shard_that_does_not_exist_is_not_ours()
    {
        var batch = Lane.WithEvent(A, 1) with { Shards = [new ShardEpoch(new ShardId(TestLane.ShardCount), 1)] };

        (await Lane.CommitAsync(batch)).ShouldBeOfType<CommitResult.Fenced>().Why.ShouldBe(FenceReason.NotOwner);
    }

    [StoreFact]
    public async Task A_confirmed_lane_is_ours_and_confirming_changes_nothing()
    {
        (await Store.ConfirmAsync(Lane.Next, None)).ShouldBeTrue();
        (await Store.ConfirmAsync(Lane.Next, None)).ShouldBeTrue();
        await CommittedAsync(Lane.WithEvent(A, 1));
    }

    [StoreFact]
    public async Task Nothing_is_committed_after_a_join_that_met_a_batch_in_flight()
    {
        for (var round = 0; round < 10; round++)
        {
            var older = await TestLane.JoinAsync(Store);
            var entity = TestLane.Thing($"r{round}");
            var committed = 0;
            var writing = Task.Run(async () =>
            {
                while (await older.CommitAsync(older.WithEvent(entity, committed + 1)) is CommitResult.Committed)
                {
                    Interlocked.Increment(ref committed);
                }
            });
            SpinWait.SpinUntil(() => Volatile.Read(ref committed) > 3, TimeSpan.FromSeconds(10)).ShouldBeTrue();

            await TestLane.JoinAsync(Store);
            var seen = (await LoadAsync(entity)).Events.Count;
            await writing;

            seen.ShouldBe(committed);
            (await LoadAsync(entity)).Events.Count.ShouldBe(committed);
        }
    }

    [StoreTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_a_lost_answer_resolving_says_what_happened(bool isCommitted)
    {
        if (!Harness.CanLoseAnswers)
        {
            return;
        }

        await CommittedAsync(Lane.WithEvent(A, 1));
        Harness.LoseNextAnswer(Store, isCommitted);

        var lost = await Should.ThrowAsync<StoreConnectionException>(async () => await Lane.CommitAsync(Lane.WithEvent(A, 2)));
        var probe = await Lane.ResolveAsync();

        lost.IsOutcomeKnown.ShouldBeFalse();
        probe.LastBatch.ShouldBe(isCommitted ? 2 : 1);
        (await LoadAsync(A)).Events.Count.ShouldBe(isCommitted ? 2 : 1);
        await CommittedAsync(Lane.WithEvent(A, isCommitted ? 3 : 2));
    }
}
