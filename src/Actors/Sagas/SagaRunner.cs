using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gantry.Primitives;

namespace Gantry.Actors;

/// <summary>
/// The one decider of all sagas. It is an instance, unlike the deciders of areas, only because it carries the saga's
/// <see cref="JsonTypeInfo"/>; it is as pure as they are.
/// </summary>
internal sealed class SagaRunner<TSaga, TData> : IKindRunner, ISagaRunner<TData>, ISagaSteps
    where TSaga : ISaga<TData>
    where TData : class
{
    private const string SlowTimer = "slow";
    private const string AgainTimer = "again";
    private const string ForgetTimer = "forget";

    private readonly ConcurrentDictionary<int, ImmutableArray<SagaStep<TData>>> _steps = [];

    public SagaRunner(JsonTypeInfo<TData> data)
    {
        Data = data;
        StepsOf(TSaga.Version);
    }

    public JsonTypeInfo<TData> Data { get; }

    public ImmutableArray<string> StepNames => [.. StepsOf(TSaga.Version).Select(s => s.Name)];

    public object Initial => SagaState.Initial;

    public Decision<object> Decide(object state, object command, in Turn turn)
    {
        var saga = (SagaState)state;
        return command switch
        {
            StartSaga start => Start(saga, start, turn),
            ReadSaga => Read(saga, turn),
            SagaReplied replied => Replied(saga, replied, turn),
            SagaAgain again => Again(saga, again.Token, turn),
            SagaSlow slow => Slow(saga, slow.Token, turn),
            RetrySaga => Retry(saga, turn),
            SkipUndo => Skip(saga, turn),
            ForgetSaga => saga is { IsEnded: true, IsForgotten: false }
                ? Accept([new SagaForgotten(turn.Now)], [])
                : Decision.Unchanged<object>(),
            _ => throw new InvariantException($"saga {TSaga.Name} has no command {command.GetType().Name}"),
        };
    }

    // What a saga does is done by its steps, on nobody's behalf: who may begin it is asked at its start.
    public Type Meaning(object command) => command is StartSaga ? typeof(TSaga) : command.GetType();

    public object Apply(object state, object fact) => ((SagaState)state).Apply((SagaEvent)fact);

    public ImmutableArray<ViewOp> Project(EntityAddress self, object before, object fact, object after) =>
        SagaViews.Project(TSaga.Name, SubjectOf((SagaState)after), self, (SagaState)after);

    public object WrapReply(string token, Reply reply) => new SagaReplied(token, reply);

    public long? GenerationOf(object state) => null;

    public bool IsEnded(object state) => ((SagaState)state).IsForgotten;

    private Decision<object> Start(SagaState saga, StartSaga start, in Turn turn)
    {
        if (saga.Phase != SagaState.None)
        {
            return Decision.Unchanged<object>();
        }

        if (TryRead(start.Data) is not { } data)
        {
            return Decision.Refuse<object>(Refusal.Invalid(
                "SagaDataUnreadable", $"saga {turn.Self} was started with data that is not a {typeof(TData).Name}"));
        }

        var steps = StepsOf(TSaga.Version);
        return Accept(
            [new SagaStarted(TSaga.Version, steps.Length, steps[0].Name, start.Data, turn.Now)],
            Send(steps[0], Token(turn, steps[0]), steps[0].Do(data)));
    }

    private static Decision<object> Read(SagaState saga, in Turn turn) => saga.Phase == SagaState.None
        ? Decision.Refuse<object>(Refusal.NotFound("saga", turn.Self.ToString()))
        : Decision.Unchanged<object>(new SagaStanding(saga.Word, saga.Step, saga.Data, saga.Why));

    private Decision<object> Replied(SagaState saga, SagaReplied replied, in Turn turn)
    {
        // Only the command that is out now may answer (rule 6). Anything else is an echo of a step that is over.
        if (!saga.IsOut || replied.Token != CurrentToken(saga, turn))
        {
            return Decision.Unchanged<object>() with
            {
                Ignored = $"the reply to {replied.Token}, for the saga is {saga.Word}{(saga.IsEnded ? "" : $" in step {saga.Step}")}",
            };
        }

        return saga.Phase == SagaState.Unwinding ? UndoReplied(saga, replied.Reply, turn) : StepReplied(saga, replied.Reply, turn);
    }

    private Decision<object> StepReplied(SagaState saga, Reply reply, in Turn turn)
    {
        if (reply is Reply.Refused { Why: { Code: SagaLimits.ResultUnwritten } unknown })
        {
            return BackOff(saga, unknown.Message, turn);
        }

        var steps = StepsOf(saga.Version);
        return steps[saga.Index].OnReply(Read(saga.Data), reply) switch
        {
            StepEnd<TData>.Next next => Forward(saga, steps, next.Data, turn),
            StepEnd<TData>.Retry retry => BackOff(saga, retry.Reason, turn),
            StepEnd<TData>.Fail fail => Unwind(saga, steps, fail.Why, turn),
            _ => throw Invariant.Unreachable("a step ends with next, retry or fail"),
        };
    }

    private Decision<object> Forward(SagaState saga, ImmutableArray<SagaStep<TData>> steps, TData data, in Turn turn)
    {
        var json = JsonSerializer.SerializeToElement(data, Data);
        var index = saga.Index + 1;
        while (index < steps.Length && steps[index].When?.Invoke(data) == false)
        {
            index++;
        }

        if (index == steps.Length)
        {
            return Accept(
                [new SagaStepDone(saga.Index, json, null, turn.Now), new SagaEnded(SagaState.Done, null, turn.Now)], End());
        }

        var next = steps[index];
        var skipped = index == saga.Index + 1 ? null : (int?)index;
        return Accept(
            [new SagaStepDone(saga.Index, json, next.Name, turn.Now, skipped)], Send(next, Token(turn, next), next.Do(data)));
    }

    private Decision<object> Unwind(SagaState saga, ImmutableArray<SagaStep<TData>> steps, Refusal why, in Turn turn)
    {
        // The failed step changed nothing (rule 1), so undoing begins with the one before it.
        if (LastUndoBefore(steps, saga.Index, Read(saga.Data)) is not { } index)
        {
            return Accept([new SagaEnded(SagaState.Unwound, why, turn.Now)], Unwound(saga, why));
        }

        var step = steps[index];
        return Accept(
            [new SagaUnwinding(saga.Index, why, index, step.Name, turn.Now)],
            Send(step, UndoToken(turn, step), step.Undo!(Read(saga.Data))));
    }

    private Decision<object> UndoReplied(SagaState saga, Reply reply, in Turn turn) => reply switch
    {
        Reply.Refused refused => BackOff(saga, $"{refused.Why.Code}: {refused.Why.Message}", turn),
        _ => Undone(saga, isSkipped: false, turn),
    };

    private Decision<object> Undone(SagaState saga, bool isSkipped, in Turn turn)
    {
        var steps = StepsOf(saga.Version);
        if (LastUndoBefore(steps, saga.Index, Read(saga.Data)) is not { } index)
        {
            return Accept(
                [
                    new SagaUndone(saga.Index, isSkipped, null, null, turn.Now),
                    new SagaEnded(SagaState.Unwound, saga.Why, turn.Now),
                ],
                saga.Why is { } why ? Unwound(saga, why) : End());
        }

        var step = steps[index];
        return Accept(
            [new SagaUndone(saga.Index, isSkipped, index, step.Name, turn.Now)],
            Send(step, UndoToken(turn, step), step.Undo!(Read(saga.Data))));
    }

    private Decision<object> BackOff(SagaState saga, string reason, in Turn turn)
    {
        var attempt = saga.Attempts + 1;
        var isStuck = saga.Phase == SagaState.Unwinding && attempt >= SagaLimits.UndosBeforeStuck;
        var delay = isStuck ? SagaLimits.StuckRetry : SagaBackoff.After(attempt, turn.Self, saga.Step);
        return Accept(
            [new SagaStepRetry(saga.Index, attempt, reason, turn.Now)],
            [
                new Effect.CancelTimer(SlowTimer),
                new Effect.SetTimer(AgainTimer, delay, new SagaAgain(CurrentToken(saga, turn))),
            ]);
    }

    private Decision<object> Again(SagaState saga, string token, in Turn turn)
    {
        if (saga.IsOut || saga.IsEnded || token != CurrentToken(saga, turn))
        {
            return Decision.Unchanged<object>();
        }

        var step = StepsOf(saga.Version)[saga.Index];
        var data = Read(saga.Data);
        var effect = saga.Phase == SagaState.Unwinding ? step.Undo!(data) : step.Do(data);
        return Accept([new SagaStepAgain(saga.Index, turn.Now)], Send(step, token, effect));
    }

    private Decision<object> Slow(SagaState saga, string token, in Turn turn) =>
        saga is { IsOut: true, IsSlow: false } && token == CurrentToken(saga, turn)
            ? Accept([new SagaStepSlow(saga.Index, turn.Now)], [])
            : Decision.Unchanged<object>();

    private Decision<object> Retry(SagaState saga, in Turn turn)
    {
        if (saga.Phase == SagaState.None)
        {
            return Decision.Refuse<object>(Refusal.NotFound("saga", turn.Self.ToString()));
        }

        return saga.IsEnded || saga.IsOut ? Decision.Unchanged<object>() : Again(saga, CurrentToken(saga, turn), turn);
    }

    private Decision<object> Skip(SagaState saga, in Turn turn) => saga.Word == SagaState.Stuck
        ? Undone(saga, isSkipped: true, turn)
        : Decision.Refuse<object>(Refusal.Conflict(
            "SagaNotStuck",
            $"saga {turn.Self} is {saga.Word}, and only the undo of a stuck saga can be skipped",
            "wait for it, or look at its last error with: gantry saga show"));

    /// <summary>The effects of a step that goes out, under the saga's token, and of its patience.</summary>
    private static ImmutableArray<Effect> Send(SagaStep<TData> step, string token, Effect effect) =>
    [
        effect switch
        {
            Effect.Post post => post with { ReplyToken = token },
            Effect.Activity activity => activity with { Token = token, Patience = activity.Patience ?? step.Patience },
            _ => throw new InvariantException($"saga {TSaga.Name}, step {step.Name}: a step is a Post or an Activity"),
        },
        new Effect.SetTimer(SlowTimer, step.Patience, new SagaSlow(token)),
        new Effect.CancelTimer(AgainTimer),
    ];

    private static ImmutableArray<Effect> End() =>
    [
        new Effect.CancelTimer(SlowTimer),
        new Effect.CancelTimer(AgainTimer),
        new Effect.SetTimer(ForgetTimer, SagaLimits.KeptFor, new ForgetSaga()),
    ];

    private ImmutableArray<Effect> Unwound(SagaState saga, Refusal why) =>
        TSaga.OnUnwound(Read(saga.Data), why) is { } told ? End().Add(told) : End();

    private static int? LastUndoBefore(ImmutableArray<SagaStep<TData>> steps, int index, TData data)
    {
        for (var i = index - 1; i >= 0; i--)
        {
            if (steps[i].Undo is not null && steps[i].When?.Invoke(data) != false)
            {
                return i;
            }
        }

        return null;
    }

    private string? SubjectOf(SagaState saga) => TSaga.SubjectOf is { } say && TryRead(saga.Data) is { } data ? say(data) : null;

    private static string CurrentToken(SagaState saga, in Turn turn) => saga.Phase == SagaState.Unwinding
        ? $"{turn.Self.Key}.{saga.Step}.u"
        : $"{turn.Self.Key}.{saga.Step}";

    private static string Token(in Turn turn, SagaStep<TData> step) => $"{turn.Self.Key}.{step.Name}";

    private static string UndoToken(in Turn turn, SagaStep<TData> step) => $"{turn.Self.Key}.{step.Name}.u";

    private static Decision<object> Accept(ImmutableArray<object> events, ImmutableArray<Effect> effects) =>
        Decision.Accept(null, events, effects);

    private TData Read(JsonElement data) => TryRead(data)
        ?? throw new InvariantException($"saga {TSaga.Name} holds data that is not a {typeof(TData).Name}");

    private TData? TryRead(JsonElement data)
    {
        try
        {
            return data.Deserialize(Data);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private ImmutableArray<SagaStep<TData>> StepsOf(int version) => _steps.GetOrAdd(version, static v =>
        SagaSteps.Checked(TSaga.Name, v, v == TSaga.Version ? TSaga.Steps : TSaga.EarlierSteps(v)));
}
