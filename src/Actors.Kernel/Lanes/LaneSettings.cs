using Gantry.Primitives;

namespace Gantry.Actors.Kernel;

/// <summary>What a lane is built from.</summary>
public sealed record LaneSettings
{
    /// <summary>All kinds by name.</summary>
    public required IReadOnlyDictionary<string, EntityKind> Kinds { get; init; }

    /// <summary>Shards of the store.</summary>
    public required int ShardCount { get; init; }

    /// <summary>See <see cref="Turn.Scope"/>.</summary>
    public required string Scope { get; init; }

    /// <summary>Entities in memory above which idle ones leave at once: this lane's part of what its node may hold (engine 9).</summary>
    public int EntitiesMax { get; init; } = LaneLimits.EntitiesMax;

    /// <summary>How large a state may be; null for no bound.</summary>
    public StateBound? StateBound { get; init; }

    /// <summary>Told of every turn; null for nobody.</summary>
    public ILaneProbe? Probe { get; init; }

    /// <summary>Gives messages the trace they take effect in; null: that of their sender.</summary>
    public ILaneTraces? Traces { get; init; }

    /// <summary>Dice for jitter; of this lane alone.</summary>
    public required IRandomSource Random { get; init; }

    /// <summary>For the simulator alone.</summary>
    internal KernelMutations Mutations { get; init; }
}
