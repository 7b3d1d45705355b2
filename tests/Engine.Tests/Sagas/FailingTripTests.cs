using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Actors.Storage;
using Gantry.Primitives;
using Gantry.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests;

/// <summary>The sample saga fails at every step in every way, and is tried again; and the node dies at every commit of it (engine 8.2).</summary>
[Trait("spec", "engine/8.2")]
public sealed class FailingTripTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static readonly string[] Desks = ["flight", "hotel", "car"];

    [Theory]
    [InlineData("flight")]
    [InlineData("hotel")]
    [InlineData("car")]
    [InlineData("announce")]
    public async Task Fail_at_every_step_then_retry(string step)
    {
        var store = new MemoryStore(SystemRandomSource.Instance);
        await using var node = await TripNode.StartAsync(store);
        node.Announces = step != "announce";

        var failed = await node.RunAsync("t1", step == "announce" ? "Bern" : $"no-{step}");
        node.Announces = true;
        var second = await node.RunAsync("t2", "Bern");

        failed.ShouldBeOfType<SagaEnd<Trip>.Unwound>();
        second.ShouldBeOfType<SagaEnd<Trip>.Completed>().Data.Booked.ShouldBe(["flight", "hotel", "car", "announce"]);
        foreach (var desk in Desks)
        {
            var before = Array.IndexOf(Desks, desk) < Array.IndexOf([.. Desks, "announce"], step);
            var undone = before && desk != "hotel" ? 1 : 0;
            (await node.CountAsync(desk)).ShouldBe(new DeskCount(before ? 2 : 1, undone), desk);
        }
    }

    [Theory]
    [InlineData(false, "Bern")]
    [InlineData(true, "Bern")]
    [InlineData(false, "no-car")]
    [InlineData(true, "no-car")]
    public async Task Node_that_dies_at_any_commit_of_a_saga_goes_on_with_it_after_its_start(bool isAnswerLost, string city)
    {
        var commits = 1;
        for (; ; commits++)
        {
            var store = new MemoryStore(SystemRandomSource.Instance);
            var dying = new DyingStore(store, commits, isAnswerLost);
            await using (var first = await TripNode.StartAsync(dying))
            {
                var run = first.RunAsync("t", city, TimeSpan.FromMilliseconds(1_500));
                await Task.WhenAny(run, dying.Died);
            }

            await using var second = await TripNode.StartAsync(store);
            var end = await second.RunAsync("t", city);
            if (city == "Bern")
            {
                end.ShouldBeOfType<SagaEnd<Trip>.Completed>($"died at commit {commits}");
            }
            else
            {
                end.ShouldBeOfType<SagaEnd<Trip>.Unwound>($"died at commit {commits}");
            }

            await Eventually.HoldsAsync(() => second.IsQuiet, Soon);
            (await second.CountAsync("flight")).ShouldBe(city == "Bern" ? new DeskCount(1, 0) : new DeskCount(1, 1), $"died at commit {commits}");
            (await second.CountAsync("hotel")).ShouldBe(new DeskCount(1, 0), $"died at commit {commits}");
            (await second.CountAsync("car")).ShouldBe(city == "Bern" ? new DeskCount(1, 0) : new DeskCount(0, 0), $"died at commit {commits}");
            if (!dying.Died.IsCompleted)
            {
                break;
            }
        }

        commits.ShouldBeGreaterThan(6);
    }

    /// <summary>An engine with the trip's kinds.</summary>
    private sealed class TripNode : IAsyncDisposable, IActivity
    {
        private readonly ActorEngine _engine;
        private readonly Sagas _sagas;

        private TripNode(IActorStore store)
        {
            var model = new EngineModel([new AreaModule
            {
                Name = "trips",
                Kinds =
                [
                    SagaKind.Define<TripSaga, Trip>(TripJson.Default.Trip),
                    EntityKind.Define<DeskDecider, DeskState, DeskCommand, DeskEvent>("desk", k => k
                        .Accept<Order>(o => new DeskCommand.Book(o.City))
                        .Accept<Cancel>(c => new DeskCommand.Undo(c.City))),
                ],
                Wire = [DeskWire.Set],
            }]);
            var commits = new CommitListeners();
            _engine = new ActorEngine(new ActorEngineParts
            {
                Store = store,
                Model = model,
                Options = new ActorEngineOptions { StopPatience = TimeSpan.Zero },
                Activities = () => [this],
                Listener = commits,
                Time = TimeProvider.System,
                Random = SystemRandomSource.Instance,
                Logs = NullLoggerFactory.Instance,
            });
            _sagas = new Sagas(_engine.Entities, model, commits, TimeProvider.System, SystemRandomSource.Instance);
        }

        public string Name => "announce";

        public bool Announces { get; set; } = true;

        public bool IsQuiet => _engine.IsQuiet;

        public static async Task<TripNode> StartAsync(IActorStore store)
        {
            var node = new TripNode(store);
            await node._engine.StartAsync(CancellationToken.None);
            return node;
        }

        public ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct) => ValueTask.FromResult<Reply>(
            Announces ? new Reply.Accepted(Done.Instance) : new Reply.Refused(Refusal.Conflict("Mute", "nobody listens")));

        public async Task<SagaEnd<Trip>> RunAsync(string key, string city, TimeSpan? deadline = null) =>
            await _sagas.RunAsync<TripSaga, Trip>(key, new Trip(city, []), Ask(deadline ?? Soon), CancellationToken.None);

        public async Task<DeskCount> CountAsync(string desk)
        {
            var outcome = await _engine.Entities.AskAsync(
                new EntityAddress("desk", desk), new DeskCommand.Count(), Ask(Soon), CancellationToken.None);
            return outcome.ShouldBeOfType<Outcome<DeskCount>.Accepted>().Value;
        }

        public async ValueTask DisposeAsync()
        {
            _sagas.Dispose();
            await _engine.DisposeAsync();
        }

        private static AskOptions Ask(TimeSpan deadline) => new()
        {
            Key = CommandKey.Fresh(SystemRandomSource.Instance),
            Deadline = deadline,
            Caller = Principal.Engine,
        };
    }

    /// <summary>Answers nothing more from the n-th commit on, which is done before (answer lost) or is not.</summary>
    private sealed class DyingStore(MemoryStore inner, int commits, bool isAnswerLost) : PassingStore(inner, isOwner: false)
    {
        private readonly TaskCompletionSource _died = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = commits;

        public Task Died => _died.Task;

        public override async ValueTask<CommitResult> CommitAsync(LaneTicket ticket, CommitBatch batch, CancellationToken ct)
        {
            if (--_left > 0)
            {
                return await base.CommitAsync(ticket, batch, ct);
            }

            if (_left == 0 && isAnswerLost)
            {
                await base.CommitAsync(ticket, batch, ct);
            }

            _died.TrySetResult();
            throw new StoreConnectionException("the node dies here", isOutcomeKnown: false);
        }

        public override ValueTask<LaneProbe> ResolveAsync(Incarnation me, int lane, CancellationToken ct) => _left > 0
            ? base.ResolveAsync(me, lane, ct)
            : throw new StoreConnectionException("the node is dead", isOutcomeKnown: true);
    }
}
