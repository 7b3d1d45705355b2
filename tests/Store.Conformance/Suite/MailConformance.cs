using Gantry.Actors;
using Gantry.Actors.Storage;
using Shouldly;
using Xunit;

namespace Gantry.Store.Conformance;

/// <summary>Messages and timers: written with the sender's batch, gone with the receiver's.</summary>
[Trait("spec", "engine/11.2")]
public abstract class MailConformance<THarness> : StoreSuite<THarness> where THarness : StoreHarness, new()
{
    private static readonly EntityAddress A = TestLane.Thing("a");
    private static readonly EntityAddress B = TestLane.Thing("b");

    [StoreFact]
    public async Task Mail_is_scanned_by_due_time_source_and_position()
    {
        var late = Lane.Mail(A, B, TestLane.Noon.AddMinutes(2));
        var soon = Lane.Mail(A, B, TestLane.Noon.AddMinutes(1), "soon");
        var first = Lane.Mail(A, B);
        var second = Lane.Mail(A, A);
        await CommittedAsync(Lane.Empty(A) with { Mail = [late, second, soon, first] });

        (await ScanAsync()).Select(Same.Text).ShouldBe(new[] { first, second, soon, late }.Select(Same.Text));
        (await ScanAsync(TestLane.Noon)).Select(m => m.Id).ShouldBe([first.Id, second.Id]);
        (await ScanAsync(TestLane.Noon.AddMinutes(1))).Count.ShouldBe(3);
        (await ScanAsync(max: 1)).Single().Id.ShouldBe(first.Id);
    }

    [StoreFact]
    public async Task Only_mail_of_the_shards_asked_is_scanned()
    {
        await CommittedAsync(Lane.Empty(A) with { Mail = [Lane.Mail(A, A), Lane.Mail(A, TestLane.Thing("c"))] });
        var shard = Lane.ShardOf(A).Shard;
        ShardId.Of(TestLane.Thing("c"), TestLane.ShardCount).ShouldNotBe(shard);

        (await ListAsync(Store.ScanMailAsync([shard], DateTimeOffset.MaxValue, 10, None))).Single().To.ShouldBe(A);
        (await ListAsync(Store.ScanMailAsync([], DateTimeOffset.MaxValue, 10, None))).ShouldBeEmpty();
    }

    [StoreFact]
    public async Task A_message_is_consumed_once()
    {
        var mail = Lane.Mail(A, B);
        await CommittedAsync(Lane.Empty(A) with { Mail = [mail] });
        await CommittedAsync(Lane.WithEvent(B, 1) with { ConsumedMail = [mail.Id] });

        var again = await Lane.CommitAsync(Lane.WithEvent(B, 2) with { ConsumedMail = [mail.Id] });

        again.ShouldBeOfType<CommitResult.Losers>().GoneMail.ShouldBe([mail.Id]);
        (await ScanAsync()).ShouldBeEmpty();
        (await LoadAsync(B)).Events.Count.ShouldBe(1);
    }

    [StoreFact]
    public async Task A_timer_set_again_replaces_the_one_of_its_name()
    {
        var first = Lane.Mail(A, A, TestLane.Noon, "t");
        await CommittedAsync(Lane.Empty(A) with { Mail = [first], TimersReplaced = [new TimerKey(A, "t")] });
        var other = Lane.Mail(A, A, TestLane.Noon, "u");
        var second = Lane.Mail(A, A, TestLane.Noon.AddHours(1), "t");

        await CommittedAsync(Lane.Empty(A) with { Mail = [second, other], TimersReplaced = [new TimerKey(A, "t"), new TimerKey(A, "u")] });

        (await ScanAsync()).Select(m => m.Id).ShouldBe([other.Id, second.Id]);
        (await Lane.CommitAsync(Lane.Empty(A) with { ConsumedMail = [first.Id] })).ShouldBeOfType<CommitResult.Losers>();
    }

    [StoreFact]
    public async Task A_cancelled_timer_is_gone_and_cancelling_nothing_is_fine()
    {
        await CommittedAsync(Lane.Empty(A) with { Mail = [Lane.Mail(A, A, TestLane.Noon, "t")], TimersReplaced = [new TimerKey(A, "t")] });
        await CommittedAsync(Lane.Empty(A) with { TimersReplaced = [new TimerKey(A, "t"), new TimerKey(A, "never"), new TimerKey(B, "t")] });

        (await ScanAsync()).ShouldBeEmpty();
    }

    [StoreFact]
    public async Task The_timer_of_a_fired_name_can_be_set_in_the_batch_that_consumes_it()
    {
        var first = Lane.Mail(A, A, TestLane.Noon, "t");
        await CommittedAsync(Lane.Empty(A) with { Mail = [first] });
        var next = Lane.Mail(A, A, TestLane.Noon.AddHours(1), "t");

        await CommittedAsync(Lane.Empty(A) with { ConsumedMail = [first.Id], Mail = [next], TimersReplaced = [new TimerKey(A, "t")] });

        (await ScanAsync()).Single().Id.ShouldBe(next.Id);
    }

    [StoreFact]
    public async Task A_parked_message_leaves_the_mail()
    {
        var mail = Lane.Mail(A, B);
        await CommittedAsync(Lane.Empty(A) with { Mail = [mail] });

        await CommittedAsync(Lane.Empty(B) with
        {
            ConsumedMail = [mail.Id],
            Parked = [new ParkedRow(mail.Id, TestLane.Noon, 3, "it throws")],
        });

        (await ScanAsync()).ShouldBeEmpty();
        (await Lane.CommitAsync(Lane.Empty(B) with { ConsumedMail = [mail.Id] })).ShouldBeOfType<CommitResult.Losers>();
    }

    [StoreFact]
    public async Task Joining_counts_a_load_of_every_message()
    {
        await CommittedAsync(Lane.Empty(A) with { Mail = [Lane.Mail(A, B)] });
        await TestLane.JoinAsync(Store);
        await TestLane.JoinAsync(Store);

        (await ScanAsync()).Single().Loads.ShouldBe(2);
    }
}
