using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Gantry.Devices;

namespace Gantry.Sled.Simulator;

/// <summary>Bodies that the simulator reads and writes.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(EnsureBody))]
[JsonSerializable(typeof(PutStateBody))]
[JsonSerializable(typeof(MulticastChangeBody))]
[JsonSerializable(typeof(ExternalIpChangeBody))]
[JsonSerializable(typeof(MigrationSourceBody))]
[JsonSerializable(typeof(SledVmmState))]
[JsonSerializable(typeof(UpdateBody))]
[JsonSerializable(typeof(IdentifiersBody))]
[JsonSerializable(typeof(InventoryBody))]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(ServiceProcessorBody))]
[JsonSerializable(typeof(IReadOnlyList<ServiceProcessorBody>))]
[JsonSerializable(typeof(AgentInfoBody))]
[JsonSerializable(typeof(Fault))]
[JsonSerializable(typeof(FaultView))]
[JsonSerializable(typeof(IReadOnlyList<FaultView>))]
[JsonSerializable(typeof(FaultId))]
[JsonSerializable(typeof(SledSettings))]
[JsonSerializable(typeof(HappeningBody))]
[JsonSerializable(typeof(LocalStorageEnsureBody))]
[JsonSerializable(typeof(LocalStorageDeleteBody))]
[JsonSerializable(typeof(ClockBody))]
[JsonSerializable(typeof(ClockView))]
[JsonSerializable(typeof(SledView))]
[JsonSerializable(typeof(QuorumView))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(ImmutableArray<SledGroupMapping>))]
[JsonSerializable(typeof(ImmutableArray<SledForwarding>))]
[JsonSerializable(typeof(MembershipBody))]
[JsonSerializable(typeof(ForwardingKeyBody))]
internal sealed partial class SimJson : JsonSerializerContext;
