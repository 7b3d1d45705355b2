using System.Text.Json;
using Gantry.Actors;
using Gantry.Primitives;
using Shouldly;

namespace Gantry.Engine.Tests;

/// <summary>
/// Plays the engine for one saga: applies events (through their wire form, as a reload would), keeps timers, and shows what is out.
/// </summary>
internal sealed class SagaBench
{
    private static readonly EntityAddress Self = new("saga.trip", "t1");
    private readonly EngineModel _model = new([new AreaModule { Name = "trips", Kinds = [SagaKind.Define<TripSaga, Trip>(TripJson.Default.Trip)] }]);
    private readonly Dictionary<string, (TimeSpan Due, object Command)> _timers = [];
    private object _state;
    private long _revision;

    public SagaBench() => _state = Runner.Initial;

    public IKindRunner Runner => _model.Kinds["saga.trip"].Runner;

    /// <summary>Commands and activities sent, in order, with their tokens.</summary>
    public List<(Effect Effect, string Token)> Sent { get; } = [];

    public string Out => Describe(Sent[^1].Effect);

    public string Token => Sent[^1].Token;

    public string State => ((SagaState)_state).Word;

    public IReadOnlyDictionary<string, (TimeSpan Due, object Command)> Timers => _timers;

    public SagaRow? Row { get; private set; }

    public Trip Data => ((SagaState)_state).Data.Deserialize(TripJson.Default.Trip)!;

    public static Reply Yes => new Reply.Accepted(Done.Instance);

    public static Reply No(string code) => new Reply.Refused(Refusal.Conflict(code, $"the desk says {code}"));

    /// <summary>What the last decision says of a message that it ignored.</summary>
    public string? Ignored { get; private set; }

    public Reply Start() => Do(new StartSaga(JsonSerializer.SerializeToElement(new Trip("Bern", []), TripJson.Default.Trip)));

    public Reply Answer(Reply reply) => Do(Runner.WrapReply(Token, reply)!);

    /// <summary>The back-off passes.</summary>
    public Reply PassBackoff()
    {
        var (_, command) = _timers["again"];
        _timers.Remove("again");
        return Do(command);
    }

    public Reply Do(object command)
    {
        var turn = new Turn(Self, _revision, DateTimeOffset.UnixEpoch.AddSeconds(_revision), new CommandKey("k"), Principal.Engine);
        var decision = Runner.Decide(_state, command, turn);
        Ignored = decision.Ignored;
        if (decision.Events.IsEmpty)
        {
            decision.Effects.ShouldBeEmpty();
        }

        foreach (var fact in decision.Events)
        {
            var body = _model.Wire.Encode(fact);
            var after = Runner.Apply(_state, _model.Wire.Decode(body.Tag, body.Version, body.Body));
            foreach (var op in Runner.Project(Self, _state, fact, after))
            {
                Row = op is ViewOp.Upsert upsert ? (SagaRow)upsert.Row : null;
            }

            _state = after;
            _revision++;
        }

        foreach (var effect in decision.Effects)
        {
            Take(effect);
        }

        return decision.Reply;
    }

    private static string Describe(Effect effect) => effect switch
    {
        Effect.Post { Command: Order } post => $"book {post.To.Key}",
        Effect.Post { Command: Cancel } post => $"cancel {post.To.Key}",
        Effect.Activity activity => $"run {activity.Name}",
        _ => effect.ToString(),
    };

    private void Take(Effect effect)
    {
        switch (effect)
        {
            case Effect.SetTimer timer:
                _model.Wire.Encode(timer.Command);
                _timers[timer.Name] = (timer.Due, timer.Command);
                break;
            case Effect.CancelTimer cancel:
                _timers.Remove(cancel.Name);
                break;
            case Effect.Post post:
                Sent.Add((post, post.ReplyToken!));
                break;
            case Effect.Activity activity:
                Sent.Add((activity, activity.Token));
                break;
            default:
                throw new InvalidOperationException($"a saga has no business with {effect}");
        }
    }
}
