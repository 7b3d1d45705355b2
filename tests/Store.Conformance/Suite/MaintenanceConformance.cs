using Gantry.Actors;
using Gantry.Actors.Storage;
using Shouldly;
using Xunit;

namespace Gantry.Store.Conformance;

/// <summary>The maintenance port: dead letters, suspects, directory, claims, views and retention are the same on every store.</summary>
[Trait("spec", "engine/11.2")]
public abstract class MaintenanceConformance<THarness> : StoreSuite<THarness> where THarness : StoreHarness, new()
{
    private static readonly EntityAddress A = TestLane.Thing("a");
    private static readonly EntityAddress B = TestLane.Thing("b");

    private IStoreMaintenance Port => Store.Maintenance.ShouldNotBeNull();

    [StoreFact]
    [Trait("spec", "engine/4.6")]
    public async Task Parked_mail_comes_back_under_its_id_and_can_be_consumed()
    {
        var mail = Lane.Mail(A, B);
        await ParkAsync(mail, "BUG: x");

        var parked = (await Port.ListParkedAsync(null, null, 10, None)).ShouldHaveSingleItem();
        parked.Mail.Id.ShouldBe(mail.Id);
        (parked.Attempts, parked.Reason).ShouldBe((4, "BUG: x"));
        (await Port.CountMailAsync(None)).Parked.ShouldBe(1);
        (await Port.RestoreParkedAsync([mail.Id, new MailId(9, 9, 9)], None)).ShouldHaveSingleItem().Id.ShouldBe(mail.Id);

        (await Port.FindParkedAsync(mail.Id, None)).ShouldBeNull();
        (await ScanAsync()).ShouldHaveSingleItem().Id.ShouldBe(mail.Id);
        await CommittedAsync(Lane.WithEvent(B, 1) with { ConsumedMail = [mail.Id] });
    }

    [StoreFact]
    [Trait("spec", "engine/4.6")]
    public async Task Parked_timer_does_not_replace_one_that_was_set_since()
    {
        var old = Lane.Mail(A, A, TestLane.Noon, "t");
        await ParkAsync(old, "BUG: x");
        var young = Lane.Mail(A, A, TestLane.Noon.AddHours(1), "t");
        await CommittedAsync(Lane.Empty(A) with { Mail = [young], TimersReplaced = [new TimerKey(A, "t")] });

        (await Port.RestoreParkedAsync([old.Id], None)).ShouldBeEmpty();

        (await ScanAsync()).ShouldHaveSingleItem().Id.ShouldBe(young.Id);
        (await Port.ListParkedAsync(null, null, 10, None)).ShouldBeEmpty();
    }

    [StoreFact]
    public async Task Dropped_and_old_dead_letters_are_gone()
    {
        var (one, two, three) = (Lane.Mail(A, B), Lane.Mail(A, B), Lane.Mail(A, A));
        await ParkAsync(one, "x");
        await ParkAsync(two, "x");
        await ParkAsync(three, "x");

        (await Port.ListParkedAsync(B, null, 10, None)).Count.ShouldBe(2);
        (await Port.ListParkedAsync(null, one.Id, 10, None)).Select(p => p.Mail.Id).ShouldBe([two.Id, three.Id]);
        (await Port.DropParkedAsync([one.Id], None)).ShouldBe(1);
        (await Port.TrimParkedAsync(TestLane.Noon.AddHours(-1), 10, None)).ShouldBe(0);
        (await Port.TrimParkedAsync(TestLane.Noon.AddHours(1), 10, None)).ShouldBe(2);
        (await Port.CountMailAsync(None)).Parked.ShouldBe(0);
    }

    [StoreFact]
    [Trait("spec", "engine/4.5")]
    public async Task Scans_go_on_after_a_place()
    {
        var mail = Enumerable.Range(0, 5).Select(_ => Lane.Mail(A, B)).ToList();
        var late = Lane.Mail(A, B, TestLane.Noon);
        await CommittedAsync(Lane.Empty(A) with { Mail = [.. mail, late] });
        var shards = Lane.Shards.Select(s => s.Shard).ToList();

        var seen = new List<MailId>();
        MailCursor? after = null;
        while (true)
        {
            var page = await ListAsync(Store.ScanMailAsync(shards, DateTimeOffset.MaxValue, after, 2, None));
            seen.AddRange(page.Select(m => m.Id));
            if (page.Count < 2)
            {
                break;
            }

            after = new MailCursor(page[^1].DueAt, page[^1].Id);
        }

        seen.ShouldBe([.. mail.Select(m => m.Id), late.Id]);
    }

    [StoreFact]
    [Trait("spec", "engine/4.4")]
    public async Task Suspects_are_listed_since_a_time_until_they_are_forgotten()
    {
        await Port.AddSuspectAsync(new SuspectRow(A, "Move", "n1", TestLane.Noon), None);
        await Port.AddSuspectAsync(new SuspectRow(B, "Move", "n1", TestLane.Noon.AddHours(1)), None);

        (await Port.ListSuspectsAsync(TestLane.Noon.AddMinutes(1), None)).ShouldHaveSingleItem().Entity.ShouldBe(B);
        await Port.ForgetSuspectsAsync(B, None);
        (await Port.ListSuspectsAsync(DateTimeOffset.MinValue, None)).ShouldBe([new SuspectRow(A, "Move", "n1", TestLane.Noon)]);
    }

    [StoreFact]
    [Trait("spec", "engine/3.4")]
    public async Task Fenced_incarnation_commits_nothing_and_is_not_seen_as_another_owner()
    {
        await CommittedAsync(Lane.WithEvent(A, 1));
        (await Port.IsTakenOverAsync(Lane.Me, None)).ShouldBeFalse();

        await Port.FenceAsync(Lane.Me, None);

        (await Lane.CommitAsync(Lane.WithEvent(A, 2))).ShouldBeOfType<CommitResult.Fenced>().Why.ShouldBe(FenceReason.Fenced);
        (await Port.IsTakenOverAsync(Lane.Me, None)).ShouldBeFalse();
        await TestLane.JoinAsync(Store, "n2");
        (await Port.IsTakenOverAsync(Lane.Me, None)).ShouldBeTrue();
    }

    [StoreFact]
    public async Task Directory_claims_and_counts_say_what_is_there()
    {
        await CommittedAsync(Lane.WithEvent(A, 1) with { Claims = [TestLane.Claim(A, "x"), TestLane.Claim(A, "y")] });
        await CommittedAsync(Lane.WithEvent(A, 2));
        await CommittedAsync(Lane.WithEvent(B, 1) with { Claims = [TestLane.Claim(B, "z", "other")] });

        var a = (await Port.FindEntityAsync(A, None)).ShouldNotBeNull();
        (a.LastSequence, a.SnapshotAt, a.EndedAt).ShouldBe((2, 0, null));
        (await Port.FindEntityAsync(TestLane.Thing("nobody"), None)).ShouldBeNull();
        (await Port.ListEntitiesAsync("thing", null, 10, None)).Select(e => e.Entity).ShouldBe([A, B]);
        (await Port.ListEntitiesAsync(null, A, 10, None)).ShouldHaveSingleItem().Entity.ShouldBe(B);
        (await Port.FindClaimAsync("name", "y", None))!.Entity.ShouldBe(A);
        (await Port.ListClaimsAsync(null, A, null, 10, None)).Select(c => c.Value).ShouldBe(["x", "y"]);
        (await Port.ListClaimsAsync("name", null, new ClaimValue("name", "x"), 10, None)).ShouldHaveSingleItem().Value.ShouldBe("y");
        (await Port.CountRowsAsync(None))["event"].ShouldBe(3);
        (await Port.NewestEventsAsync(2, None)).Count.ShouldBe(2);
        (await Port.NewestEventsAsync(10, None)).Select(e => e.Sequence).OrderDescending().ShouldBe([2, 1, 1]);
    }

    [StoreFact]
    [Trait("spec", "engine/3.6")]
    public async Task Rows_of_an_entity_are_replaced_unless_it_has_moved()
    {
        var view = ThingViews.Things;
        await CommittedAsync(Lane.WithEvent(A, 1) with { Views = [Lane.Upsert(A, "k1", 1, new ThingRow("old", 1, null))] });
        await CommittedAsync(Lane.WithEvent(B, 1) with { Views = [Lane.Upsert(B, "k2", 1, new ThingRow("b", 1, null))] });

        var row = Lane.Upsert(A, "k3", 1, new ThingRow("new", 1, null));
        (await Port.ReplaceViewRowsAsync(A, 0, [new(view.Name, "k1")], [row], None)).ShouldBeFalse();
        (await Port.ReplaceViewRowsAsync(A, 1, [new(view.Name, "k1"), new(view.Name, "k2")], [row], None)).ShouldBeTrue();

        (await Port.ListViewRowsAsync(view, null, 10, None)).Select(r => (r.Key, r.Entity)).ShouldBe([("k2", B), ("k3", A)]);
        (await Port.ListViewRowsAsync(view, "k2", 10, None)).ShouldHaveSingleItem().Columns.ShouldBe(row.Columns);
        var query = new ViewRowQuery(view, [new ViewTest("entity", ViewTestKind.Equal, A.ToString())], null, Descending: false, null, 10);
        (await Store.QueryAsync(query with { WithColumns = true }, None)).Rows.ShouldHaveSingleItem().Columns.ShouldBe(row.Columns);
        (await Store.QueryAsync(query, None)).Rows.ShouldHaveSingleItem().Columns.ShouldBeNull();
        (await QueryAsync(where: new ViewTest("name", ViewTestKind.Equal, "new"))).ShouldHaveSingleItem().Key.ShouldBe("k3");
    }

    [StoreFact]
    [Trait("spec", "engine/3.5")]
    public async Task History_is_trimmed_only_where_a_snapshot_covers_it()
    {
        for (var i = 1; i <= 4; i++)
        {
            await CommittedAsync(Lane.WithEvent(A, i));
        }

        var shard = Lane.ShardOf(A);
        (await Port.TrimHistoryAsync(A, 3, 10, None)).ShouldBe(0);
        (await Port.FloorAsync(shard.Shard, None)).ShouldBe(0);
        await Store.SaveSnapshotsAsync(Lane.Me, [new SnapshotRow(A, 4, "thing", 1, [1])], None);
        (await Port.TrimHistoryAsync(A, 3, 10, None)).ShouldBe(3);
        (await Port.FloorAsync(shard.Shard, None)).ShouldBe((shard.Epoch << 39) + 3);

        (await ListAsync(Store.HistoryAsync(A, 0, 10, None))).ShouldHaveSingleItem().Sequence.ShouldBe(4);
        (await LoadAsync(A)).Snapshot!.Sequence.ShouldBe(4);
        await CommittedAsync(Lane.WithEvent(A, 5));
    }

    [StoreFact]
    [Trait("spec", "engine/3.5")]
    public async Task An_ended_entity_is_listed_while_more_than_its_last_event_is_kept()
    {
        var due = TestLane.Noon.AddHours(1);
        await CommittedAsync(Lane.WithEvent(A, 1));
        await CommittedAsync(EndOf(A, 2, TestLane.Noon));
        await CommittedAsync(Lane.WithEvent(B, 1));
        await CommittedAsync(Lane.Empty(B) with { EntitiesEnded = [new EntityRow(B, Lane.ShardOf(B).Shard, TestLane.Noon)] });

        (await Port.ListEndedAsync(TestLane.Noon, 10, None)).ShouldBeEmpty();
        (await Port.ListEndedAsync(due, 10, None)).ShouldHaveSingleItem().Entity.ShouldBe(A);
        (await Port.ListEndedAsync(due, 10, None)).ShouldHaveSingleItem().LastSequence.ShouldBe(2, "a look changes nothing");
        await TrimAsync(2);
        (await Port.ListEndedAsync(due, 10, None)).ShouldBeEmpty();

        await CommittedAsync(EndOf(A, 3, TestLane.Noon.AddMinutes(1)));
        (await Port.ListEndedAsync(due, 10, None)).ShouldHaveSingleItem().Entity.ShouldBe(A, "it ended once more");

        async Task TrimAsync(long last)
        {
            await Store.SaveSnapshotsAsync(Lane.Me, [new SnapshotRow(A, last, "thing", 1, [1])], None);
            (await Port.TrimHistoryAsync(A, last - 1, 10, None)).ShouldBe(1);
        }

        CommitBatch EndOf(EntityAddress entity, long sequence, DateTimeOffset at) =>
            Lane.WithEvent(entity, sequence) with { EntitiesEnded = [new EntityRow(entity, Lane.ShardOf(entity).Shard, at)] };
    }

    [StoreFact]
    public async Task Copy_holds_what_was_committed()
    {
        if (!Harness.HasCopies)
        {
            await Should.ThrowAsync<StoreRefusedException>(async () => await Port.BackupAsync("copy.db", None));
            return;
        }

        await CommittedAsync(Lane.WithEvent(A, 1));
        var file = Path.Combine(Path.GetTempPath(), $"gantry-copy-{Guid.NewGuid():N}.db");
        try
        {
            await Port.BackupAsync(file, None);
            new FileInfo(file).Length.ShouldBeGreaterThan(4_096);
            await Should.ThrowAsync<StoreRefusedException>(async () => await Port.BackupAsync(file, None));
            (await Port.CheckAsync(None)).ShouldBeEmpty();
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task ParkAsync(MailRow mail, string reason)
    {
        await CommittedAsync(Lane.Empty(A) with
        {
            Mail = [mail],
            TimersReplaced = mail.TimerName is { } name ? [new TimerKey(mail.To, name)] : [],
        });
        await CommittedAsync(Lane.Empty(mail.To) with
        {
            ConsumedMail = [mail.Id],
            Parked = [new ParkedRow(mail.Id, TestLane.Noon, 4, reason)],
        });
    }
}
