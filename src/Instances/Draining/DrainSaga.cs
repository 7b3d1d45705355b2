using System.Collections.Immutable;
using Gantry.Actors;
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
    public static Func<DrainData, string>? SubjectOf { get; } = d => $"sled/{d.Sled}";

    /// <inheritdoc/>
    public static ImmutableArray<SagaStep<DrainData>> Steps { get; } = [DrainSteps.Close<DrainData>(d => d.Sled), DrainSteps.Away<DrainData>(d => d.Sled)];
}

/// <summary>Which sled.</summary>
public sealed record DrainData(SledId Sled);

/// <summary>Input of <see cref="DrainActivity"/>.</summary>
[Wire("instance.drain-pass")]
public sealed record DrainPass(SledId Sled);
