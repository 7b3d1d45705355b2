using System.Text.Json.Serialization;
using Gantry.Actors;

namespace Gantry.Instances;

/// <summary>Wire forms of the area.</summary>
internal static class InstancesWire
{
    public static WireSet Set { get; } = WireSet.Of(InstancesJson.Default, typeof(InstancesWire).Assembly);
}

/// <summary>Writes the records of the area.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(InstanceState))]
[JsonSerializable(typeof(InstanceCreated))]
[JsonSerializable(typeof(InstanceReady))]
[JsonSerializable(typeof(InstanceDestroyed))]
[JsonSerializable(typeof(IntentSet))]
[JsonSerializable(typeof(InstanceConfigured))]
[JsonSerializable(typeof(VmmLinked))]
[JsonSerializable(typeof(VmmUnlinked))]
[JsonSerializable(typeof(FailureCleared))]
[JsonSerializable(typeof(VmmTold))]
[JsonSerializable(typeof(InstanceBroughtInLine))]
[JsonSerializable(typeof(CreateInstance))]
[JsonSerializable(typeof(FinishCreate))]
[JsonSerializable(typeof(UnmakeInstance))]
[JsonSerializable(typeof(WantStopped))]
[JsonSerializable(typeof(WantReboot))]
[JsonSerializable(typeof(MarkStarting))]
[JsonSerializable(typeof(UnmarkStarting))]
[JsonSerializable(typeof(MayReap))]
[JsonSerializable(typeof(VmmReport))]
[JsonSerializable(typeof(MigrationLinked))]
[JsonSerializable(typeof(SwapStepped))]
[JsonSerializable(typeof(TargetGivenUp))]
[JsonSerializable(typeof(EndTarget))]
[JsonSerializable(typeof(MarkMigrating))]
[JsonSerializable(typeof(RestartVerdict))]
[JsonSerializable(typeof(VmmAbandoned))]
[JsonSerializable(typeof(VmmBuried))]
[JsonSerializable(typeof(BeginMigrationOut))]
[JsonSerializable(typeof(FailMigration))]
[JsonSerializable(typeof(AbandonVmm))]
[JsonSerializable(typeof(BuryVmm))]
[JsonSerializable(typeof(MigrateTarget))]
[JsonSerializable(typeof(DrainPass))]
[JsonSerializable(typeof(DrainData))]
[JsonSerializable(typeof(MigrateData))]
[JsonSerializable(typeof(AffinityState))]
[JsonSerializable(typeof(AffinityCreated))]
[JsonSerializable(typeof(AffinityUpdated))]
[JsonSerializable(typeof(AffinityDeleted))]
[JsonSerializable(typeof(AffinityMemberAdded))]
[JsonSerializable(typeof(AffinityMemberRemoved))]
[JsonSerializable(typeof(InstanceVerdict))]
[JsonSerializable(typeof(VmmState))]
[JsonSerializable(typeof(VmmCreated))]
[JsonSerializable(typeof(RegisterBegun))]
[JsonSerializable(typeof(RegisterAttempted))]
[JsonSerializable(typeof(VmmNotOnSled))]
[JsonSerializable(typeof(VmmStateChanged))]
[JsonSerializable(typeof(MigrationSideChanged))]
[JsonSerializable(typeof(TearDownBegun))]
[JsonSerializable(typeof(ReapPostponed))]
[JsonSerializable(typeof(VmmDeleted))]
[JsonSerializable(typeof(CreateVmm))]
[JsonSerializable(typeof(BeginRegister))]
[JsonSerializable(typeof(UnwindVmm))]
[JsonSerializable(typeof(TearDownVmm))]
[JsonSerializable(typeof(ReapVmm))]
[JsonSerializable(typeof(VmmStanding))]
[JsonSerializable(typeof(ReserveVmm))]
[JsonSerializable(typeof(VmmReserved))]
[JsonSerializable(typeof(RegisterVmm))]
[JsonSerializable(typeof(UnregisterVmm))]
[JsonSerializable(typeof(PutVmmState))]
[JsonSerializable(typeof(StartData))]
[JsonSerializable(typeof(CreateData))]
[JsonSerializable(typeof(TransitionData))]
[JsonSerializable(typeof(MembershipsData))]
internal sealed partial class InstancesJson : JsonSerializerContext;
