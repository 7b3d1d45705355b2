using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Engine.Tests.Lanes;
using Gantry.Primitives;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Supervising;

/// <summary>What a running engine forgets by itself, and when (engine 3.5).</summary>
[Trait("spec", "engine/3.5")]
public sealed class RetentionTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static readonly EntityKind Brief = EntityKind.Define<LedgerDecider, LedgerState, LedgerCommand, LedgerEvent>(
        "brief", k => k.EndsWhen(s => s.Name.StartsWith("over", StringComparison.Ordinal)).OnReply((token, reply) => new Replied(token, reply)));

    private static readonly EntityKind Patient = EntityKind.Define<LedgerDecider, LedgerState, LedgerCommand, LedgerEvent>(
        "patient", k => k.ReceiptsFor(TimeSpan.FromHours(48)).OnReply((token, reply) => new Replied(token, reply)));

    private static readonly AreaModule Area = LedgerArea.Module with { Kinds = [LedgerArea.Kind, Brief, Patient] };

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Receipts_go_after_a_day_and_younger_ones_stay()
    {
        var time = new LeapingTime();
        await using var engine = await EngineHarness.StartAsync([Area], null, time);
        await engine.MustAsync(LedgerArea.At("a"), new Add(1, "old"), key: "old");
        var patient = new EntityAddress("patient", "a");
        await engine.MustAsync(patient, new Add(1, "old"), key: "old");
        await LeapAsync(engine, time, TimeSpan.FromHours(20));
        await engine.MustAsync(LedgerArea.At("a"), new Add(1, "young"), key: "young");

        await LeapAsync(engine, time, TimeSpan.FromHours(4.1));

        await Eventually.HoldsAsync(async () => await engine.Store.FindReceiptAsync(LedgerArea.At("a"), "old", None) is null, Soon);
        (await engine.Store.FindReceiptAsync(LedgerArea.At("a"), "young", None)).ShouldNotBeNull();
        (await engine.Store.FindReceiptAsync(patient, "old", None)).ShouldNotBeNull("its kind keeps them for two days");
    }

    [Fact]
    public async Task Dead_letters_go_after_90_days_and_younger_ones_stay()
    {
        var time = new LeapingTime();
        await using var engine = await EngineHarness.StartAsync([Area], null, time);
        await ParkAsync(engine, time, "old");
        await LeapAsync(engine, time, TimeSpan.FromDays(80));
        await ParkAsync(engine, time, "young");

        await LeapAsync(engine, time, TimeSpan.FromDays(10.1));

        await Eventually.HoldsAsync(async () => await ParkedAsync(engine, "old") == 0, Soon);
        (await ParkedAsync(engine, "young")).ShouldBe(1);
    }

    [Fact]
    public async Task An_entity_that_ended_30_days_ago_keeps_its_last_event_and_its_state()
    {
        var time = new LeapingTime();
        await using var engine = await EngineHarness.StartAsync([Area], null, time);
        await EndAsync(engine, "old");
        await LeapAsync(engine, time, TimeSpan.FromDays(25));
        await EndAsync(engine, "young");
        await engine.MustAsync(LedgerArea.At("alive"), new Add(1, "first"));
        await engine.MustAsync(LedgerArea.At("alive"), new Add(1, "second"));

        await LeapAsync(engine, time, TimeSpan.FromDays(5.1));

        await Eventually.HoldsAsync(async () => (await HistoryAsync(engine, At("old"))).Count == 1, Soon);
        (await HistoryAsync(engine, At("old"))).ShouldBe([4]);
        (await HistoryAsync(engine, At("young"))).ShouldBe([1, 2, 3, 4]);
        (await HistoryAsync(engine, LedgerArea.At("alive"))).ShouldBe([1, 2]);
        await using var later = await EngineHarness.StartAsync([Area], engine.Store, time);
        (await later.MustAsync(At("old"), new Add(0, ""))).Value.ShouldBe(3);
    }

    [Fact]
    public async Task Ended_entity_is_trimmed_only_behind_a_snapshot_that_can_be_read_and_stops_no_other()
    {
        await using var store = new MemoryStore(SystemRandomSource.Instance);
        var time = new LeapingTime();
        string[] all = ["a-unreadable", "damaged", "former", "without"];
        await using (var engine = await EngineHarness.StartAsync([Area], store, time))
        {
            foreach (var key in all)
            {
                await EndAsync(engine, key);
            }
        }

        var between = new Incarnation(SystemRandomSource.Instance.NewGuid());
        await store.JoinAsync(between, "n", 1, None);
        await store.SaveSnapshotsAsync(
            between,
            [
                new SnapshotRow(At("a-unreadable"), 4, "test.ledger", 1, [1, 2, 3]),
                new SnapshotRow(At("damaged"), 4, "test.ledger", 1, [1]) { Damage = "flipped" },
                new SnapshotRow(At("former"), 4, "test.former-ledger", 1, "{}"u8.ToArray()),
            ],
            None);
        time.Leap(TimeSpan.FromDays(30.1));

        await using var later = await EngineHarness.StartAsync([Area], store, time);

        foreach (var key in all[1..])
        {
            await Eventually.HoldsAsync(async () => (await HistoryAsync(later, At(key))).Count == 1, Soon);
            (await later.MustAsync(At(key), new Add(0, ""))).Value.ShouldBe(3);
        }

        (await HistoryAsync(later, At("a-unreadable"))).ShouldBe([1, 2, 3, 4], "nothing else can tell its state");
    }

    [Fact]
    [Trait("spec", "engine/10.4")]
    public async Task Journal_verify_tells_events_that_were_trimmed_from_events_that_are_lost()
    {
        await using var memory = new MemoryStore(SystemRandomSource.Instance);
        await using var store = new Forgetful(memory);
        var time = new LeapingTime();
        await using var engine = await EngineHarness.StartAsync([Area], store, time);
        var admin = engine.Engine.StoreAdmin;
        await EndAsync(engine, "trimmed");
        var shard = ShardOf(At("trimmed"));
        (await memory.Maintenance.FloorAsync(shard, None)).ShouldBe(0);
        await LeapAsync(engine, time, TimeSpan.FromDays(30.1));
        await Eventually.HoldsAsync(async () => (await HistoryAsync(engine, At("trimmed"))).Count == 1, Soon);

        // What was trimmed lies below the floor of its shard, what is left above it.
        var left = new List<long>();
        await foreach (var row in memory.HistoryAsync(At("trimmed"), 0, 10, None))
        {
            left.Add(row.Position);
        }

        (await memory.Maintenance.FloorAsync(shard, None)).ShouldBe(left.ShouldHaveSingleItem() - 1);
        (await admin.VerifyAsync(None)).Findings.ShouldBeEmpty();

        var lost = Enumerable.Range(0, 100).Select(i => LedgerArea.At($"lost-{i}")).First(e => ShardOf(e) != shard);
        await engine.MustAsync(lost, new Add(1, "first"));
        await engine.MustAsync(lost, new Add(1, "second"));
        (await admin.VerifyAsync(None)).Findings.ShouldBeEmpty();
        store.Forgotten = lost;

        (await admin.VerifyAsync(None)).Findings.ShouldBe(
            [$"{lost} lacks its events before 2, and nothing was ever trimmed in shard {ShardOf(lost)}"]);

        ShardId ShardOf(EntityAddress entity) => ShardId.Of(entity, memory.Identity.ShardCount);
    }

    private static EntityAddress At(string key) => new("brief", key);

    private static async Task EndAsync(EngineHarness engine, string key)
    {
        for (var i = 0; i < 3; i++)
        {
            await engine.MustAsync(At(key), new Add(1, ""));
        }

        await engine.MustAsync(At(key), new TakeName($"over-{key}"));
    }

    // A commit that is on its way must not look as old as the leap is long: who asks then is turned away.
    private static async Task LeapAsync(EngineHarness engine, LeapingTime time, TimeSpan by)
    {
        await engine.QuietAsync();
        time.Leap(by);
    }

    // The message throws whatever is tried; its back-off is leapt over.
    private static async Task ParkAsync(EngineHarness engine, LeapingTime time, string to)
    {
        await engine.MustAsync(LedgerArea.At("from"), new SendBreak(LedgerArea.At(to)));
        await Eventually.HoldsAsync(
            async () =>
            {
                time.Leap(TimeSpan.FromSeconds(2));
                return await ParkedAsync(engine, to) == 1;
            },
            Soon);
    }

    private static async Task<int> ParkedAsync(EngineHarness engine, string to) =>
        (await engine.Store.Maintenance!.ListParkedAsync(LedgerArea.At(to), null, 10, None)).Count;

    private static async Task<List<long>> HistoryAsync(EngineHarness engine, EntityAddress entity)
    {
        var sequences = new List<long>();
        await foreach (var row in engine.Store.HistoryAsync(entity, 0, 100, None))
        {
            sequences.Add(row.Sequence);
        }

        return sequences;
    }

    /// <summary>A store that has lost the first event of an entity.</summary>
    private sealed class Forgetful(MemoryStore store) : PassingStore(store, isOwner: false)
    {
        public EntityAddress? Forgotten { get; set; }

        public override async IAsyncEnumerable<EventRow> HistoryAsync(
            EntityAddress entity, long afterSequence, int max, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
        {
            await foreach (var row in base.HistoryAsync(entity, afterSequence, max, ct))
            {
                if (entity != Forgotten || row.Sequence > 1)
                {
                    yield return row;
                }
            }
        }
    }

    /// <summary>Real time that can leap forward; what waits for minutes looks again at once.</summary>
    private sealed class LeapingTime : TimeProvider
    {
        private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
        private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

        private long _leapt;

        public void Leap(TimeSpan by) => Interlocked.Add(ref _leapt, by.Ticks);

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _leapt));

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, dueTime >= Long ? Short : dueTime, period);
    }
}
