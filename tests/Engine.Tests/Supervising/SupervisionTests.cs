using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Actors.Storage;
using Gantry.Engine.Tests.Lanes;
using Gantry.Primitives;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Supervising;

/// <summary>Poison of every sort on a running engine (engine 4.6, 6): the entity is isolated, everything else goes on.</summary>
[Trait("spec", "engine/6")]
public sealed class SupervisionTests : IDisposable
{
    private static readonly AdminOrder Order = new(new Principal(PrincipalKind.User, "operator"));
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly MemoryStore _store = new(SystemRandomSource.Instance);
    private readonly string _key = SystemRandomSource.Instance.NewGuid().ToString("N");

    public SupervisionTests() => TroubleDecider.LetGo.Reset();

    private EntityAddress Bad => TroubleArea.At(_key);

    public void Dispose() => TroubleDecider.LetGo.Set();

    [Theory]
    [InlineData("decide")]
    [InlineData("apply")]
    [InlineData("view")]
    public async Task Nine_commands_that_throw_are_refused_and_quarantine_the_entity_alone(string where)
    {
        await using var engine = await EngineHarness.StartAsync([TroubleArea.Module], _store);
        await engine.MustAsync(Bad, new Calm());

        for (var i = 0; i < 8; i++)
        {
            await Eventually.HoldsAsync(async () => (await engine.Engine.EntityAdmin.ShowAsync(Bad, default))!.Phase == "live", Soon);
            (await engine.RefusedAsync(Bad, new Provoke(where, "throw"))).Kind.ShouldBe(RefusalKind.Bug);
            (await engine.MustAsync(TroubleArea.At("calm"), new Calm())).Count.ShouldBe(i + 1);
        }

        (await engine.MustAsync(Bad, new Calm())).Count.ShouldBe(2);
        await engine.AskAsync(Bad, new Provoke(where, "throw"));

        (await engine.AskAsync(Bad, new Calm())).ShouldBeOfType<Outcome<Calmed>.Unavailable>();
        engine.Engine.EntityAdmin.Quarantined().ShouldHaveSingleItem().Entity.ShouldBe(Bad);
        (await engine.MustAsync(TroubleArea.At("calm"), new Calm())).Count.ShouldBe(9);
    }

    [Fact]
    public async Task Row_of_another_entity_is_refused_as_a_bug_and_the_batch_goes_on_without_it()
    {
        await using var engine = await EngineHarness.StartAsync([TroubleArea.Module], _store);
        await engine.MustAsync(TroubleArea.At("calm"), new Calm());

        var asks = Enumerable.Range(0, 20).Select(i => engine.AskAsync(TroubleArea.At($"{_key}-{i}"), new Calm())).ToList();
        var bad = engine.AskAsync(Bad, new Provoke("view", "foreign"));

        (await bad).ShouldBeOfType<Outcome<Done>.Refused>().Why.Kind.ShouldBe(RefusalKind.Bug);
        (await Task.WhenAll(asks)).ShouldAllBe(o => o is Outcome<Calmed>.Accepted);
    }

    [Fact]
    public async Task Message_that_throws_is_parked_after_three_more_tries_and_what_follows_it_is_delivered()
    {
        await using var engine = await EngineHarness.StartAsync([TroubleArea.Module], _store);

        await engine.MustAsync(TroubleArea.At("sender"), new Post(Bad, [new Provoke("decide", "throw"), new Calm()]));

        await Eventually.HoldsAsync(async () => (await engine.RowAsync(TroubleArea.View, _key))?.Count == 1, Soon);
        var parked = (await engine.Engine.MailAdmin.ListAsync(new MailQuestion(), default)).ShouldHaveSingleItem();
        parked.To.ShouldBe(Bad);
        parked.From.ShouldBe(TroubleArea.At("sender"));
        parked.Attempts.ShouldBe(4);
        parked.Reason!.ShouldContain("trouble");

        (await engine.Engine.MailAdmin.DropAsync([parked.Id], Order, default)).IsDone.ShouldBeTrue();
        (await engine.Engine.MailAdmin.ListAsync(new MailQuestion(), default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Released_entity_gets_the_mail_of_its_quarantine_in_order()
    {
        await using var engine = await EngineHarness.StartAsync([TroubleArea.Module], _store);
        await engine.MustAsync(Bad, new Calm());
        await QuarantineAsync(engine);
        await engine.MustAsync(TroubleArea.At("sender"), new Post(Bad, [new Calm(), new Calm(), new Calm()]));
        await Eventually.HoldsAsync(async () => (await engine.Engine.EntityAdmin.ShowAsync(Bad, default))!.Parked == 3, Soon);

        var dry = await engine.Engine.EntityAdmin.ReleaseAsync(Bad, Order with { IsDryRun = true }, default);
        dry.IsDone.ShouldBeFalse();
        dry.Effects[1].ShouldBe("3 parked messages come back in their order");
        (await engine.Engine.EntityAdmin.ReleaseAsync(Bad, Order, default)).IsDone.ShouldBeTrue();

        await Eventually.HoldsAsync(async () => (await engine.RowAsync(TroubleArea.View, _key))?.Count == 4, Soon);
        engine.Engine.EntityAdmin.Quarantined().ShouldBeEmpty();
        (await engine.Engine.EntityAdmin.ReleaseAsync(Bad, Order, default)).Why!.Code.ShouldBe("EntityNotQuarantined");
    }

    [Fact]
    public async Task Released_entity_gets_more_mail_than_one_page_back_and_none_is_parked_again()
    {
        await using var engine = await EngineHarness.StartAsync([TroubleArea.Module], _store);
        await engine.MustAsync(Bad, new Calm());
        await QuarantineAsync(engine);
        for (var i = 0; i < 9; i++)
        {
            await engine.MustAsync(TroubleArea.At("sender"), new Post(Bad, [.. Enumerable.Repeat(new Calm(), 60)]));
        }

        await Eventually.HoldsAsync(async () => (await engine.Engine.EntityAdmin.ShowAsync(Bad, default))!.Parked == 540, Soon);
        await engine.QuietAsync();
        var released = await engine.Engine.EntityAdmin.ReleaseAsync(Bad, Order, default);

        released.Effects[1].ShouldBe("540 parked messages came back");
        await Eventually.HoldsAsync(async () => (await engine.RowAsync(TroubleArea.View, _key))?.Count == 541, Soon);
        (await engine.Engine.EntityAdmin.ShowAsync(Bad, default))!.Parked.ShouldBe(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Activity_that_does_not_hear_its_cancellation_keeps_nobody_from_joining_anew(bool holdsItsThread)
    {
        var store = new LyingStore(_store);
        using var letGo = new ManualResetEventSlim();
        var deaf = new DeafActivity(letGo, holdsItsThread);
        await using var engine = await EngineHarness.StartAsync([LedgerArea.Module], store, activities: [deaf]);
        await engine.MustAsync(LedgerArea.At("a"), new RunIt("deaf", "t"));
        await Eventually.HoldsAsync(() => deaf.Runs == 1, Soon);

        (store.Lie, store.Lies) = (new CommitResult.Fenced(FenceReason.BatchNumber, "so says the store"), 1);
        await engine.AskAsync(LedgerArea.At("b"), new Add(1, ""));

        await Eventually.HoldsAsync(() => engine.Engine.State == EngineState.Running && engine.Engine.Rejoins == 1, Soon, () => engine.Engine.Standing);
        await Eventually.HoldsAsync(() => deaf.Runs == 2, Soon, () => deaf.Runs);
        letGo.Set();
        await Eventually.HoldsAsync(async () => (await engine.RowAsync(LedgerArea.View, "a"))?.Replies.Length == 1, Soon);
    }

    private sealed class DeafActivity(ManualResetEventSlim letGo, bool holdsItsThread) : IActivity
    {
        private int _runs;

        public string Name => "deaf";

        public int Runs => Volatile.Read(ref _runs);

        public async ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
        {
            Interlocked.Increment(ref _runs);
            if (holdsItsThread)
            {
                letGo.Wait(CancellationToken.None);
            }
            else
            {
                await Task.Run(() => letGo.Wait(CancellationToken.None), CancellationToken.None);
            }

            return new Reply.Accepted(new LedgerTotal(1));
        }
    }

    [Theory]
    [InlineData("decide")]
    [InlineData("apply")]
    [InlineData("view")]
    public async Task Cancellation_thrown_by_code_is_a_bug_like_any_other(string where)
    {
        await using var engine = await EngineHarness.StartAsync([TroubleArea.Module], _store);

        (await engine.RefusedAsync(Bad, new Provoke(where, "cancel"))).Kind.ShouldBe(RefusalKind.Bug);
        (await engine.MustAsync(Bad, new Calm())).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("throw")]
    [InlineData("cancel")]
    [Trait("spec", "engine/2.6")]
    public async Task Event_that_cannot_be_applied_at_a_load_quarantines_its_entity_until_the_code_is_mended(string how)
    {
        await using (var first = await EngineHarness.StartAsync([TroubleArea.Module], _store))
        {
            TroubleDecider.Mended = TroubleDecider.Mended.Add(_key);
            await first.MustAsync(Bad, new Provoke("apply", how));
        }

        TroubleDecider.Mended = TroubleDecider.Mended.Remove(_key);
        await using var engine = await EngineHarness.StartAsync([TroubleArea.Module], _store);
        (await engine.AskAsync(Bad, new Calm())).ShouldBeOfType<Outcome<Calmed>.Unavailable>();
        (await engine.MustAsync(TroubleArea.At("calm"), new Calm())).Count.ShouldBe(1);

        TroubleDecider.Mended = TroubleDecider.Mended.Add(_key);
        await engine.Engine.EntityAdmin.ReleaseAsync(Bad, Order, default);

        (await engine.MustAsync(Bad, new Calm())).Count.ShouldBe(2);
    }

    [Fact]
    [Trait("spec", "engine/3.5")]
    public async Task Snapshot_that_cannot_be_read_quarantines_and_a_release_reads_the_events_instead()
    {
        var joining = new Incarnation(SystemRandomSource.Instance.NewGuid());
        await using (var first = await EngineHarness.StartAsync([TroubleArea.Module], _store))
        {
            await first.MustAsync(Bad, new Calm());
        }

        await _store.JoinAsync(joining, "n", 1, default);
        await _store.SaveSnapshotsAsync(joining, [new SnapshotRow(Bad, 1, "trouble.state", 1, [1, 2, 3])], default);
        await using var engine = await EngineHarness.StartAsync([TroubleArea.Module], _store);
        (await engine.AskAsync(Bad, new Calm())).ShouldBeOfType<Outcome<Calmed>.Unavailable>();

        await engine.Engine.EntityAdmin.ReleaseAsync(Bad, Order, default);

        (await engine.MustAsync(Bad, new Calm())).Count.ShouldBe(2);
    }

    [Fact]
    [Trait("spec", "engine/4.4")]
    public async Task Projection_that_hangs_isolates_its_entity_and_the_batch_goes_on()
    {
        await using var engine = await EngineHarness.StartAsync([TroubleArea.Module], _store);

        var bad = engine.AskAsync(Bad, new Provoke("view", "hang"));
        var good = engine.AskAsync(TroubleArea.At("calm"), new Calm());

        (await bad).ShouldBeOfType<Outcome<Done>.Refused>().Why.Kind.ShouldBe(RefusalKind.Bug);
        (await good).ShouldBeOfType<Outcome<Calmed>.Accepted>();
        engine.Engine.EntityAdmin.Quarantined().ShouldHaveSingleItem().Why.ShouldStartWith("HANGS");
        engine.Engine.Rejoins.ShouldBe(0);
    }

    [Fact]
    [Trait("spec", "engine/4.4")]
    public async Task Event_that_hangs_at_a_load_isolates_its_entity_and_those_loaded_with_it_go_on()
    {
        await using (var first = await EngineHarness.StartAsync([TroubleArea.Module], _store))
        {
            TroubleDecider.Mended = TroubleDecider.Mended.Add(_key);
            await first.MustAsync(Bad, new Provoke("apply", "hang"));
        }

        TroubleDecider.Mended = TroubleDecider.Mended.Remove(_key);
        await using var engine = await EngineHarness.StartAsync([TroubleArea.Module], _store);

        var bad = engine.AskAsync(Bad, new Calm());
        var good = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => engine.AskAsync(TroubleArea.At($"{_key}-{i}"), new Calm())));

        (await bad).ShouldBeOfType<Outcome<Calmed>.Unavailable>();
        good.ShouldAllBe(o => o is Outcome<Calmed>.Accepted);
        engine.Engine.Rejoins.ShouldBe(0);
    }

    [Fact]
    [Trait("spec", "engine/4.4")]
    public async Task Decision_that_hangs_ends_the_incarnation_and_the_second_time_the_entity_is_quarantined()
    {
        await using var engine = await EngineHarness.StartAsync([TroubleArea.Module], _store);
        await engine.MustAsync(TroubleArea.At("calm"), new Calm());

        for (var i = 1; i <= 2; i++)
        {
            var bad = engine.AskAsync(Bad, new Provoke("decide", "hang"), deadline: TimeSpan.FromSeconds(3));
            await Eventually.HoldsAsync(() => engine.Engine.Rejoins == i, Soon, () => engine.Engine.Standing);
            (await bad).ShouldBeOfType<Outcome<Done>.Unknown>();
            (await engine.MustAsync(TroubleArea.At("calm"), new Calm())).Count.ShouldBe(i + 1);
        }

        (await engine.AskAsync(Bad, new Provoke("decide", "hang"))).ShouldBeOfType<Outcome<Done>.Unavailable>();
        var suspects = await engine.Engine.EntityAdmin.SuspectsAsync(DateTimeOffset.MinValue, default);
        suspects.Select(s => (s.Entity, s.Tag)).ShouldBe([(Bad, nameof(Provoke)), (Bad, nameof(Provoke))]);
        engine.Engine.State.ShouldBe(EngineState.Running);

        TroubleDecider.Mended = TroubleDecider.Mended.Add(_key);
        await engine.Engine.EntityAdmin.ReleaseAsync(Bad, Order, default);
        (await engine.MustAsync(Bad, new Calm())).Count.ShouldBe(1);
    }

    [Fact]
    [Trait("spec", "engine/4.6")]
    public async Task Message_that_outlives_five_owners_runs_alone_and_one_that_ends_two_more_isolates_its_receiver()
    {
        var sender = TroubleArea.At("sender");
        await using (var first = await EngineHarness.StartAsync([TroubleArea.Module], _store))
        {
            await first.MustAsync(sender, new Post(Bad, [new Provoke("decide", "hang"), new Calm()]));
            await Eventually.HoldsAsync(() => first.Engine.Rejoins == 1, Soon);
        }

        // The process that decides it dies, again and again: here its lane is left hanging.
        for (var i = 0; i < 4 && _store.AllMail().Count == 2; i++)
        {
            await using var next = await EngineHarness.StartAsync([TroubleArea.Module], _store);
            await next.MustAsync(TroubleArea.At("calm"), new Calm());
            await Eventually.HoldsAsync(() => next.Engine.Rejoins == 1 || _store.AllMail().Count < 2, Soon);
        }

        await using var engine = await EngineHarness.StartAsync([TroubleArea.Module], _store);
        await Eventually.HoldsAsync(() => _store.AllMail().Count == 0, Soon);
        engine.Engine.EntityAdmin.Quarantined().ShouldHaveSingleItem().Why.ShouldStartWith("SUSPECT");
        _store.AllParked().Count.ShouldBe(2);
    }

    [Fact]
    public async Task Reloaded_entity_is_read_from_its_events_alone()
    {
        await using var engine = await EngineHarness.StartAsync([TroubleArea.Module], _store);
        await engine.MustAsync(Bad, new Calm());

        (await engine.Engine.EntityAdmin.ReloadAsync(Bad, Order, default)).IsDone.ShouldBeTrue();

        (await engine.MustAsync(Bad, new Calm())).Count.ShouldBe(2);
        (await engine.Engine.EntityAdmin.StateAsync(Bad, default))!.Json.ShouldBe("""{"count":2}""");
        (await engine.Engine.EntityAdmin.EventsAsync(Bad, 1, 10, default)).ShouldHaveSingleItem().Tag.ShouldBe("trouble.counted");
    }

    private async Task QuarantineAsync(EngineHarness engine)
    {
        for (var i = 0; i < 9; i++)
        {
            await Eventually.HoldsAsync(async () => (await engine.Engine.EntityAdmin.ShowAsync(Bad, default))!.Phase == "live", Soon);
            await engine.AskAsync(Bad, new Provoke("decide", "throw"));
        }
    }
}
