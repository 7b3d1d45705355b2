using Gantry.Actors.Storage;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>What an engine is built from.</summary>
public sealed record ActorEngineParts
{
    /// <summary>The durable authority. Opened by the engine, disposed by whoever made it.</summary>
    public required IActorStore Store { get; init; }

    /// <summary>Members and owners of shards; null for a node that is alone, which fences everybody else and takes every shard.</summary>
    public IMembershipStore? Membership { get; init; }

    /// <summary>The way to other nodes. Disposed by whoever made it.</summary>
    public INodeLinks Links { get; init; } = NullLinks.Instance;

    /// <summary>All areas.</summary>
    public required EngineModel Model { get; init; }

    /// <summary>Settings.</summary>
    public ActorEngineOptions Options { get; init; } = new();

    /// <summary>Asked for once, at start: activities need <see cref="IEntities"/>, which is the engine's.</summary>
    public Func<IEnumerable<IActivity>> Activities { get; init; } = static () => [];

    /// <summary>Asked for once, at start: what other nodes may ask this one.</summary>
    public Func<IEnumerable<INodeQuestion>> Questions { get; init; } = static () => [];

    /// <summary>Hears of commits and nudges.</summary>
    public required ICommitListener Listener { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>
    /// The clock by which other nodes are judged and confirmations age; null for <see cref="Time"/>. Whoever pushes that one ahead, as tests do,
    /// must leave this one alone: beats and the store know real time only.
    /// </summary>
    public TimeProvider? MembershipTime { get; init; }

    /// <summary>The dice.</summary>
    public required IRandomSource Random { get; init; }

    /// <summary>Where log lines go.</summary>
    public required ILoggerFactory Logs { get; init; }
}
