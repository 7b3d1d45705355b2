using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Store.Conformance;

/// <summary>Random batches and questions: the store answers as the one in memory does, which the simulator trusts.</summary>
[Trait("spec", "engine/11.2")]
public abstract class ModelConformance<THarness> : StoreSuite<THarness> where THarness : StoreHarness, new()
{
    private const int Batches = 60;

    private static readonly string?[] Names = [null, "", "a", "A", "ab", "b\"'%_", "é", "\uFF5E", "\uE000", "\U0001F600", "zz"];

    [StoreTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Random_work_gives_the_same_answers_as_in_memory(ulong seed)
    {
        await using var model = new MemoryStore(new SeededRandomSource(seed));
        await model.OpenAsync(Options, None);
        await model.JoinAsync(Lane.Me, "n1", 1, None);
        await model.ResolveAsync(Lane.Me, 0, None);
        var work = new RandomWork(Lane, new SeededRandomSource(seed));

        var answers = new Dictionary<string, int>();
        for (var i = 0; i < Batches; i++)
        {
            var batch = work.NextBatch();
            var ticket = Lane.Next;
            var expected = await model.CommitAsync(ticket, batch, None);
            var result = await Lane.CommitAsync(batch);

            Same.Text(result).ShouldBe(Same.Text(expected), $"seed {seed}, batch {i}");
            answers[result.GetType().Name] = answers.GetValueOrDefault(result.GetType().Name) + 1;
            work.Learn(batch, result);
            await CompareAsync(model, work, $"seed {seed}, after batch {i}");
        }

        // Random work that always fails, or never, would prove little.
        answers[nameof(CommitResult.Committed)].ShouldBeGreaterThan(Batches / 6, $"seed {seed}");
        answers[nameof(CommitResult.Losers)].ShouldBeGreaterThan(0, $"seed {seed}");
        answers[nameof(CommitResult.Poisoned)].ShouldBeGreaterThan(0, $"seed {seed}");
    }

    private async Task CompareAsync(MemoryStore model, RandomWork work, string when)
    {
        for (var i = 0; i < 4; i++)
        {
            var query = work.NextQuery(Names);
            var expected = (await model.QueryAsync(query, None)).Rows.Select(Same.Text);
            (await Store.QueryAsync(query, None)).Rows.Select(Same.Text).ShouldBe(expected, $"{when}: {Describe(query)}");
        }

        var entities = work.SomeEntities();
        (await ListAsync(Store.LoadAsync(entities, None))).Select(Same.Text)
            .ShouldBe((await ListAsync(model.LoadAsync(entities, None))).Select(Same.Text), when);

        var (shards, due, max) = work.NextScan();
        (await ListAsync(Store.ScanMailAsync(shards, due, max, None))).Select(Same.Text)
            .ShouldBe((await ListAsync(model.ScanMailAsync(shards, due, max, None))).Select(Same.Text), when);

        var shard = Lane.Shards[work.Dice.Next(TestLane.ShardCount)].Shard;
        (await ListAsync(Store.TailAsync(shard, 0, 5, None))).Select(Same.Text)
            .ShouldBe((await ListAsync(model.TailAsync(shard, 0, 5, None))).Select(Same.Text), when);

        var (entity, key) = (work.SomeEntities()[0], $"k{work.Dice.Next(6)}");
        Same.Text(await Store.FindReceiptAsync(entity, key, None)).ShouldBe(Same.Text(await model.FindReceiptAsync(entity, key, None)), when);
    }

    private static string Describe(ViewRowQuery q) =>
        $"{q.View.Name} where {string.Join(" and ", q.Where)} order {q.OrderBy} {(q.Descending ? "desc" : "asc")} after {q.After} limit {q.Limit}";

    /// <summary>Makes work of every sort, valid or losing, never such that no lane would send it.</summary>
    private sealed class RandomWork(TestLane lane, IRandomSource dice)
    {
        private readonly EntityAddress[] _entities = [.. Enumerable.Range(0, 6).Select(i => TestLane.Thing($"e{i}"))];
        private readonly Dictionary<EntityAddress, long> _revisions = [];
        private readonly List<MailId> _mail = [new(0, 1, 9)];

        public IRandomSource Dice => dice;

        public CommitBatch NextBatch()
        {
            var events = new List<EventRow>();
            var views = new Dictionary<(string, string), ViewRowOp>();
            for (var i = dice.Next(5); i >= 0; i--)
            {
                var entity = Entity();
                var revision = _revisions.GetValueOrDefault(entity) + events.Count(e => e.Entity == entity) + 1;
                events.Add(lane.Event(entity, Chance(50) ? Math.Max(1, revision - 1) : revision));
                var op = Op(entity, revision);
                views[(op.View.Name, op.Key)] = op;
            }

            var timer = new TimerKey(Entity(), $"t{dice.Next(2)}");
            return lane.Empty([.. _entities]) with
            {
                Events = [.. events],
                Views = [.. views.Values],
                ConsumedMail = Chance(3) ? [_mail[dice.Next(_mail.Count)]] : [],
                Claims = [.. Some(2, () => Claim())],
                Releases = [.. Some(2, () => Claim())],
                Receipts = [.. Some(2, () => TestLane.Receipt(Entity(), $"k{dice.Next(40)}")).DistinctBy(r => (r.Entity, r.Key))],
                TimersReplaced = [timer],
                Mail = [.. Some(2, () => lane.Mail(Entity(), Entity(), Due())), .. Timers(timer)],
            };
        }

        public void Learn(CommitBatch batch, CommitResult result)
        {
            if (result is not CommitResult.Committed)
            {
                return;
            }

            foreach (var row in batch.Events)
            {
                _revisions[row.Entity] = row.Sequence;
            }

            _mail.AddRange(batch.Mail.Select(m => m.Id));
        }

        public List<EntityAddress> SomeEntities() => [.. _entities.OrderBy(_ => dice.Next(100)).Take(1 + dice.Next(3))];

        public (ShardId[] Shards, DateTimeOffset Due, int Max) NextScan() => (
            [.. lane.Shards.Where(_ => !Chance(4)).Select(s => s.Shard)],
            Chance(3) ? DateTimeOffset.MaxValue : Due() ?? DateTimeOffset.MinValue,
            1 + dice.Next(20));

        public ViewRowQuery NextQuery(string?[] names)
        {
            string?[] orders = [null, "key", "entity", "name", "size", "group"];
            var order = orders[dice.Next(orders.Length)];
            var tests = ImmutableArray.CreateBuilder<ViewTest>();
            for (var i = dice.Next(3); i > 0; i--)
            {
                tests.Add(Test(names));
            }

            return new ViewRowQuery(
                ThingViews.Things, tests.ToImmutable(), order, Chance(2), Chance(2) ? Cursor(order, names) : null, 1 + dice.Next(8));
        }

        private ViewTest Test(string?[] names)
        {
            string[] texts = ["name", "group", "key", "entity"];
            return Chance(4)
                ? new ViewTest("size", Kind(canBePrefix: false), Chance(5) ? null : (long)dice.Next(5))
                : new ViewTest(texts[dice.Next(texts.Length)], Kind(canBePrefix: true), names[dice.Next(names.Length)]);
        }

        private ViewCursor Cursor(string? order, string?[] names)
        {
            var key = $"v{dice.Next(20)}";
            return new ViewCursor(
                order switch
                {
                    null => null,
                    "key" => key,
                    "entity" => Entity().ToString(),
                    "size" => Chance(4) ? null : (long)dice.Next(5),
                    _ => names[dice.Next(names.Length)],
                },
                key);
        }

        private ViewTestKind Kind(bool canBePrefix)
        {
            var kind = (ViewTestKind)dice.Next(5);
            return kind == ViewTestKind.Prefix && !canBePrefix ? ViewTestKind.AtLeast : kind;
        }

        private ViewRowOp Op(EntityAddress entity, long revision)
        {
            // Mostly its own rows; now and then another's, or an older revision.
            var key = Chance(25) ? $"v{dice.Next(20)}" : $"v{(Array.IndexOf(_entities, entity) * 3) + dice.Next(3)}";
            var rev = Chance(25) ? revision - 2 : revision;
            return Chance(5)
                ? lane.Delete(entity, key, rev)
                : lane.Upsert(
                    entity, key, rev,
                    new ThingRow(Names[dice.Next(Names.Length)], Chance(4) ? null : dice.Next(5), Names[dice.Next(Names.Length)]));
        }

        private ClaimRow Claim() => TestLane.Claim(Entity(), $"c{dice.Next(30)}");

        private MailRow[] Timers(TimerKey timer) =>
            Chance(2) ? [lane.Mail(timer.Entity, timer.Entity, Due() ?? TestLane.Noon, timer.Name)] : [];

        private DateTimeOffset? Due() => Chance(2) ? null : TestLane.Noon.AddSeconds(dice.Next(10));

        private EntityAddress Entity() => _entities[dice.Next(_entities.Length)];

        private bool Chance(int oneIn) => dice.Next(oneIn) == 0;

        private List<T> Some<T>(int below, Func<T> make)
        {
            var all = new List<T>();
            for (var i = dice.Next(below); i > 0; i--)
            {
                all.Add(make());
            }

            return all;
        }
    }
}
