using System.Collections.Concurrent;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Actors.Storage;
using Gantry.Primitives;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests;

/// <summary>Sagas over a running engine: mail, activities and timers are real, the store is in memory.</summary>
[Trait("spec", "engine/8.2")]
public class SagasTests : IAsyncLifetime
{
    private readonly MemoryStore _store = new(SystemRandomSource.Instance);
    private readonly Announcer _announcer = new();
    private readonly CommitListeners _commits = new();
    private readonly EngineModel _model = new([new AreaModule
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

    private ActorEngine _engine = null!;
    private Sagas _sagas = null!;

    public async Task InitializeAsync()
    {
        _engine = new ActorEngine(new ActorEngineParts
        {
            Store = _store,
            Model = _model,
            Activities = () => [_announcer],
            Listener = _commits,
            Time = TimeProvider.System,
            Random = SystemRandomSource.Instance,
            Logs = NullLoggerFactory.Instance,
        });
        _sagas = new Sagas(_engine.Entities, _model, _commits, TimeProvider.System, SystemRandomSource.Instance);
        await _engine.StartAsync(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        _sagas.Dispose();
        await _engine.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task Saga_runs_to_its_end_and_hands_back_its_data()
    {
        var end = await RunAsync("a", "Bern");

        end.ShouldBeOfType<SagaEnd<Trip>.Completed>().Data.Booked.ShouldBe(["flight", "hotel", "car", "announce"]);
        var row = await _engine.Views.GetAsync(SagaViews.Sagas, "saga.trip/a", CancellationToken.None);
        row!.Row.State.ShouldBe("done");
    }

    [Theory]
    [InlineData("no-flight", 0)]
    [InlineData("no-hotel", 1)]
    [InlineData("no-car", 1)]
    public async Task Failed_saga_is_unwound_and_says_what_failed(string city, int undone)
    {
        var end = await RunAsync("b", city);

        end.ShouldBeOfType<SagaEnd<Trip>.Unwound>().Why.Code.ShouldBe("FullyBooked");
        (await CancelledAsync("flight")).ShouldBe(undone);
    }

    [Fact]
    public async Task Activity_that_refuses_unwinds_everything_before_it()
    {
        _announcer.Answer = new Reply.Refused(Refusal.Conflict("Mute", "nobody listens"));

        var end = await RunAsync("c", "Bern");

        end.ShouldBeOfType<SagaEnd<Trip>.Unwound>().Why.Code.ShouldBe("Mute");
        (await CancelledAsync("flight")).ShouldBe(1);
        (await CancelledAsync("car")).ShouldBe(1);
    }

    [Fact]
    public async Task Activity_that_throws_is_run_again_with_the_same_token()
    {
        _announcer.ThrowsLeft = 1;

        var end = await RunAsync("d", "Bern");

        end.ShouldBeOfType<SagaEnd<Trip>.Completed>();
        _announcer.Tokens.ShouldBe(["d.announce", "d.announce"]);
    }

    [Fact]
    public async Task Waiting_ends_at_the_deadline_and_the_saga_goes_on()
    {
        using var gate = new SemaphoreSlim(0);
        _announcer.Gate = gate;

        var patient = RunAsync("e", "Bern");
        await Gantry.Tests.Eventually.HoldsAsync(() => !_announcer.Tokens.IsEmpty, TimeSpan.FromSeconds(20));
        var hasty = await RunAsync("e", "Bern", TimeSpan.FromMilliseconds(100));
        hasty.ShouldBeOfType<SagaEnd<Trip>.Running>().Step.ShouldBe("announce");
        gate.Release(int.MaxValue); // more than once if the step was run again meanwhile, which it may be

        (await patient).ShouldBeOfType<SagaEnd<Trip>.Completed>();
        _announcer.Tokens.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Many_who_wait_for_one_saga_see_one_end()
    {
        var ends = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RunAsync("f", "Bern")));

        ends.ShouldAllBe(e => e is SagaEnd<Trip>.Completed);
        _announcer.Tokens.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Hundred_sagas_run_beside_each_other()
    {
        var ends = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => RunAsync($"g{i}", i % 4 == 0 ? "no-car" : "Bern")));

        ends.Count(e => e is SagaEnd<Trip>.Completed).ShouldBe(75);
        ends.Count(e => e is SagaEnd<Trip>.Unwound).ShouldBe(25);
    }

    private async Task<SagaEnd<Trip>> RunAsync(string key, string city, TimeSpan? deadline = null) =>
        await _sagas.RunAsync<TripSaga, Trip>(key, new Trip(city, []), Ask(deadline), CancellationToken.None);

    private async Task<int> CancelledAsync(string desk)
    {
        var outcome = await _engine.Entities.AskAsync(
            new EntityAddress("desk", desk), new DeskCommand.Count(), Ask(null), CancellationToken.None);
        return outcome.ShouldBeOfType<Outcome<DeskCount>.Accepted>().Value.Cancelled;
    }

    private static AskOptions Ask(TimeSpan? deadline) => new()
    {
        Key = CommandKey.Fresh(SystemRandomSource.Instance),
        Deadline = deadline ?? TimeSpan.FromSeconds(20),
        Caller = Principal.Engine,
    };

    private sealed class Announcer : IActivity
    {
        private int _throwsLeft;

        public string Name => "announce";

        public Reply Answer { get; set; } = new Reply.Accepted(Done.Instance);

        public int ThrowsLeft { set => _throwsLeft = value; }

        public SemaphoreSlim? Gate { get; set; }

        public ConcurrentQueue<string> Tokens { get; } = [];

        public async ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
        {
            Tokens.Enqueue(token);
            if (Gate is not null)
            {
                await Gate.WaitAsync(ct);
            }

            return Interlocked.Decrement(ref _throwsLeft) >= 0 ? throw new IOException("the line is dead") : Answer;
        }
    }
}

/// <summary>A desk that takes bookings; a city named <c>no-x</c> is never to be had at desk x.</summary>
internal sealed record DeskState(int Booked, int Cancelled);

internal abstract record DeskCommand
{
    internal sealed record Book(string City) : DeskCommand;

    internal sealed record Undo(string City) : DeskCommand;

    internal sealed record Count : DeskCommand, ICommand<DeskCount>;
}

internal sealed record DeskCount(int Booked, int Cancelled);

internal abstract record DeskEvent;

internal sealed record DeskBooked(string City) : DeskEvent;

internal sealed record DeskCancelled(string City) : DeskEvent;

internal sealed class DeskDecider : IDecider<DeskState, DeskCommand, DeskEvent>
{
    public static DeskState Initial { get; } = new(0, 0);

    public static Decision<DeskEvent> Decide(DeskState state, DeskCommand command, in Turn turn) => command switch
    {
        DeskCommand.Book book when book.City == $"no-{turn.Self.Key}" =>
            Decision.Refuse<DeskEvent>(Refusal.Conflict("FullyBooked", $"{turn.Self} has nothing left")),
        DeskCommand.Book book => Decision.Accept<DeskEvent>(null, [new DeskBooked(book.City)]),
        DeskCommand.Undo undo => Decision.Accept<DeskEvent>(null, [new DeskCancelled(undo.City)]),
        _ => Decision.Unchanged<DeskEvent>(new DeskCount(state.Booked, state.Cancelled)),
    };

    public static DeskState Apply(DeskState state, DeskEvent fact) => fact switch
    {
        DeskBooked => state with { Booked = state.Booked + 1 },
        _ => state with { Cancelled = state.Cancelled + 1 },
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DeskState))]
[JsonSerializable(typeof(DeskCount))]
[JsonSerializable(typeof(DeskBooked))]
[JsonSerializable(typeof(DeskCancelled))]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(Cancel))]
internal sealed partial class DeskJson : JsonSerializerContext;

/// <summary>
/// Forms by hand: other tests of this assembly collect every tagged type of it for a context of their own.
/// </summary>
internal static class DeskWire
{
    public static WireSet Set { get; } = WireSet.OfForms(
        Form("state", DeskJson.Default.DeskState),
        Form("count", DeskJson.Default.DeskCount),
        Form("booked", DeskJson.Default.DeskBooked),
        Form("cancelled", DeskJson.Default.DeskCancelled),
        Form("order", DeskJson.Default.Order),
        Form("cancel", DeskJson.Default.Cancel));

    private static WireForm Form(string name, JsonTypeInfo type) => new($"test.desk.{name}", 1, type.Type, type, null);
}
