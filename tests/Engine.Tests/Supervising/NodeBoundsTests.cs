using System.Diagnostics.Metrics;
using Gantry.Actors;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;
using Gantry.Engine.Tests.Lanes;
using Gantry.Primitives;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Supervising;

/// <summary>Bounds that all lanes of a node share, and what is counted where one is met (engine 3.5, 9, 10.1).</summary>
public sealed class NodeBoundsTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);
    private readonly MemoryStore _memory = new(SystemRandomSource.Instance);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _memory.DisposeAsync();

    [Fact]
    [Trait("spec", "engine/10.1")]
    public async Task Command_turned_away_by_its_entity_is_counted_as_shed()
    {
        var shed = 0L;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Name == "gateway.shed")
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            foreach (var tag in tags)
            {
                Interlocked.Add(ref shed, tag is { Key: "reason", Value: "entity" } ? value : 0);
            }
        });
        listener.Start();
        var store = new SlowLoads(_memory);
        var kind = EntityKind.Define<LedgerDecider, LedgerState, LedgerCommand, LedgerEvent>(
            "ledger", k => k.Mailbox(1).OnReply((token, reply) => new Replied(token, reply)));
        await using var engine = await EngineHarness.StartAsync([LedgerArea.Module with { Kinds = [kind] }], store);

        var first = engine.MustAsync(LedgerArea.At("a"), new Add(1, "x"));
        var second = await engine.AskAsync(LedgerArea.At("a"), new Add(1, "y"));

        second.ShouldBeOfType<Outcome<LedgerTotal>.Overloaded>();
        Interlocked.Read(ref shed).ShouldBeGreaterThan(0);
        store.Gate.SetResult();
        await first;
    }

    [Fact]
    [Trait("spec", "engine/3.5")]
    public async Task Node_has_four_loads_out_at_once_however_many_lanes_it_has()
    {
        var store = new SlowLoads(_memory);
        await using var engine = await EngineHarness.StartAsync([LedgerArea.Module], store, lanes: 4);
        var asks = new List<Task>();
        for (var i = 0; i < 24; i++)
        {
            // What a lane is asked goes out as a load of its own once it has looked at the two questions behind it.
            asks.Add(engine.MustAsync(LedgerArea.At($"e{i}"), new Add(1, "x")));
            await engine.Engine.EntityAdmin.ShowAsync(LedgerArea.At($"e{i}"), default);
            await engine.Engine.EntityAdmin.ShowAsync(LedgerArea.At($"e{i}"), default);
        }

        await Eventually.HoldsAsync(() => store.Out == 4, Soon, () => store.Out);
        store.Gate.SetResult();

        await Task.WhenAll(asks);
        store.Most.ShouldBe(4);
    }

    [Fact]
    [Trait("spec", "engine/3.5")]
    public async Task Node_has_64_scans_out_at_once_however_many_lanes_it_has_and_the_others_wait_their_turn()
    {
        const int lanes = LaneLimits.ScansInFlightMax + 6;
        var store = new SlowScans(_memory);
        await using var engine = await EngineHarness.StartAsync([LedgerArea.Module], store, lanes: lanes);

        await Eventually.HoldsAsync(() => store.Out == LaneLimits.ScansInFlightMax, Soon, () => store.Out);
        store.Seen.ShouldBe(LaneLimits.ScansInFlightMax);
        store.Gate.SetResult();

        // Each lane has scanned once then, and mail gets through everywhere.
        await Eventually.HoldsAsync(() => store.Seen >= lanes, Soon, () => store.Seen);
        store.Most.ShouldBe(LaneLimits.ScansInFlightMax);
        await engine.MustAsync(LedgerArea.At("from"), new Send(LedgerArea.At("to"), 1));
        await Eventually.HoldsAsync(async () => (await engine.RowAsync(LedgerArea.View, "to"))?.Total == 1, Soon);
    }
}
