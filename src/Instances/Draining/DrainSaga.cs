using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>
/// Empties a sled: no new VMMs, then every running one is migrated away (operator-experience 5). It goes on until nothing is left; what stands
/// in its way is its last error. Keyed by the request.
/// </summary>
public sealed class DrainSaga : ISaga<DrainData>
{
    /// <inheritdoc/>
    public static string Name => "sled-drain";

    /// <inheritdoc/>
    public static ImmutableArray<SagaStep<DrainData>> Steps { get; } =
    [
        new()
        {
            Name = "close",
            Do = d => new Effect.Post(Addresses.Sled(d.Sled), new SetDraining(true)),
            OnReply = (d, reply) => reply is Reply.Refused refused
                ? new StepEnd<DrainData>.Fail(refused.Why)
                : new StepEnd<DrainData>.Next(d),
        },
        new()
        {
            Name = "away",
            Do = d => new Effect.Activity(DrainActivity.ActivityName, "", new DrainPass(d.Sled)),
            OnReply = (d, reply) => reply switch
            {
                Reply.Refused { Why.Kind: RefusalKind.Conflict } stopped => new StepEnd<DrainData>.Fail(stopped.Why),
                Reply.Refused blocked => new StepEnd<DrainData>.Retry(blocked.Why.Message),
                _ => new StepEnd<DrainData>.Next(d),
            },
            Patience = TimeSpan.FromSeconds(120),
        },
    ];
}

/// <summary>Which sled.</summary>
public sealed record DrainData(SledId Sled);

/// <summary>Input of <see cref="DrainActivity"/>.</summary>
[Wire("instance.drain-pass")]
public sealed record DrainPass(SledId Sled);
