using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Primitives;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Lanes;

public sealed class RunningEngineTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    [Trait("spec", "engine/2.5")]
    public async Task What_was_accepted_is_in_the_view_at_once()
    {
        await using var engine = await EngineHarness.StartAsync(LedgerArea.Module);

        var reply = await engine.MustAsync(LedgerArea.At("a"), new Add(3, "one"));

        reply.Value.ShouldBe(3);
        (await engine.RowAsync(LedgerArea.View, "a"))!.Total.ShouldBe(3);
    }

    [Fact]
    [Trait("spec", "engine/2.4")]
    public async Task A_key_used_again_gets_the_first_reply_also_after_a_restart()
    {
        var store = new MemoryStore(SystemRandomSource.Instance);
        await using (var first = await EngineHarness.StartAsync([LedgerArea.Module], store))
        {
            await first.MustAsync(LedgerArea.At("a"), new Add(3, "one"), key: "k1");
            var again = await first.AskAsync(LedgerArea.At("a"), new Add(3, "one"), key: "k1");
            again.ShouldBe(new Outcome<LedgerTotal>.Accepted(new LedgerTotal(3), 1, IsReplay: true));
        }

        await using var second = await EngineHarness.StartAsync([LedgerArea.Module], store);
        var later = await second.AskAsync(LedgerArea.At("a"), new Add(3, "one"), key: "k1");

        later.ShouldBe(new Outcome<LedgerTotal>.Accepted(new LedgerTotal(3), 1, IsReplay: true));
        (await second.RowAsync(LedgerArea.View, "a"))!.Total.ShouldBe(3);
    }

    [Fact]
    [Trait("spec", "engine/2.4")]
    public async Task A_retry_after_a_restart_gets_its_reply_even_where_the_state_would_now_refuse()
    {
        var store = new MemoryStore(SystemRandomSource.Instance);
        await using (var first = await EngineHarness.StartAsync([LedgerArea.Module], store))
        {
            await first.AskAsync(LedgerArea.At("a"), new Add(3, "one"), key: "k1", expectedGeneration: 0);
        }

        await using var second = await EngineHarness.StartAsync([LedgerArea.Module], store);
        var later = await second.AskAsync(LedgerArea.At("a"), new Add(3, "one"), key: "k1", expectedGeneration: 0);
        var other = await second.AskAsync(LedgerArea.At("a"), new Add(3, "one"), key: "k2", expectedGeneration: 0);

        later.ShouldBe(new Outcome<LedgerTotal>.Accepted(new LedgerTotal(3), 1, IsReplay: true));
        other.ShouldBeOfType<Outcome<LedgerTotal>.Refused>().Why.Kind.ShouldBe(RefusalKind.GenerationMoved);
    }

    [Fact]
    [Trait("spec", "engine/2.4")]
    public async Task A_key_with_another_digest_is_refused()
    {
        await using var engine = await EngineHarness.StartAsync(LedgerArea.Module);
        await engine.AskAsync(LedgerArea.At("a"), new Add(3, "one"), key: "k1", digest: "d1");

        var other = await engine.AskAsync(LedgerArea.At("a"), new Add(4, "one"), key: "k1", digest: "d2");

        other.ShouldBeOfType<Outcome<LedgerTotal>.Refused>().Why.Kind.ShouldBe(RefusalKind.KeyReused);
    }

    [Fact]
    [Trait("spec", "engine/4.3")]
    public async Task Many_commands_at_one_entity_are_all_there_once()
    {
        await using var engine = await EngineHarness.StartAsync(LedgerArea.Module);

        var asked = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => engine.AskAsync(LedgerArea.At("hot"), new Add(1, ""))));

        asked.ShouldAllBe(o => o is Outcome<LedgerTotal>.Accepted);
        asked.Cast<Outcome<LedgerTotal>.Accepted>().Select(a => a.Value.Value).Order().ShouldBe(Enumerable.Range(1, 200).Select(i => (long)i));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [Trait("spec", "engine/4.5")]
    public async Task Mail_takes_effect_once_and_in_order_on_any_number_of_lanes(int lanes)
    {
        await using var engine = await EngineHarness.StartAsync([LedgerArea.Module], null, lanes: lanes);
        var targets = Enumerable.Range(0, 10).Select(i => LedgerArea.At($"to-{i}")).ToList();

        await Task.WhenAll(targets.SelectMany(to => Enumerable.Range(0, 5).Select(async i =>
            await engine.MustAsync(LedgerArea.At("from"), new Send(to, 4)))));
        await engine.QuietAsync();

        foreach (var to in targets)
        {
            var row = await engine.RowAsync(LedgerArea.View, to.Key);
            row!.Total.ShouldBe(20);
            row.Notes.Select(int.Parse).ShouldBeInOrder();
        }
    }

    [Fact]
    [Trait("spec", "engine/2.1")]
    public async Task A_reply_token_brings_the_reply_back_accepted_or_refused()
    {
        await using var engine = await EngineHarness.StartAsync(LedgerArea.Module);

        await engine.MustAsync(LedgerArea.At("from"), new Send(LedgerArea.At("to"), 1, "yes"));
        await engine.MustAsync(LedgerArea.At("from"), new SendNegative(LedgerArea.At("to")));
        await engine.QuietAsync();

        (await engine.RowAsync(LedgerArea.View, "from"))!.Replies.ShouldBe(["yes:True", "token:False"]);
    }

    [Fact]
    [Trait("spec", "engine/2.1")]
    public async Task Of_two_that_claim_a_name_one_gets_it_and_the_other_learns_who()
    {
        await using var engine = await EngineHarness.StartAsync(LedgerArea.Module);

        var both = await Task.WhenAll(
            engine.AskAsync(LedgerArea.At("a"), new TakeName("blue")),
            engine.AskAsync(LedgerArea.At("b"), new TakeName("blue")));

        both.Count(o => o is Outcome<Done>.Accepted).ShouldBe(1);
        var why = both.OfType<Outcome<Done>.Refused>().Single().Why;
        why.Code.ShouldBe("ClaimTaken");
        why.Message.ShouldContain("blue");
        why.Message.ShouldContain("ledger/");
    }

    [Fact]
    [Trait("spec", "engine/3.3")]
    public async Task A_released_name_can_be_taken_by_another_in_the_same_instant()
    {
        await using var engine = await EngineHarness.StartAsync(LedgerArea.Module);
        await engine.MustAsync(LedgerArea.At("a"), new TakeName("blue"));

        var drop = engine.AskAsync(LedgerArea.At("a"), new DropName("blue"));
        var take = engine.AskAsync(LedgerArea.At("b"), new TakeName("blue"));

        (await drop).ShouldBeOfType<Outcome<Done>.Accepted>();
        (await take).ShouldBeOfType<Outcome<Done>.Accepted>();
    }

    [Fact]
    [Trait("spec", "engine/8.1")]
    public async Task A_timer_fires_once_and_a_replaced_or_cancelled_one_never()
    {
        var clock = new VirtualClock(TimeProvider.System.GetUtcNow(), flows: true);
        await using var engine = await EngineHarness.StartAsync([LedgerArea.Module], null, clock);
        var at = LedgerArea.At("a");

        await engine.MustAsync(at, new SetAlarm("x", TimeSpan.FromMinutes(5), 1));
        await engine.MustAsync(at, new SetAlarm("x", TimeSpan.FromMinutes(10), 10));
        await engine.MustAsync(at, new SetAlarm("y", TimeSpan.FromMinutes(5), 100));
        await engine.MustAsync(at, new StopAlarm("y"));
        clock.Advance(TimeSpan.FromMinutes(11));
        await Eventually.HoldsAsync(async () => (await engine.RowAsync(LedgerArea.View, "a"))!.Total > 0, Soon);
        await engine.QuietAsync();

        (await engine.RowAsync(LedgerArea.View, "a"))!.Total.ShouldBe(10);
        ((MemoryStore)engine.Store).AllMail().ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "engine/4.5")]
    public async Task Mail_and_timers_that_were_not_done_are_done_after_a_restart()
    {
        var store = new MemoryStore(SystemRandomSource.Instance);
        await using (var first = await EngineHarness.StartAsync([LedgerArea.Module], store))
        {
            await first.MustAsync(LedgerArea.At("a"), new SetAlarm("x", TimeSpan.FromMilliseconds(300), 5));
            await first.MustAsync(LedgerArea.At("a"), new Send(LedgerArea.At("b"), 2, Delay: TimeSpan.FromMilliseconds(300)));
        }

        await using var second = await EngineHarness.StartAsync([LedgerArea.Module], store);
        await Eventually.HoldsAsync(async () => (await second.RowAsync(LedgerArea.View, "b"))?.Total == 2, Soon);
        await Eventually.HoldsAsync(async () => (await second.RowAsync(LedgerArea.View, "a"))?.Total == 5, Soon);
    }

    [Fact]
    [Trait("spec", "engine/8.2")]
    public async Task An_activity_is_run_again_until_it_is_known_and_its_result_arrives_once()
    {
        var activity = new FlakyActivity();
        await using var engine = await EngineHarness.StartAsync([LedgerArea.Module], null, activities: [activity]);

        await engine.MustAsync(LedgerArea.At("a"), new RunIt("flaky", "t1"));
        await Eventually.HoldsAsync(async () => (await engine.RowAsync(LedgerArea.View, "a"))!.Replies.Length > 0, Soon);
        await engine.QuietAsync();

        (await engine.RowAsync(LedgerArea.View, "a"))!.Replies.ShouldBe(["t1:True"]);
        activity.Runs.ShouldBe(2);
    }

    [Fact]
    [Trait("spec", "engine/8.2")]
    public async Task An_activity_that_this_node_does_not_have_waits_for_one_instead_of_being_refused()
    {
        await using var engine = await EngineHarness.StartAsync(LedgerArea.Module);

        await engine.MustAsync(LedgerArea.At("a"), new RunIt("flaky", "t1"));
        engine.AddActivity(new FlakyActivity());

        await Eventually.HoldsAsync(async () => (await engine.RowAsync(LedgerArea.View, "a"))!.Replies.Length > 0, Soon);
        (await engine.RowAsync(LedgerArea.View, "a"))!.Replies.ShouldBe(["t1:True"]);
    }

    [Fact]
    [Trait("spec", "engine/4.6")]
    public async Task A_decider_that_throws_is_a_bug_of_one_command_only()
    {
        await using var engine = await EngineHarness.StartAsync(LedgerArea.Module);
        await engine.MustAsync(LedgerArea.At("a"), new Add(1, ""));

        var inDecide = await engine.RefusedAsync(LedgerArea.At("a"), new Break(true));
        var inApply = await engine.RefusedAsync(LedgerArea.At("a"), new Break(false));
        var after = await engine.MustAsync(LedgerArea.At("a"), new Add(1, ""));

        inDecide.Kind.ShouldBe(RefusalKind.Bug);
        inApply.Kind.ShouldBe(RefusalKind.Bug);
        after.Value.ShouldBe(2);
    }

    [Fact]
    [Trait("spec", "engine/2.1")]
    public async Task A_decision_above_its_bound_is_refused_and_changes_nothing()
    {
        await using var engine = await EngineHarness.StartAsync(LedgerArea.Module);

        var refusal = await engine.RefusedAsync(LedgerArea.At("a"), new Grow(StorageLimits.BodyBytesMax + 1));
        var fits = await engine.AskAsync(LedgerArea.At("a"), new Grow(1_000));

        refusal.Code.ShouldBe("DecisionTooLarge");
        fits.ShouldBeOfType<Outcome<Done>.Accepted>().Revision.ShouldBe(1);
    }

    [Fact]
    public async Task A_nudge_rings_after_the_commit()
    {
        await using var engine = await EngineHarness.StartAsync(LedgerArea.Module);

        await engine.MustAsync(LedgerArea.At("a"), new Poke("switch/1"));

        // The nudge is volatile and follows the answer: nothing promises that it rings before the caller goes on.
        await Eventually.HoldsAsync(() => engine.Nudges.All.Contains(("pokes", "switch/1")), TimeSpan.FromSeconds(30));
    }

    [Fact]
    [Trait("spec", "engine/3.4")]
    public async Task A_newer_incarnation_ends_the_older_one()
    {
        var store = new MemoryStore(SystemRandomSource.Instance);
        await using var old = await EngineHarness.StartAsync([LedgerArea.Module], store);
        await old.MustAsync(LedgerArea.At("a"), new Add(1, ""));
        await using var young = await EngineHarness.StartAsync([LedgerArea.Module], store);

        var write = await old.AskAsync(LedgerArea.At("a"), new Add(1, ""));
        var refusal = await young.AskAsync(LedgerArea.At("a"), new Add(-1, ""));

        write.ShouldBeOfType<Outcome<LedgerTotal>.Unavailable>();
        refusal.ShouldBeOfType<Outcome<LedgerTotal>.Refused>();
        await old.Engine.Ended.WaitAsync(Soon);
        (await young.RowAsync(LedgerArea.View, "a"))!.Total.ShouldBe(1);
    }

    private sealed class FlakyActivity : IActivity
    {
        public string Name => "flaky";

        public int Runs { get; private set; }

        public ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
        {
            Runs++;
            return Runs == 1
                ? throw new IOException("the wire was cut")
                : ValueTask.FromResult<Reply>(new Reply.Accepted(input));
        }
    }
}
