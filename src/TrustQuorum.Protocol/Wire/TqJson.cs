using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// JSON of the sled agent's trust-quorum endpoints (tq 7.3), for both sides. Cannot write a share: nothing here holds one, and should a record
/// ever do, its converter writes <c>***</c>.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ReconfigureMsg))]
[JsonSerializable(typeof(LrtqUpgradeMsg))]
[JsonSerializable(typeof(TqCommitRequest))]
[JsonSerializable(typeof(TqPrepareAndCommitRequest))]
[JsonSerializable(typeof(TqProxyCommitRequest))]
[JsonSerializable(typeof(TqProxyPrepareAndCommitRequest))]
[JsonSerializable(typeof(TqCommitStatus))]
[JsonSerializable(typeof(TqCoordinatorStatus))]
[JsonSerializable(typeof(TqNodeStatus))]
[JsonSerializable(typeof(TqNetworkConfig))]
[JsonSerializable(typeof(TqConfiguration))]
[JsonSerializable(typeof(EncryptedRackSecrets))]
[JsonSerializable(typeof(AddSledRequest))]
[JsonSerializable(typeof(BaseboardId))]
[JsonSerializable(typeof(ImmutableArray<BaseboardId>))]
[JsonSerializable(typeof(TqAlarm))]
public sealed partial class TqJson : JsonSerializerContext;
