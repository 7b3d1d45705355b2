using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>Stops or reboots an instance: the wish is written and judged first, then the sled is asked (vmm 4.2, 4.5).</summary>
public sealed class TransitionSaga : ISaga<TransitionData>
{
    /// <summary>Ask for a stop.</summary>
    public const string Stop = "stopped";

    /// <summary>Ask for a reboot.</summary>
    public const string Reboot = "reboot";

    /// <inheritdoc/>
    public static string Name => "instance-transition";

    /// <inheritdoc/>
    public static ImmutableArray<SagaStep<TransitionData>> Steps { get; } =
    [
        new()
        {
            Name = "wish",
            Do = d => new Effect.Post(Addresses.Instance(d.Instance), d.State == Stop ? new WantStopped() : new WantReboot()),
            OnReply = (d, reply) => reply switch
            {
                Reply.Accepted { Value: InstanceVerdict { Why: { } why } } => new StepEnd<TransitionData>.Fail(why),
                Reply.Accepted { Value: InstanceVerdict verdict } =>
                    new StepEnd<TransitionData>.Next(d with { Vmm = verdict.Vmm, Sled = verdict.Sled }),
                _ => Fail(reply),
            },
        },
        new()
        {
            Name = "sled",
            When = d => d is { Vmm: not null, Sled: not null },
            Do = d => new Effect.Activity(
                PutStateActivity.ActivityName, "", new PutVmmState(d.Vmm!.Value, d.Sled!.Value, d.State, IsStart: false)), // When says so
            OnReply = (d, reply) => reply switch
            {
                Reply.Accepted => new StepEnd<TransitionData>.Next(d),
                Reply.Refused { Why: { Code: InstancesErrors.NotRegisteredYet } why } => new StepEnd<TransitionData>.Retry(why.Message),
                _ => Fail(reply),
            },
            Patience = InstancesLimits.SledDeadline,
        },
    ];

    private static StepEnd<TransitionData> Fail(Reply reply) => reply is Reply.Refused refused
        ? new StepEnd<TransitionData>.Fail(refused.Why)
        : throw Invariant.Unreachable("a wish is answered with a verdict");
}

/// <summary>What a stop or reboot knows. VMM and sled come with the verdict; null when no sled has to be asked.</summary>
public sealed record TransitionData(InstanceId Instance, string State, VmmId? Vmm = null, SledId? Sled = null);
