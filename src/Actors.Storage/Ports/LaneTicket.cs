using System.Collections.Immutable;

namespace Gantry.Actors.Storage;

/// <summary>The right to commit one batch: incarnation, lane, session and the batch number, exactly one more than the last.</summary>
public readonly record struct LaneTicket(Incarnation Incarnation, int Lane, int Session, long BatchNumber);

/// <summary>What <see cref="IActorStore.ResolveAsync"/> found.</summary>
public readonly record struct LaneProbe(int Session, long LastBatch, bool Fenced);

/// <summary>What became of a batch.</summary>
public abstract record CommitResult
{
    private CommitResult()
    {
    }

    /// <summary>All of it is durable.</summary>
    public sealed record Committed : CommitResult;

    /// <summary>Nothing was committed: the lane or a shard is not ours any more.</summary>
    public sealed record Fenced(FenceReason Why, string Detail) : CommitResult;

    /// <summary>Nothing was committed, the lane is still ours: everything in the batch that lost, at once.</summary>
    public sealed record Losers(
        ImmutableArray<MailId> GoneMail,
        ImmutableArray<ClaimConflict> TakenClaims,
        ImmutableArray<ReceiptRow> KnownKeys) : CommitResult;

    /// <summary>The store refused rows and cannot say whose: a bug, isolated by halving the batch.</summary>
    public sealed record Poisoned(string Code, string Why) : CommitResult;
}

/// <summary>Which part of the fence failed.</summary>
public enum FenceReason
{
    /// <summary>The lane row is fenced or missing.</summary>
    Fenced,

    /// <summary>Another session of the lane is open.</summary>
    Session,

    /// <summary>The batch number is not one more than the last.</summary>
    BatchNumber,

    /// <summary>A shard of the batch has another owner or epoch.</summary>
    NotOwner,
}

/// <summary>A claim that another entity holds. The holder may be null: its row can vanish between two reads.</summary>
public sealed record ClaimConflict(string Space, string Value, EntityAddress Wanted, EntityAddress? Holder);
