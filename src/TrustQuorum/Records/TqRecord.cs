using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.TrustQuorum;

/// <summary>One configuration of a rack as the control plane knows it (trust-quorum 5.1). Holds nothing secret.</summary>
public sealed record TqRecord
{
    /// <summary>The rack.</summary>
    public required RackId Rack { get; init; }

    /// <summary>From 1; rises by one with every configuration, aborted ones included.</summary>
    public required long Epoch { get; init; }

    /// <summary>The configuration this one builds on; null for epoch 1 and upgrades from LRTQ.</summary>
    public long? LastCommittedEpoch { get; init; }

    /// <summary>One of <see cref="TqStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>K, as it was when the record was made.</summary>
    public required int Threshold { get; init; }

    /// <summary>Z, as it was when the record was made.</summary>
    public required int CommitCrashTolerance { get; init; }

    /// <summary>Always a member.</summary>
    public required BaseboardId Coordinator { get; init; }

    /// <summary>Prior secrets as the coordinator sealed them; set at most once.</summary>
    public TqSealedSecrets? EncryptedRackSecrets { get; init; }

    /// <summary>Members sorted by id: place 0 holds share 1.</summary>
    public required ImmutableArray<TqMember> Members { get; init; }

    /// <summary>When it was proposed.</summary>
    public required DateTimeOffset TimeCreated { get; init; }

    /// <summary>The point of no return.</summary>
    public DateTimeOffset? TimeCommitting { get; init; }

    /// <summary>When all members, or all but some for ever, had committed.</summary>
    public DateTimeOffset? TimeCommitted { get; init; }

    /// <summary>When it was given up.</summary>
    public DateTimeOffset? TimeAborted { get; init; }

    /// <summary>Why it was given up.</summary>
    public string? AbortReason { get; init; }

    /// <summary>How the one call to the coordinator stands: one of <see cref="CoordinatorCalls"/>.</summary>
    public string CoordinatorCall { get; init; } = CoordinatorCalls.None;

    /// <summary>Why the coordinator did not take it.</summary>
    public Refusal? CoordinatorError { get; init; }

    /// <summary>K+Z: acknowledgements needed to commit, and commits needed before the next proposal.</summary>
    public int AcksNeeded => Threshold + CommitCrashTolerance;

    /// <summary>Members that hold configuration and share, as far as known; the coordinator counts.</summary>
    public int PreparedCount => Members.Count(m => m.State != TqMemberStates.Unacked);

    /// <summary>Members that committed, as far as known.</summary>
    public int CommittedCount => Members.Count(m => m.State == TqMemberStates.Committed);

    /// <summary>Whether it may still be aborted.</summary>
    public bool IsPreparing => State is TqStates.Preparing or TqStates.PreparingLrtqUpgrade;

    /// <summary>Whether somebody works on it.</summary>
    public bool IsActive => IsPreparing || State == TqStates.Committing;

    /// <summary>Whether it is or was in force.</summary>
    public bool IsCommitted => State is TqStates.Committed or TqStates.CommittedPartially;

    /// <summary>The member, or null.</summary>
    public TqMember? Find(BaseboardId id) => Members.FirstOrDefault(m => m.Id == id);
}

/// <summary>One member of a configuration.</summary>
public sealed record TqMember
{
    /// <summary>The hardware.</summary>
    public required BaseboardId Id { get; init; }

    /// <summary>One of <see cref="TqMemberStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>Digest of its share, 64 lower-case hex digits; null until the coordinator told it.</summary>
    public string? ShareDigest { get; init; }

    /// <summary>When its acknowledgement was recorded; null for one that caught up by itself.</summary>
    public DateTimeOffset? TimePrepared { get; init; }

    /// <summary>When its commit was first recorded.</summary>
    public DateTimeOffset? TimeCommitted { get; init; }
}

/// <summary>Prior secrets sealed under the new one. Hex.</summary>
public sealed record TqSealedSecrets(string Salt, string Data);

/// <summary>States of a record, in the protocol's words.</summary>
public static class TqStates
{
    /// <summary>The coordinator collects and distributes.</summary>
    public const string Preparing = "preparing";

    /// <summary>The same, from the older scheme.</summary>
    public const string PreparingLrtqUpgrade = "preparing_lrtq_upgrade";

    /// <summary>Decided: every member is told to commit.</summary>
    public const string Committing = "committing";

    /// <summary>Every member committed.</summary>
    public const string Committed = "committed";

    /// <summary>Enough members committed and a later configuration took over; final.</summary>
    public const string CommittedPartially = "committed_partially";

    /// <summary>Given up before the point of no return; final.</summary>
    public const string Aborted = "aborted";
}

/// <summary>States of a member.</summary>
public static class TqMemberStates
{
    /// <summary>Nothing was heard of it.</summary>
    public const string Unacked = "unacked";

    /// <summary>It holds configuration and share.</summary>
    public const string Prepared = "prepared";

    /// <summary>It marked the epoch as in force.</summary>
    public const string Committed = "committed";
}

/// <summary>How the one call to a coordinator stands.</summary>
public static class CoordinatorCalls
{
    /// <summary>No call belongs to the record.</summary>
    public const string None = "none";

    /// <summary>On its way, or about to be.</summary>
    public const string Out = "out";

    /// <summary>The coordinator took it.</summary>
    public const string Taken = "taken";

    /// <summary>It failed, or nobody knows; the record stays preparing until it is aborted.</summary>
    public const string Failed = "failed";
}
