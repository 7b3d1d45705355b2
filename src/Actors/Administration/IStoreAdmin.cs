using System.Collections.Immutable;

namespace Gantry.Actors;

/// <summary>Looks at claims, journal and views of the store, and mends views (engine 3.6, 10.4). Thread-safe.</summary>
public interface IStoreAdmin
{
    /// <summary>Who this store is, from what is known of it: asks nothing, so it answers when the store does not. Without row counts.</summary>
    StoreCard Card { get; }

    /// <summary>Who this store is and how much is in it. Counts every row: dear on a large store.</summary>
    ValueTask<StoreCard> ShowAsync(CancellationToken ct);

    /// <summary>The holder of a claim, or null.</summary>
    ValueTask<ClaimLine?> ClaimAsync(string space, string value, CancellationToken ct);

    /// <summary>Claims of a space (null: all) after one, in order. At most 1,000.</summary>
    ValueTask<ImmutableArray<ClaimLine>> ClaimsAsync(string? space, ClaimValue? after, int max, CancellationToken ct);

    /// <summary>Newest events of all shards, oldest first. At most 1,000.</summary>
    ValueTask<ImmutableArray<JournalLine>> TailAsync(int max, CancellationToken ct);

    /// <summary>Reads every entity's journal: sequences without holes, bodies that can be read, states that fold.</summary>
    ValueTask<CheckReport> VerifyAsync(CancellationToken ct);

    /// <summary>Compares every row of the views with what the events say.</summary>
    /// <param name="view">One view, or null for all.</param>
    /// <param name="ct">Ends it.</param>
    ValueTask<CheckReport> CheckViewsAsync(string? view, CancellationToken ct);

    /// <summary>Writes the rows of the views anew from the events, entity by entity; a second run mends what a crash left.</summary>
    ValueTask<CheckReport> RebuildViewsAsync(string? view, AdminOrder order, CancellationToken ct);

    /// <summary>Checks the file itself: pages, indexes, fences. What it finds no command can mend: restore a backup.</summary>
    ValueTask<CheckReport> CheckAsync(CancellationToken ct);

    /// <summary>Writes a whole copy while the node goes on. The file must not exist yet.</summary>
    ValueTask<AdminAnswer> BackupAsync(string file, AdminOrder order, CancellationToken ct);
}

/// <summary>A store.</summary>
public sealed record StoreCard
{
    /// <summary><c>sqlite</c> or <c>memory</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Cluster id.</summary>
    public required Guid ClusterId { get; init; }

    /// <summary>Shards.</summary>
    public required int Shards { get; init; }

    /// <summary>Restores so far.</summary>
    public required int RestoreCount { get; init; }

    /// <summary>Rows by table; empty where they were not counted.</summary>
    public ImmutableSortedDictionary<string, long> Rows { get; init; } = ImmutableSortedDictionary<string, long>.Empty;
}

/// <summary>A claim.</summary>
/// <param name="Space">Its space.</param>
/// <param name="Value">Its value.</param>
/// <param name="Holder">Who holds it.</param>
/// <param name="At">Since when.</param>
public sealed record ClaimLine(string Space, string Value, EntityAddress Holder, DateTimeOffset At);

/// <summary>One event of the journal.</summary>
/// <param name="Entity">Whose.</param>
/// <param name="Event">The event.</param>
public sealed record JournalLine(EntityAddress Entity, EntityEventLine Event);

/// <summary>What a check or a rebuild found.</summary>
/// <param name="Entities">Entities looked at.</param>
/// <param name="Rows">Events or rows looked at.</param>
/// <param name="Changed">Rows that were written anew; 0 for a check.</param>
/// <param name="Findings">What is wrong, at most <see cref="FindingsMax"/> lines.</param>
/// <param name="FindingCount">All that is wrong.</param>
public sealed record CheckReport(long Entities, long Rows, long Changed, ImmutableArray<string> Findings, long FindingCount)
{
    /// <summary>Most lines given.</summary>
    public const int FindingsMax = 1_000;

    /// <summary>Nothing is wrong.</summary>
    public bool IsClean => FindingCount == 0;
}
