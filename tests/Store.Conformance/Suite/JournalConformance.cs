using Gantry.Actors;
using Gantry.Actors.Storage;
using Shouldly;
using Xunit;

namespace Gantry.Store.Conformance;

/// <summary>Events, snapshots and the tail of a shard.</summary>
[Trait("spec", "engine/11.2")]
public abstract class JournalConformance<THarness> : StoreSuite<THarness> where THarness : StoreHarness, new()
{
    private static readonly EntityAddress A = TestLane.Thing("a");
    private static readonly EntityAddress B = TestLane.Thing("B:upper");

    [StoreFact]
    public async Task Events_come_back_as_they_went_in()
    {
        var rows = new[] { Lane.Event(A, 1), Lane.Event(A, 2) with { Body = [] } };
        await CommittedAsync(Lane.Empty(A) with { Events = [.. rows] });

        (await LoadAsync(A)).Events.Select(Same.Text).ShouldBe(rows.Select(Same.Text));
    }

    [StoreFact]
    public async Task Heads_are_the_last_positions_in_the_order_of_shards_or_are_not_told()
    {
        var (first, other, second) = (Lane.Event(A, 1), Lane.Event(B, 1), Lane.Event(A, 2));
        await CommittedAsync(Lane.Empty(A, B) with { Events = [first, other, second] });

        var heads = await Store.HeadsAsync(None);

        if (!heads.IsEmpty)
        {
            var last = new[] { first, other, second }.GroupBy(e => e.Shard.Value).ToDictionary(s => s.Key, s => s.Max(e => e.Position));
            heads.ShouldBe(Enumerable.Range(0, TestLane.ShardCount).Select(s => last.GetValueOrDefault(s)));
        }
    }

    [StoreFact]
    public async Task Loads_answer_in_the_order_asked_and_with_nothing_for_the_unknown()
    {
        await CommittedAsync(Lane.WithEvent(B, 1));
        await CommittedAsync(Lane.WithEvent(A, 1));
        var never = TestLane.Thing("never");

        var images = await ListAsync(Store.LoadAsync([never, A, B, TestLane.Thing("b:upper")], None));

        images.Select(i => (i.Entity.Key, i.Events.Count)).ShouldBe([("never", 0), ("a", 1), ("B:upper", 1), ("b:upper", 0)]);
        images[0].Snapshot.ShouldBeNull();
    }

    [StoreFact]
    public async Task The_same_revision_twice_is_poison_and_leaves_nothing()
    {
        await CommittedAsync(Lane.WithEvent(A, 1));

        var result = await Lane.CommitAsync(Lane.Empty(A, B) with { Events = [Lane.Event(B, 1), Lane.Event(A, 1)] });

        result.ShouldBeOfType<CommitResult.Poisoned>();
        (await LoadAsync(B)).Events.ShouldBeEmpty();
        await CommittedAsync(Lane.WithEvent(A, 2));
    }

    [StoreFact]
    public async Task The_same_position_twice_is_poison()
    {
        var first = Lane.Event(A, 1);
        await CommittedAsync(Lane.Empty(A) with { Events = [first] });

        (await Lane.CommitAsync(Lane.Empty(A) with { Events = [Lane.Event(A, 2) with { Position = first.Position }] }))
            .ShouldBeOfType<CommitResult.Poisoned>();
    }

    [StoreFact]
    public async Task A_load_begins_at_the_newest_snapshot()
    {
        for (var i = 1; i <= 5; i++)
        {
            await CommittedAsync(Lane.WithEvent(A, i));
        }

        await Store.SaveSnapshotsAsync(Lane.Me, [new SnapshotRow(A, 3, "thing", 1, [3])], None);
        await Store.SaveSnapshotsAsync(Lane.Me, [new SnapshotRow(A, 2, "thing", 1, [2])], None);

        var image = await LoadAsync(A);

        image.Snapshot.ShouldNotBeNull().Sequence.ShouldBe(3);
        image.Snapshot.Body.ShouldBe([3]);
        image.Events.Select(e => e.Sequence).ShouldBe([3, 4, 5]);
        image.IsAhead.ShouldBeFalse();
    }

    [StoreFact]
    [Trait("spec", "engine/3.5")]
    public async Task A_load_tells_a_snapshot_that_is_newer_than_the_journal()
    {
        await CommittedAsync(Lane.WithEvent(A, 1));
        await CommittedAsync(Lane.WithEvent(B, 1));
        await CommittedAsync(Lane.WithEvent(B, 2));

        await Store.SaveSnapshotsAsync(Lane.Me, [new SnapshotRow(A, 2, "thing", 1, [1]), new SnapshotRow(B, 2, "thing", 1, [1])], None);

        var images = await ListAsync(Store.LoadAsync([A, B], None));
        images.Select(i => i.IsAhead).ShouldBe([true, false]);
        images[0].Events.ShouldBeEmpty();
    }

    [StoreFact]
    [Trait("spec", "engine/3.5")]
    public async Task A_snapshot_of_the_same_revision_replaces_the_one_there()
    {
        await CommittedAsync(Lane.WithEvent(A, 1));
        await Store.SaveSnapshotsAsync(Lane.Me, [new SnapshotRow(A, 1, "thing", 1, [1])], None);

        await Store.SaveSnapshotsAsync(Lane.Me, [new SnapshotRow(A, 1, "thing", 2, [2])], None);

        var snapshot = (await LoadAsync(A)).Snapshot.ShouldNotBeNull();
        (snapshot.StateVersion, snapshot.Damage).ShouldBe((2, null));
        snapshot.Body.ShouldBe([2]);
    }

    [StoreFact]
    public async Task A_fenced_incarnation_writes_no_snapshots()
    {
        await CommittedAsync(Lane.WithEvent(A, 1));
        await TestLane.JoinAsync(Store);

        await Store.SaveSnapshotsAsync(Lane.Me, [new SnapshotRow(A, 1, "thing", 1, [1])], None);

        (await LoadAsync(A)).Snapshot.ShouldBeNull();
    }

    [StoreFact]
    public async Task The_tail_of_a_shard_is_read_in_pages_by_position()
    {
        var shard = Lane.ShardOf(A).Shard;
        for (var i = 1; i <= 7; i++)
        {
            await CommittedAsync(Lane.WithEvent(A, i));
        }

        var seen = new List<long>();
        long after = 0;
        while (await ListAsync(Store.TailAsync(shard, after, 3, None)) is { Count: > 0 } page)
        {
            page.Count.ShouldBeLessThanOrEqualTo(3);
            seen.AddRange(page.Select(e => e.Sequence));
            after = page[^1].Position;
        }

        seen.ShouldBe([1, 2, 3, 4, 5, 6, 7]);
    }

    [StoreFact]
    public async Task The_history_of_an_entity_is_read_in_pages_by_revision()
    {
        for (var i = 1; i <= 5; i++)
        {
            await CommittedAsync(Lane.WithEvent(A, i));
        }

        (await ListAsync(Store.HistoryAsync(A, 0, 2, None))).Select(e => e.Sequence).ShouldBe([1, 2]);
        (await ListAsync(Store.HistoryAsync(A, 2, 100, None))).Select(e => e.Sequence).ShouldBe([3, 4, 5]);
        (await ListAsync(Store.HistoryAsync(A, 5, 100, None))).ShouldBeEmpty();
    }

    [StoreFact]
    public async Task What_was_committed_is_there_after_a_reopen_and_the_old_lane_is_fenced_by_the_next_join()
    {
        if (!Harness.IsDurable)
        {
            return;
        }

        await CommittedAsync(Lane.WithEvent(A, 1) with
        {
            Receipts = [TestLane.Receipt(A, "k")],
            Claims = [TestLane.Claim(A, "x")],
            Mail = [Lane.Mail(A, B)],
            Views = [Lane.Upsert(A, "a", 1, new ThingRow("n", 1, null))],
        });
        var identity = Store.Identity;
        var old = Lane.Next;

        await ReopenAsync();
        var lane = await TestLane.JoinAsync(Store);

        Store.Identity.ShouldBe(identity);
        (await LoadAsync(A)).Events.Count.ShouldBe(1);
        (await Store.FindReceiptAsync(A, "k", None)).ShouldNotBeNull();
        (await ScanAsync()).Single().Loads.ShouldBe(1);
        (await QueryAsync()).Single().Key.ShouldBe("a");
        (await Store.CommitAsync(old, lane.Empty(A), None)).ShouldBeOfType<CommitResult.Fenced>();
        (await lane.CommitAsync(lane.Empty(B) with { Claims = [TestLane.Claim(B, "x")] })).ShouldBeOfType<CommitResult.Losers>();
    }

    [StoreFact]
    public async Task Another_number_of_shards_is_refused()
    {
        if (!Harness.IsDurable)
        {
            return;
        }

        await Store.DisposeAsync();
        await using var other = Harness.Make();

        var refused = await Should.ThrowAsync<StoreRefusedException>(
            async () => await other.OpenAsync(Options with { ShardCount = TestLane.ShardCount * 2 }, None));

        refused.Message.ShouldContain($"{TestLane.ShardCount}");
        await ReopenAsync();
    }

    [StoreFact]
    public async Task A_store_that_is_open_answers_a_ping()
    {
        await Store.PingAsync(None);
    }
}
