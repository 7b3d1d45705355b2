using System.Collections.Immutable;

namespace Gantry.Actors;

/// <summary>Follows committed events. Order is kept per entity; delivery is at least once.</summary>
public interface IEventFeed
{
    /// <summary>The place after everything committed so far.</summary>
    ValueTask<FeedPosition> NowAsync(CancellationToken ct);

    /// <summary>Events after a place, for ever, as they commit.</summary>
    IAsyncEnumerable<FeedEvent> FollowAsync(FeedPosition from, CancellationToken ct);
}

/// <summary>One committed event.</summary>
public sealed record FeedEvent
{
    /// <summary>Whose event.</summary>
    public required EntityAddress Entity { get; init; }

    /// <summary>Its number at that entity, from 1.</summary>
    public required long Sequence { get; init; }

    /// <summary>The wire tag.</summary>
    public required string Tag { get; init; }

    /// <summary>The decoded event.</summary>
    public required object Fact { get; init; }

    /// <summary>When it was decided.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>On whose behalf, as text.</summary>
    public required string Caller { get; init; }

    /// <summary>The command key or mail id that caused it.</summary>
    public required string Cause { get; init; }

    /// <summary>Where to go on after this event.</summary>
    public required FeedPosition Resume { get; init; }
}

/// <summary>A vector of shard positions; opaque text outside.</summary>
public sealed record FeedPosition(ImmutableSortedDictionary<int, long> Shards)
{
    /// <summary>Before everything.</summary>
    public static readonly FeedPosition Start = new(ImmutableSortedDictionary<int, long>.Empty);
}
