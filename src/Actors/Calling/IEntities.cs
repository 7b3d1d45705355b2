
namespace Gantry.Actors;

/// <summary>
/// Asks entities. Only the gateway, reconcilers, activities and admin commands ask; entities post. Thread-safe.
/// </summary>
public interface IEntities
{
    /// <summary>Sends a command and waits for its outcome, at the latest until the deadline.</summary>
    ValueTask<Outcome<TReply>> AskAsync<TReply>(
        EntityAddress to, ICommand<TReply> command, AskOptions options, CancellationToken ct) where TReply : class;
}

/// <summary>How a command is asked.</summary>
public sealed record AskOptions
{
    /// <summary>Idempotency key.</summary>
    public required CommandKey Key { get; init; }

    /// <summary>How long the caller waits. Past it the outcome is <see cref="Outcome{T}.Unknown"/> if it may have been decided.</summary>
    public required TimeSpan Deadline { get; init; }

    /// <summary>On whose behalf.</summary>
    public required Principal Caller { get; init; }

    /// <summary>Digest over operation, path and body, made by the gateway; the same key with another digest is refused.</summary>
    public string? Digest { get; init; }

    /// <summary>For reconcilers, sagas and admin: refused (RevisionMoved) when the entity has another revision.</summary>
    public long? ExpectedRevision { get; init; }

    /// <summary>HTTP If-Match: refused (GenerationMoved) when the entity has another generation.</summary>
    public long? ExpectedGeneration { get; init; }

    /// <summary>About how many bytes the request has, for the bound of bytes in flight. The gateway knows; others leave it.</summary>
    public int Bytes { get; init; } = 512;

    /// <summary>W3C trace context, if any.</summary>
    public string? Trace { get; init; }
}
