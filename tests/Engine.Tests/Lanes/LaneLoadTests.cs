using System.Runtime.CompilerServices;
using Gantry.Actors;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;
using Gantry.Primitives;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Lanes;

/// <summary>One entity that the store cannot bring is in nobody's way (engine 3.5, 6).</summary>
[Trait("spec", "engine/6")]
public sealed class LaneLoadTests
{
    [Fact]
    [Trait("spec", "engine/3.5")]
    public void Loads_that_fail_are_asked_for_again_in_smaller_ones_so_that_the_others_get_past_the_bad_one()
    {
        var lane = new LaneBench();
        var asks = Enumerable.Range(0, 64).Select(i => lane.Ask(i == 40 ? "bad" : $"e{i}", new Add(1, ""), deadline: TimeSpan.FromHours(1))).ToList();
        var answered = new HashSet<string>();

        for (var rounds = 0; answered.Count < 63; rounds++)
        {
            rounds.ShouldBeLessThan(1_000);
            lane.Now += TimeSpan.FromSeconds(1);
            lane.Pass();
            foreach (var load in lane.Take<LaneOutput.Load>())
            {
                lane.Step(load.Entities.Any(e => e.Entity.Key == "bad")
                    ? new LaneEvent.LoadFailed(load.Entities, "it takes too long")
                    : new LaneEvent.Loaded([.. load.Entities.Select(e => new LoadedEntity(e, LedgerDecider.Initial, 0, 0))]));
            }

            lane.Pass();
            foreach (var commit in lane.Take<LaneOutput.Commit>())
            {
                lane.Commit(commit.Batch);
            }

            answered.UnionWith(lane.Answers().Keys);
        }

        answered.ShouldNotContain(asks[40]);
    }

    [Fact]
    public async Task Entity_on_a_damaged_page_is_quarantined_alone_and_those_loaded_with_it_go_on()
    {
        await using var store = new DamagedStore(new MemoryStore(SystemRandomSource.Instance), LedgerArea.At("bad"));
        await using var engine = await EngineHarness.StartAsync([LedgerArea.Module], store);

        var bad = engine.AskAsync(LedgerArea.At("bad"), new Add(1, ""));
        var good = Enumerable.Range(0, 40).Select(i => engine.AskAsync(LedgerArea.At($"e{i}"), new Add(1, ""))).ToList();

        (await bad).ShouldBeOfType<Outcome<LedgerTotal>.Unavailable>();
        (await Task.WhenAll(good)).ShouldAllBe(o => o is Outcome<LedgerTotal>.Accepted);
        var quarantined = engine.Engine.EntityAdmin.Quarantined().ShouldHaveSingleItem();
        quarantined.Entity.ShouldBe(LedgerArea.At("bad"));
        quarantined.Why.ShouldContain("malformed");
        (await engine.MustAsync(LedgerArea.At("e0"), new Add(1, ""))).Value.ShouldBe(2);
    }

    /// <summary>A store with a page that cannot be read: whatever touches it fails.</summary>
    private sealed class DamagedStore(IActorStore store, EntityAddress on) : PassingStore(store)
    {
        public override async IAsyncEnumerable<EntityImage> LoadAsync(IReadOnlyList<EntityAddress> entities, [EnumeratorCancellation] CancellationToken ct)
        {
            if (entities.Contains(on))
            {
                throw new StoreConnectionException("the image is malformed", isOutcomeKnown: true) { IsDamage = true };
            }

            await foreach (var image in base.LoadAsync(entities, ct))
            {
                yield return image;
            }
        }
    }
}
