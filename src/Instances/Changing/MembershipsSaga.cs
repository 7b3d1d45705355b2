using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;

namespace Gantry.Instances;

/// <summary>Replaces an instance's multicast memberships as a whole (multicast 3.7, E8). Multicast itself undoes what fails half way.</summary>
public sealed class MembershipsSaga : ISaga<MembershipsData>
{
    /// <inheritdoc/>
    public static string Name => "instance-memberships";

    /// <inheritdoc/>
    public static ImmutableArray<SagaStep<MembershipsData>> Steps { get; } =
    [
        new()
        {
            Name = "replace",
            Do = d => new Effect.Activity(MulticastActivities.Replace, "", d.Replacement),
            OnReply = (d, reply) => reply is Reply.Refused refused
                ? new StepEnd<MembershipsData>.Fail(refused.Why)
                : new StepEnd<MembershipsData>.Next(d),
        },
    ];
}

/// <summary>What is wanted.</summary>
public sealed record MembershipsData(ReplaceMemberships Replacement);
