using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Engine.Tests.Lanes;
using Gantry.Engine.Tests.Links;
using Gantry.Primitives;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Supervising;

/// <summary>Snapshots that say too much, and snapshots that cannot be written (engine 3.5).</summary>
[Trait("spec", "engine/3.5")]
public sealed class SnapshotTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);
    private readonly MemoryStore _memory = new(SystemRandomSource.Instance);
    private readonly LogCapture _log = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _memory.DisposeAsync();
        _log.Dispose();
    }

    [Fact]
    public async Task Snapshot_newer_than_the_journal_is_left_aside_and_told()
    {
        await using (var first = await EngineHarness.StartAsync([LedgerArea.Module], _memory))
        {
            await first.MustAsync(LedgerArea.At("a"), new Add(3, "x"));
        }

        await SnapshotAsync("a", sequence: 5);
        await using var engine = await EngineHarness.StartAsync([LedgerArea.Module], _memory, logs: _log);

        (await engine.MustAsync(LedgerArea.At("a"), new Add(1, "y"))).Value.ShouldBe(4, "the journal is the truth");
        _log.Lines.ShouldContain(l => l.Contains("The snapshot of ledger/a ends with event 5, but its journal with 0"));
    }

    [Fact]
    public async Task Entity_whose_journal_is_gone_beside_its_snapshot_is_quarantined_and_does_not_begin_anew()
    {
        await using (await EngineHarness.StartAsync([LedgerArea.Module], _memory))
        {
            // Opens the store.
        }

        await SnapshotAsync("lost", sequence: 5);
        await using var engine = await EngineHarness.StartAsync([LedgerArea.Module], _memory);

        (await engine.AskAsync(LedgerArea.At("lost"), new Add(1, "y"))).ShouldBeOfType<Outcome<LedgerTotal>.Unavailable>();
        engine.Engine.EntityAdmin.Quarantined().ShouldHaveSingleItem().Why.ShouldContain("ends with event 5");
    }

    [Fact]
    public async Task Two_snapshots_in_a_row_that_the_store_did_not_take_are_an_alarm_until_one_is_written()
    {
        var store = new ForgetfulStore(_memory);
        await using var engine = await EngineHarness.StartAsync([Area(snapshotEvery: 1)], store, logs: _log);
        var admin = engine.Engine.EntityAdmin;
        await engine.MustAsync(LedgerArea.At("a"), new Add(1, "x"));
        await Eventually.HoldsAsync(() => store.Refused == 1, Soon);
        (await admin.ShowAsync(LedgerArea.At("a"), default))!.SnapshotTrouble.ShouldBeNull("one failure is none");

        await engine.MustAsync(LedgerArea.At("a"), new Add(1, "x"));

        await Eventually.HoldsAsync(async () => (await admin.ShowAsync(LedgerArea.At("a"), default))!.SnapshotTrouble is not null, Soon);
        await Eventually.HoldsAsync(
            () => _log.Lines.Any(l => l.StartsWith("Error 1065 ledger/a is without a snapshot for 2 times", StringComparison.Ordinal)), Soon);
        store.IsMended = true;
        await engine.MustAsync(LedgerArea.At("a"), new Add(1, "x"));
        await Eventually.HoldsAsync(async () => (await admin.ShowAsync(LedgerArea.At("a"), default))!.SnapshotTrouble is null, Soon);
    }

    [Fact]
    public async Task State_that_is_too_large_for_a_snapshot_is_told_with_the_bound_and_takes_no_more_from_clients()
    {
        await using var engine = await EngineHarness.StartAsync([Area(snapshotEvery: 1)], _memory);
        var note = new string('x', 60_000);

        await Eventually.HoldsAsync(
            async () => await engine.AskAsync(LedgerArea.At("large"), new Add(1, note)) is Outcome<LedgerTotal>.Refused { Why.Code: "StateTooLarge" }, Soon);

        var admin = engine.Engine.EntityAdmin;
        await Eventually.HoldsAsync(
            async () => (await admin.ShowAsync(LedgerArea.At("large"), default))!.SnapshotTrouble?.Contains("512 KiB") == true, Soon);
        (await engine.MustAsync(LedgerArea.At("other"), new Add(1, note))).Value.ShouldBe(1);
    }

    private async Task SnapshotAsync(string key, long sequence)
    {
        var between = new Incarnation(SystemRandomSource.Instance.NewGuid());
        await _memory.JoinAsync(between, "n", 1, default);
        var body = new EngineModel([LedgerArea.Module]).Wire.Encode(new LedgerState { Total = 99 });
        await _memory.SaveSnapshotsAsync(between, [new SnapshotRow(LedgerArea.At(key), sequence, body.Tag, body.Version, body.Body)], default);
    }

    private static AreaModule Area(int snapshotEvery) => LedgerArea.Module with
    {
        Kinds = [EntityKind.Define<LedgerDecider, LedgerState, LedgerCommand, LedgerEvent>(
            "ledger", k => k.SnapshotEvery(snapshotEvery).OnReply((token, reply) => new Replied(token, reply)))],
    };

    private sealed class ForgetfulStore(IActorStore store) : PassingStore(store, isOwner: false)
    {
        private int _refused;

        public int Refused => Volatile.Read(ref _refused);

        public bool IsMended { get; set; }

        public override ValueTask SaveSnapshotsAsync(Incarnation me, IReadOnlyList<SnapshotRow> rows, CancellationToken ct)
        {
            if (IsMended)
            {
                return base.SaveSnapshotsAsync(me, rows, ct);
            }

            Interlocked.Increment(ref _refused);
            throw new StoreConnectionException("the disk is full", isOutcomeKnown: true);
        }
    }
}
