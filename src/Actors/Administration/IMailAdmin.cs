using System.Collections.Immutable;

namespace Gantry.Actors;

/// <summary>Looks at mail and settles dead letters (engine 4.6, 10.4). Thread-safe.</summary>
public interface IMailAdmin
{
    /// <summary>One page in the order of ids; pass the last id as <see cref="MailQuestion.After"/> to go on.</summary>
    ValueTask<ImmutableArray<MailLine>> ListAsync(MailQuestion question, CancellationToken ct);

    /// <summary>One message with its body, or null.</summary>
    ValueTask<MailLine?> ShowAsync(MailId id, CancellationToken ct);

    /// <summary>Puts parked messages back: they are decided again, with their tries counted anew.</summary>
    ValueTask<AdminAnswer> RetryAsync(ImmutableArray<MailId> ids, AdminOrder order, CancellationToken ct);

    /// <summary>Deletes parked messages for good. Whoever waits for the reply of one waits for ever.</summary>
    ValueTask<AdminAnswer> DropAsync(ImmutableArray<MailId> ids, AdminOrder order, CancellationToken ct);
}

/// <summary>Which messages.</summary>
public sealed record MailQuestion
{
    /// <summary>Most rows of one page.</summary>
    public const int LimitMax = 1_000;

    /// <summary>Dead letters only (true), mail on its way only (false).</summary>
    public bool IsParked { get; init; } = true;

    /// <summary>Of one receiver only.</summary>
    public EntityAddress? To { get; init; }

    /// <summary>After this one only.</summary>
    public MailId? After { get; init; }

    /// <summary>Rows wanted.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>One message as operators see it.</summary>
public sealed record MailLine
{
    /// <summary>Its id.</summary>
    public required MailId Id { get; init; }

    /// <summary>The receiver.</summary>
    public required EntityAddress To { get; init; }

    /// <summary>The sender; null when its meta cannot be read.</summary>
    public EntityAddress? From { get; init; }

    /// <summary>Wire tag of the command.</summary>
    public required string Tag { get; init; }

    /// <summary>Timer name, for a timer.</summary>
    public string? Timer { get; init; }

    /// <summary>When it is due; null at once.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>How often an owner of its shard found it without consuming it.</summary>
    public int Loads { get; init; }

    /// <summary>When it was parked; null for one on its way.</summary>
    public DateTimeOffset? ParkedAt { get; init; }

    /// <summary>Tries before.</summary>
    public int Attempts { get; init; }

    /// <summary>Why it was parked.</summary>
    public string? Reason { get; init; }

    /// <summary>The command as JSON text; only from <see cref="IMailAdmin.ShowAsync"/>.</summary>
    public string? Body { get; init; }
}
