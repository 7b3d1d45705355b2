using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Gantry.Primitives;

namespace Gantry.Api;

/// <summary>A sled as rack membership names it.</summary>
internal sealed record QuorumSledBody
{
    public required string PartNumber { get; init; }

    public required string SerialNumber { get; init; }
}

/// <summary>Sleds to add; none keeps the members and makes a new secret.</summary>
internal sealed record MembershipAddBody
{
    public required IReadOnlyList<QuorumSledBody> SledIds { get; init; }
}

/// <summary>A sled in the words of either draft: <c>part_number</c> and <c>serial_number</c>, or <c>part</c> and <c>serial</c>.</summary>
internal sealed record DraftSledBody
{
    public string? PartNumber { get; init; }

    public string? SerialNumber { get; init; }

    public string? Part { get; init; }

    public string? Serial { get; init; }
}

/// <summary>Sleds to add, as the drafts had it.</summary>
internal sealed record DraftAddBody
{
    public required IReadOnlyList<DraftSledBody> SledIds { get; init; }
}

/// <summary>Rack membership as operators see it.</summary>
internal abstract record MembershipAnswer
{
    [JsonPropertyOrder(-2)]
    public Guid RackId { get; init; }

    public string State { get; init; } = "";

    public ImmutableArray<BaseboardId> Members { get; init; } = [];

    public ImmutableArray<BaseboardId> UnacknowledgedMembers { get; init; } = [];

    public DateTimeOffset TimeCreated { get; init; }

    public DateTimeOffset? TimeCommitted { get; init; }

    public DateTimeOffset? TimeAborted { get; init; }
}

/// <summary>RackMembershipStatus of Nexus; <c>generation</c> is ours.</summary>
internal sealed record RackMembershipAnswer : MembershipAnswer
{
    [JsonPropertyOrder(-1)]
    public required long Version { get; init; }

    [JsonPropertyOrder(1)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Generation { get; init; }
}

/// <summary>The same in the words of the later draft.</summary>
internal sealed record DraftMembershipAnswer : MembershipAnswer
{
    [JsonPropertyOrder(-1)]
    public required long Epoch { get; init; }
}

/// <summary>The answer of our own changes: the work that began, and the membership as it will be followed.</summary>
internal sealed record QuorumWorkStarted(LongWork Operation, RackMembershipAnswer Membership);

/// <summary>The detailed record (trust-quorum 7.2).</summary>
internal sealed record QuorumRecordAnswer
{
    public required Guid RackId { get; init; }

    public required long Epoch { get; init; }

    public required long? LastCommittedEpoch { get; init; }

    public required string State { get; init; }

    public required int Threshold { get; init; }

    public required int CommitCrashTolerance { get; init; }

    public required BaseboardId Coordinator { get; init; }

    public required QuorumSecretsAnswer? EncryptedRackSecrets { get; init; }

    /// <summary>By <c>part:serial</c>, in the order of shares.</summary>
    public required OrderedDictionary<string, QuorumMemberAnswer> Members { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset? TimeCommitting { get; init; }

    public required DateTimeOffset? TimeCommitted { get; init; }

    public required DateTimeOffset? TimeAborted { get; init; }

    public required string? AbortReason { get; init; }
}

/// <summary>Earlier secrets, sealed under the newest: no secret without K shares.</summary>
internal sealed record QuorumSecretsAnswer(string Salt, string Data);

/// <summary>One member of a record.</summary>
internal sealed record QuorumMemberAnswer(string State, string? ShareDigest, DateTimeOffset? TimePrepared, DateTimeOffset? TimeCommitted);

/// <summary>What a change would make, and what it would survive.</summary>
internal sealed record QuorumPlanAnswer
{
    /// <summary>The configuration it builds on; absent when there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public QuorumSizeAnswer? From { get; init; }

    public required QuorumSizeAnswer To { get; init; }

    public required ImmutableArray<BaseboardId> Added { get; init; }

    public required ImmutableArray<BaseboardId> Removed { get; init; }

    /// <summary>Sentences for people: which failures the change and the new epoch survive.</summary>
    public required ImmutableArray<string> Survives { get; init; }

    /// <summary>Members that do not answer now.</summary>
    public required ImmutableArray<BaseboardId> Unreachable { get; init; }
}

/// <summary>What giving an epoch up would do.</summary>
/// <param name="Epoch">The newest epoch.</param>
/// <param name="From">Its state now.</param>
/// <param name="To">Its state afterwards.</param>
/// <param name="IfStopped">What is in force afterwards, as a sentence.</param>
internal sealed record QuorumAbortPlanAnswer(long Epoch, string From, string To, string IfStopped);

/// <summary>Numbers of one configuration (trust-quorum 3).</summary>
internal sealed record QuorumSizeAnswer
{
    public required long Epoch { get; init; }

    public required int Members { get; init; }

    /// <summary>K.</summary>
    public required int Threshold { get; init; }

    /// <summary>Z.</summary>
    public required int CommitCrashTolerance { get; init; }

    /// <summary>N minus K and Z.</summary>
    public required int MayMissPrepare { get; init; }

    /// <summary>N minus K.</summary>
    public required int MayBeDownAtUnlock { get; init; }
}

/// <summary>A change as it runs: what the ceremony shows.</summary>
internal sealed record QuorumProgressAnswer
{
    public required Guid RackId { get; init; }

    public required long Epoch { get; init; }

    /// <summary>The state of the record.</summary>
    public required string State { get; init; }

    /// <summary><c>prepare</c>, <c>commit</c>, <c>settled</c> or <c>aborted</c>.</summary>
    public required string Phase { get; init; }

    public required long? LastCommittedEpoch { get; init; }

    public required int Threshold { get; init; }

    public required int CommitCrashTolerance { get; init; }

    /// <summary>K+Z.</summary>
    public required int AcksNeeded { get; init; }

    public required int Prepared { get; init; }

    public required int Committed { get; init; }

    public required BaseboardId Coordinator { get; init; }

    public required ImmutableArray<QuorumCellAnswer> Members { get; init; }

    /// <summary>Who is waited for, and what is known of why.</summary>
    public required ImmutableArray<QuorumBlockerAnswer> Blockers { get; init; }

    /// <summary>The configuration that unlocks the rack now; absent before the first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public QuorumInForceAnswer? InForce { get; init; }

    public required QuorumSizeAnswer Size { get; init; }

    /// <summary>The configuration it builds on; absent when there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public QuorumSizeAnswer? From { get; init; }

    /// <summary>What is so if nothing goes on from here.</summary>
    public required string IfStopped { get; init; }

    public required bool MayAbort { get; init; }

    public required string? AbortReason { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset? TimeCommitting { get; init; }

    public required DateTimeOffset? TimeCommitted { get; init; }

    public required long Generation { get; init; }

    /// <summary>The driver's last passes (trust-quorum 6.6).</summary>
    public required QuorumDriverAnswer Driver { get; init; }
}

/// <summary>One member as a cell.</summary>
internal sealed record QuorumCellAnswer
{
    public required string PartNumber { get; init; }

    public required string SerialNumber { get; init; }

    public required int? Slot { get; init; }

    public required string State { get; init; }

    public required bool IsReachable { get; init; }

    public required bool IsCoordinator { get; init; }
}

/// <summary>Who is waited for.</summary>
internal sealed record QuorumBlockerAnswer(BaseboardId Sled, string Condition, DateTimeOffset? Since);

/// <summary>The configuration that unlocks the rack now.</summary>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Members">N.</param>
/// <param name="Threshold">K.</param>
/// <param name="CommitCrashTolerance">Z.</param>
/// <param name="Online">Members that answer.</param>
/// <param name="MayFail">How many of those may go before the rack cannot unlock.</param>
internal sealed record QuorumInForceAnswer(long Epoch, int Members, int Threshold, int CommitCrashTolerance, int Online, int MayFail);

/// <summary>The driver's status in the form of trust-quorum 6.6.</summary>
internal sealed record QuorumDriverAnswer
{
    [JsonPropertyName("PerRackStatus")]
    public required QuorumDriverTexts PerRackStatus { get; init; }
}

/// <summary>One text per rack.</summary>
internal sealed record QuorumDriverTexts(ImmutableArray<string> Statuses, ImmutableArray<string> Errors);

/// <summary>Every member's node as it says itself.</summary>
internal sealed record QuorumNodesAnswer(Guid RackId, long Epoch, ImmutableArray<QuorumNodeAnswer> Nodes);

/// <summary>One node; <c>error</c> says why nothing is known of it.</summary>
internal sealed record QuorumNodeAnswer
{
    public required string PartNumber { get; init; }

    public required string SerialNumber { get; init; }

    public string? Error { get; init; }

    public ImmutableArray<BaseboardId>? ConnectedPeers { get; init; }

    /// <summary>Broken invariants that the node has seen since it started (trust-quorum 4.12).</summary>
    public ImmutableArray<QuorumAlarmAnswer>? Alarms { get; init; }

    public bool? HasLrtqShare { get; init; }

    public ImmutableArray<ulong>? Configs { get; init; }

    public ImmutableArray<ulong>? Shares { get; init; }

    public ImmutableArray<ulong>? Commits { get; init; }

    public QuorumExpungedAnswer? Expunged { get; init; }

    public ulong? ProxiedRequests { get; init; }
}

/// <summary>An alarm of a node.</summary>
/// <param name="Name">Its kind.</param>
/// <param name="Detail">For a fleet admin all of it as JSON text, for others epoch and sender.</param>
internal sealed record QuorumAlarmAnswer(string Name, string Detail);

/// <summary>A node's knowledge that it was removed.</summary>
internal sealed record QuorumExpungedAnswer(ulong Epoch, BaseboardId From);

/// <summary>Bodies of rack membership.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(QuorumSledBody))]
[JsonSerializable(typeof(MembershipAddBody))]
[JsonSerializable(typeof(DraftAddBody))]
[JsonSerializable(typeof(RackMembershipAnswer))]
[JsonSerializable(typeof(DraftMembershipAnswer))]
[JsonSerializable(typeof(QuorumWorkStarted))]
[JsonSerializable(typeof(QuorumRecordAnswer))]
[JsonSerializable(typeof(QuorumProgressAnswer))]
[JsonSerializable(typeof(QuorumPlanAnswer))]
[JsonSerializable(typeof(QuorumAbortPlanAnswer))]
[JsonSerializable(typeof(QuorumDriverAnswer))]
[JsonSerializable(typeof(QuorumNodesAnswer))]
[JsonSerializable(typeof(long))]
[JsonSerializable(typeof(Page<QuorumRecordAnswer>), TypeInfoPropertyName = "QuorumRecordPage")]
internal sealed partial class QuorumApiJson : JsonSerializerContext;
