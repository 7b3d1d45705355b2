using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Actors.Storage;
using Gantry.Engine.Tests.Lanes;
using Gantry.Primitives;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Supervising;

/// <summary>What an operator has of a running engine: metrics, traces, views checked and rebuilt (engine 3.6, 10).</summary>
public sealed class OperatingTests
{
    private static readonly AdminOrder Order = new(new Principal(PrincipalKind.User, "operator"));

    [Fact]
    [Trait("spec", "engine/10.1")]
    public async Task Every_metric_of_the_specification_that_one_node_has_is_there_under_its_name()
    {
        var names = new ConcurrentDictionary<string, byte>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name.StartsWith("Gantry.", StringComparison.Ordinal))
                {
                    names.TryAdd(instrument.Name, 0);
                }
            },
        };
        listener.Start();
        await using var engine = await EngineHarness.StartAsync(LedgerArea.Module);
        await using var host = new ReconcilerHost(
            engine.Commits, TimeProvider.System, SystemRandomSource.Instance,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<ReconcilerHost>.Instance);

        string[] wanted =
        [
            "actors.command.duration", "actors.lane.queue.depth", "actors.lane.queue.age", "actors.commit.duration", "actors.commit.batch.size",
            "actors.commit.bytes", "actors.commit.result", "actors.turn.duration", "actors.entity.active", "actors.entity.loads",
            "actors.entity.load.duration", "actors.entity.quarantined", "actors.mail.backlog", "actors.mail.age", "actors.mail.parked",
            "actors.timer.lateness", "actors.fence.lost", "actors.claim.conflict", "cluster.members", "cluster.shard.owned",
            "reconciler.queue.depth", "reconciler.queue.age", "reconciler.turn.duration", "reconciler.convergence.age", "saga.active",
            "saga.stuck", "store.up", "store.oldest_transaction.age", "store.mail.dead_rows", "gateway.shed",
        ];
        wanted.Except(names.Keys).ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "engine/10.2")]
    public async Task Trace_goes_from_the_ask_over_mail_to_the_event_of_the_next_entity()
    {
        const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        await using var engine = await EngineHarness.StartAsync(LedgerArea.Module);

        await engine.Entities.AskAsync(
            LedgerArea.At("from"),
            new Send(LedgerArea.At("to"), 1, "reply"),
            new AskOptions { Key = new CommandKey("k"), Deadline = TimeSpan.FromSeconds(10), Caller = Principal.Engine, Trace = Trace },
            CancellationToken.None);
        await engine.QuietAsync();

        foreach (var (key, count) in new[] { ("from", 2), ("to", 1) })
        {
            var events = await engine.Engine.EntityAdmin.EventsAsync(LedgerArea.At(key), 0, 10, default);
            events.Length.ShouldBe(count);
            events.ShouldAllBe(e => e.Trace == Trace);
        }
    }

    [Fact]
    [Trait("spec", "engine/3.6")]
    public async Task Damaged_views_are_found_and_rebuilt_from_the_events()
    {
        var store = new MemoryStore(SystemRandomSource.Instance);
        await using var engine = await EngineHarness.StartAsync([LedgerArea.Module], store);
        for (var i = 0; i < 5; i++)
        {
            await engine.MustAsync(LedgerArea.At($"l{i}"), new Add(i + 1, "x"));
            await engine.MustAsync(LedgerArea.At($"l{i}"), new Add(1, "y"));
        }

        var admin = engine.Engine.StoreAdmin;
        (await admin.CheckViewsAsync(null, default)).IsClean.ShouldBeTrue();
        await store.Maintenance.ReplaceViewRowsAsync(LedgerArea.At("l1"), 2, [new("ledgers", "l1")], [], default);
        await store.Maintenance.ReplaceViewRowsAsync(
            LedgerArea.At("l2"), 2, [], [Row("l2", "l2", 1), Row("l2", "stranger", 2)], default);

        await store.Maintenance.ReplaceViewRowsAsync(LedgerArea.At("nobody"), 0, [], [Row("nobody", "nobody", 1)], default);

        var found = await admin.CheckViewsAsync("ledgers", default);
        found.FindingCount.ShouldBe(4);
        found.Findings.ShouldContain("ledger/nobody has no events, but 1 rows, as ledgers nobody");
        found.Findings.ShouldContain("ledgers l1 of ledger/l1 is missing");
        found.Findings.ShouldContain("ledgers stranger of ledger/l2 should not be there");
        (await admin.RebuildViewsAsync("ledgers", Order with { IsDryRun = true }, default)).FindingCount.ShouldBe(4);
        (await admin.RebuildViewsAsync("ledgers", Order, default)).IsClean.ShouldBeTrue();

        (await admin.CheckViewsAsync(null, default)).IsClean.ShouldBeTrue();
        (await engine.RowAsync(LedgerArea.View, "l2"))!.Total.ShouldBe(4);
        (await admin.VerifyAsync(default)).ShouldSatisfyAllConditions(r => r.IsClean.ShouldBeTrue(), r => r.Entities.ShouldBe(5));
        (await admin.TailAsync(3, default)).Length.ShouldBe(3);
        (await admin.ShowAsync(default)).Rows["entity"].ShouldBe(5);
    }

    [Fact]
    [Trait("spec", "engine/3.6")]
    public async Task View_row_that_is_whole_but_stands_under_a_wrong_column_is_found_and_mended()
    {
        var store = new MemoryStore(SystemRandomSource.Instance);
        await using var engine = await EngineHarness.StartAsync([LedgerArea.Module], store);
        await engine.MustAsync(LedgerArea.At("right"), new Add(7, "x"));
        await engine.MustAsync(LedgerArea.At("wrong"), new Add(7, "x"));
        var row = (await store.Maintenance.ListViewRowsAsync(LedgerArea.View, null, 10, default)).Single(r => r.Key == "wrong");
        row.Columns.ShouldBe(["", 7L]);
        var damaged = new ViewRowOp(LedgerArea.View, row.Key, row.Entity, default, row.Revision, ["", 8L], row.Document);
        (await store.Maintenance.ReplaceViewRowsAsync(row.Entity, row.Revision, [], [damaged], default)).ShouldBeTrue();
        var admin = engine.Engine.StoreAdmin;
        var sevens = new ViewQuery<LedgerRow>(LedgerArea.View).WhereEqual("total", 7);
        (await engine.Views.ListAsync(sevens, default)).ShouldHaveSingleItem().Key.ShouldBe("right");

        (await admin.CheckViewsAsync(null, default)).Findings
            .ShouldBe(["ledgers wrong of ledger/wrong is found under another total than its document has"]);
        (await admin.RebuildViewsAsync(null, Order, default)).IsClean.ShouldBeTrue();

        (await admin.CheckViewsAsync(null, default)).IsClean.ShouldBeTrue();
        (await engine.Views.ListAsync(sevens, default)).Length.ShouldBe(2);
    }

    [Fact]
    [Trait("spec", "engine/2.5")]
    public async Task State_of_an_entity_is_shown_although_its_snapshot_is_damaged_or_of_a_former_shape()
    {
        await using var store = new MemoryStore(SystemRandomSource.Instance);
        await using (var first = await EngineHarness.StartAsync([LedgerArea.Module], store))
        {
            await first.MustAsync(LedgerArea.At("damaged"), new Add(3, "x"));
            await first.MustAsync(LedgerArea.At("former"), new Add(3, "x"));
        }

        var between = new Incarnation(SystemRandomSource.Instance.NewGuid());
        await store.JoinAsync(between, "n", 1, default);
        await store.SaveSnapshotsAsync(
            between,
            [
                new SnapshotRow(LedgerArea.At("damaged"), 1, "test.ledger", 1, [1]) { Damage = "flipped" },
                new SnapshotRow(LedgerArea.At("former"), 1, "test.former-ledger", 1, "{}"u8.ToArray()),
            ],
            default);
        await using var engine = await EngineHarness.StartAsync([LedgerArea.Module], store);

        foreach (var key in new[] { "damaged", "former" })
        {
            var state = (await engine.Engine.EntityAdmin.StateAsync(LedgerArea.At(key), default)).ShouldNotBeNull();
            (state.Revision, state.Tag).ShouldBe((1, "test.ledger"));
        }

        (await engine.Engine.StoreAdmin.VerifyAsync(default)).IsClean.ShouldBeTrue();
    }

    [Fact]
    [Trait("spec", "engine/3.5")]
    public async Task Kind_that_keeps_few_events_is_loaded_from_its_snapshot_and_its_views_are_left_alone()
    {
        var store = new MemoryStore(SystemRandomSource.Instance);
        var kind = EntityKind.Define<LedgerDecider, LedgerState, LedgerCommand, LedgerEvent>("ledger", k => k
            .View((self, _, _, after) => [LedgerArea.View.Upsert(self.Key, new LedgerRow(after.Name, after.Total, after.Notes, after.Replies))])
            .SnapshotEvery(10)
            .Trim(keep: 3));
        var module = LedgerArea.Module with { Kinds = [kind] };
        await using (var first = await EngineHarness.StartAsync([module], store))
        {
            for (var i = 0; i < 25; i++)
            {
                await first.MustAsync(LedgerArea.At("a"), new Add(1, ""));
            }

            await Eventually.HoldsAsync(
                async () => (await first.Engine.EntityAdmin.EventsAsync(LedgerArea.At("a"), 0, 100, default))[0].Sequence == 18,
                TimeSpan.FromSeconds(60));
        }

        await using var engine = await EngineHarness.StartAsync([module], store);
        (await engine.MustAsync(LedgerArea.At("a"), new Add(1, ""))).Value.ShouldBe(26);
        (await engine.Engine.EntityAdmin.ReloadAsync(LedgerArea.At("a"), Order, default)).IsDone.ShouldBeTrue();
        (await engine.MustAsync(LedgerArea.At("a"), new Add(1, ""))).Value.ShouldBe(27);
        (await engine.Engine.StoreAdmin.RebuildViewsAsync(null, Order, default)).IsClean.ShouldBeTrue();
        (await engine.RowAsync(LedgerArea.View, "a"))!.Total.ShouldBe(27);
    }

    [Fact]
    [Trait("spec", "engine/9")]
    public async Task Node_with_too_many_bytes_in_flight_says_overloaded()
    {
        await using var engine = await EngineHarness.StartAsync(LedgerArea.Module);
        var options = new AskOptions
        {
            Key = new CommandKey("big"),
            Deadline = TimeSpan.FromSeconds(10),
            Caller = Principal.Engine,
            Bytes = (128 * 1024 * 1024) + 1,
        };

        var outcome = await engine.Entities.AskAsync(LedgerArea.At("a"), new Add(1, ""), options, CancellationToken.None);

        outcome.ShouldBeOfType<Outcome<LedgerTotal>.Overloaded>().RetryAfter.ShouldBeGreaterThan(TimeSpan.FromSeconds(0.7));
        await engine.MustAsync(LedgerArea.At("a"), new Add(1, ""));
    }

    [Fact]
    [Trait("spec", "engine/8.2")]
    public async Task Activity_is_given_the_patience_it_was_asked_with_and_run_again_past_it()
    {
        var slow = new Slow();
        await using var engine = await EngineHarness.StartAsync([LedgerArea.Module], null, activities: [slow]);

        await engine.MustAsync(LedgerArea.At("a"), new RunIt("slow", "t1", TimeSpan.FromMilliseconds(200)));
        await engine.QuietAsync();

        slow.Runs.ShouldBe(2);
        (await engine.RowAsync(LedgerArea.View, "a"))!.Replies.ShouldBe(["t1:True"]);
    }

    private static ViewRowOp Row(string ledger, string key, long revision) => new(
        LedgerArea.View, key, LedgerArea.At(ledger), ShardId.Of(LedgerArea.At(ledger), ShardId.DefaultCount), revision, ["", 0L], "{}"u8.ToArray());

    private sealed class Slow : IActivity
    {
        public string Name => "slow";

        public int Runs { get; private set; }

        public async ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
        {
            if (++Runs == 1)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
            }

            return new Reply.Accepted(input);
        }
    }
}
