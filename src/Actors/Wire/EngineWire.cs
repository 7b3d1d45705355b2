using System.Text.Json.Serialization;
using Gantry.Primitives;

namespace Gantry.Actors;

/// <summary>The engine's own wire forms.</summary>
public static class EngineWire
{
    /// <summary>Registered besides those of the areas.</summary>
    public static WireSet Set { get; } = WireSet.Of(EngineJson.Default, typeof(EngineWire).Assembly);
}

/// <summary>Writes the engine's own records.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Done))]
[JsonSerializable(typeof(RefusedReply))]
[JsonSerializable(typeof(MailMeta))]
[JsonSerializable(typeof(SagaState))]
[JsonSerializable(typeof(StartSaga))]
[JsonSerializable(typeof(ReadSaga))]
[JsonSerializable(typeof(SagaStanding))]
[JsonSerializable(typeof(RetrySaga))]
[JsonSerializable(typeof(SkipUndo))]
[JsonSerializable(typeof(SagaAgain))]
[JsonSerializable(typeof(SagaSlow))]
[JsonSerializable(typeof(ForgetSaga))]
[JsonSerializable(typeof(SagaStarted))]
[JsonSerializable(typeof(SagaStepDone))]
[JsonSerializable(typeof(SagaStepRetry))]
[JsonSerializable(typeof(SagaStepAgain))]
[JsonSerializable(typeof(SagaStepSlow))]
[JsonSerializable(typeof(SagaUnwinding))]
[JsonSerializable(typeof(SagaUndone))]
[JsonSerializable(typeof(SagaEnded))]
[JsonSerializable(typeof(SagaForgotten))]
[JsonSerializable(typeof(SagaRow))]
public sealed partial class EngineJson : JsonSerializerContext;

/// <summary>
/// Stands for <see cref="Reply.Refused"/> where a reply travels as mail: the body of a reply is the accepted value's own record, or this.
/// The receiver's kind gets it back through <see cref="IKindRunner.WrapReply"/> because <see cref="MailMeta.ReplyOf"/> is set.
/// </summary>
[Wire("refused")]
public sealed record RefusedReply(Refusal Why)
{
    /// <summary>The record that carries a reply.</summary>
    public static object Carry(Reply reply) => reply switch
    {
        Reply.Accepted accepted => accepted.Value,
        Reply.Refused refused => new RefusedReply(refused.Why),
        _ => throw Invariant.Unreachable("a reply is accepted or refused"),
    };

    /// <summary>The reply that a record carries.</summary>
    public static Reply Unpack(object carried) =>
        carried is RefusedReply refused ? new Reply.Refused(refused.Why) : new Reply.Accepted(carried);
}
