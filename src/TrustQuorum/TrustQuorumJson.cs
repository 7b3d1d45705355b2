using System.Text.Json.Serialization;
using Gantry.Actors;

namespace Gantry.TrustQuorum;

/// <summary>Wire forms of the area.</summary>
internal static class TrustQuorumWire
{
    public static WireSet Set { get; } = WireSet.Of(TrustQuorumJson.Default, typeof(TrustQuorumWire).Assembly);
}

/// <summary>Writes the records of the area.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(TqState))]
[JsonSerializable(typeof(TqRecord))]
[JsonSerializable(typeof(TqRackRow))]
[JsonSerializable(typeof(ConfigInserted))]
[JsonSerializable(typeof(MarkedCommittedPartially))]
[JsonSerializable(typeof(DigestsLearned))]
[JsonSerializable(typeof(SecretsLearned))]
[JsonSerializable(typeof(MembersPrepared))]
[JsonSerializable(typeof(CommittingStarted))]
[JsonSerializable(typeof(MembersCommitted))]
[JsonSerializable(typeof(ConfigCommitted))]
[JsonSerializable(typeof(ConfigAborted))]
[JsonSerializable(typeof(CoordinatorAnswered))]
[JsonSerializable(typeof(ProposalAccepted))]
[JsonSerializable(typeof(EpochReply))]
[JsonSerializable(typeof(RecordedReply))]
[JsonSerializable(typeof(CoordinateInput))]
[JsonSerializable(typeof(AbortLatest))]
[JsonSerializable(typeof(AddSleds))]
[JsonSerializable(typeof(RecordCommit))]
[JsonSerializable(typeof(RecordPrepare))]
[JsonSerializable(typeof(RecoverQuorum))]
[JsonSerializable(typeof(RemoveSled))]
[JsonSerializable(typeof(UpgradeLrtq))]
[JsonSerializable(typeof(System.Collections.Immutable.ImmutableArray<RackPasses>), TypeInfoPropertyName = "ImmutableArrayRackPasses")]
internal sealed partial class TrustQuorumJson : JsonSerializerContext;
