using System.Collections.Immutable;

namespace Gantry.Actors;

/// <summary>Looks at reconcilers and holds them (engine 7, 10.4). Nudging is <see cref="IReconcilers.Nudge"/>. Thread-safe.</summary>
public interface IReconcilerAdmin
{
    /// <summary>All reconcilers of this node by name.</summary>
    ImmutableArray<ReconcilerCard> List();

    /// <summary>The keys of one reconciler; empty when there is none of that name.</summary>
    ImmutableArray<ReconcilerKeyStatus> Keys(string reconciler);

    /// <summary>
    /// Starts no more turns of it (turns on their way end) or goes on. Not durable: a restart of the node goes on. Refused when there is
    /// none of that name.
    /// </summary>
    AdminAnswer Pause(string reconciler, bool isPaused, AdminOrder order);
}

/// <summary>One reconciler.</summary>
public sealed record ReconcilerCard
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>How often every key is looked at; zero for never by itself.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Turns that may run at once.</summary>
    public required int Concurrency { get; init; }

    /// <summary>Keys known.</summary>
    public required int Keys { get; init; }

    /// <summary>Turns on their way.</summary>
    public required int Running { get; init; }

    /// <summary>Keys that wait for a turn that is due.</summary>
    public required int Waiting { get; init; }

    /// <summary>Keys whose last turn failed.</summary>
    public required int Failing { get; init; }

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
