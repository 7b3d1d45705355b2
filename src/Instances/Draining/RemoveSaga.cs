using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>
/// Takes a sled out of the rack for good (operator-experience 5): emptied, out of the quorum, expunged. It goes on until each is done; what it
/// waits for is its last error, and undrain stops it while it empties the sled. Keyed by the request.
/// </summary>
[Destructive(FleetRole = "admin")]
public sealed class RemoveSaga : ISaga<RemoveData>
{
    /// <inheritdoc/>
    public static string Name => "sled-remove";

    /// <inheritdoc/>
    public static Func<RemoveData, string>? SubjectOf { get; } = d => $"sled/{d.Sled}";

    /// <inheritdoc/>
    public static ImmutableArray<SagaStep<RemoveData>> Steps { get; } =
    [
        DrainSteps.Close<RemoveData>(d => d.Sled),
        DrainSteps.Away<RemoveData>(d => d.Sled),
        DrainSteps.Again<RemoveData>("leave", d => new Effect.Activity(QuorumActivities.Leave, "", new LeaveQuorum(d.Rack, d.Baseboard))),
        new()
        {
            // A change of the quorum may have begun since; nothing is expunged that it lists.
            Name = "confirm",
            Do = d => new Effect.Post(Addresses.TqConfig(d.Rack), new ConfirmNotMember(d.Baseboard)),
            OnReply = DrainSteps.Go,
        },

        // Refused as long as anything is reserved there, and for good when the sled was taken back into use.
        DrainSteps.Again<RemoveData>("expunge", d => new Effect.Post(Addresses.Sled(d.Sled), new RetireSled())),
    ];
}

/// <summary>Which sled.</summary>
public sealed record RemoveData(SledId Sled, RackId Rack, BaseboardId Baseboard);
