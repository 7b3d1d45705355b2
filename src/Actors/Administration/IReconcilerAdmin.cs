using System.Collections.Immutable;

namespace Gantry.Actors;

/// <summary>Looks at reconcilers and holds them (engine 7, 10.4). Nudging is <see cref="IReconcilers.Nudge"/>. Thread-safe.</summary>
public interface IReconcilerAdmin
{
    /// <summary>All reconcilers by name, as all nodes see them together.</summary>
    ValueTask<ReconcilerSight> ListAsync(CancellationToken ct);

    /// <summary>The keys of one reconciler on all nodes, in order; empty when there is none of that name.</summary>
    ValueTask<ReconcilerSight> KeysAsync(string reconciler, CancellationToken ct);

    /// <summary>
    /// Starts no more turns of it on any node (turns on their way end) or goes on. Not durable: a node that restarts goes on. Refused when
    /// there is none of that name.
    /// </summary>
    ValueTask<AdminAnswer> PauseAsync(string reconciler, bool isPaused, AdminOrder order, CancellationToken ct);
}

/// <summary>What the nodes of the cluster say together.</summary>
public sealed record ReconcilerSight
{
    /// <summary>By name; empty when keys were asked for.</summary>
    public ImmutableArray<ReconcilerCard> Cards { get; init; } = [];

    /// <summary>In order; empty when reconcilers were asked for.</summary>
    public ImmutableArray<ReconcilerKeyStatus> Keys { get; init; } = [];

    /// <summary>Nodes that did not answer: what they work on is not counted.</summary>
    public ImmutableArray<string> Missing { get; init; } = [];
}

/// <summary>One reconciler.</summary>
public sealed record ReconcilerCard
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>How often every key is looked at; zero for never by itself.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Turns that may run at once on one node.</summary>
    public required int Concurrency { get; init; }

    /// <summary>Keys known.</summary>
    public required int Keys { get; init; }

    /// <summary>Turns on their way.</summary>
    public required int Running { get; init; }

    /// <summary>Keys that wait for a turn that is due.</summary>
    public required int Waiting { get; init; }

    /// <summary>Keys whose last turn failed.</summary>
    public required int Failing { get; init; }

    /// <summary>Failures in a row of <see cref="WorstKey"/>.</summary>
    public int WorstAttempts { get; init; }

    /// <summary>The key with the most failures in a row, and its error.</summary>
    public string? WorstKey { get; init; }

    /// <summary>See <see cref="WorstKey"/>.</summary>
    public string? WorstError { get; init; }

    /// <summary>Age of the oldest last success of a key.</summary>
    public TimeSpan ConvergenceAge { get; init; }

    /// <summary>Its keys have been listed since the start.</summary>
    public bool IsListed { get; init; }

    /// <summary>Held by an operator.</summary>
    public bool IsPaused { get; init; }

    /// <summary>Who holds it, and since when.</summary>
    public string? PausedBy { get; init; }

    /// <summary>JSON object summed over the last reports of its keys; null when it reports nothing.</summary>
    public string? Report { get; init; }
}
