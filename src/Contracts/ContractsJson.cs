using System.Text.Json.Serialization;
using Gantry.Actors;

namespace Gantry.Contracts;

/// <summary>Wire forms of the messages between areas.</summary>
public static class ContractsWire
{
    /// <summary>Registered once by the host.</summary>
    public static WireSet Set { get; } = WireSet.Of(ContractsJson.Default, typeof(ContractsWire).Assembly);
}

/// <summary>Writes the records of this assembly.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(InstanceChanged))]
[JsonSerializable(typeof(InstanceDeleted))]
[JsonSerializable(typeof(JoinForInstance))]
[JsonSerializable(typeof(JoinedForInstance))]
[JsonSerializable(typeof(UndoJoin))]
[JsonSerializable(typeof(ReplaceMemberships))]
[JsonSerializable(typeof(AttachIpsForInstance))]
[JsonSerializable(typeof(AttachedIpsForInstance))]
[JsonSerializable(typeof(TakeBackExternalIps))]
[JsonSerializable(typeof(InstanceRow))]
[JsonSerializable(typeof(VmmRow))]
[JsonSerializable(typeof(VmmGraveRow))]
[JsonSerializable(typeof(InstanceEventRow))]
[JsonSerializable(typeof(AffinityGroupRow))]
[JsonSerializable(typeof(AffinityMemberRow))]
[JsonSerializable(typeof(InstanceMulticastRow))]
[JsonSerializable(typeof(InstanceExternalIpRow))]
[JsonSerializable(typeof(RackRow))]
[JsonSerializable(typeof(SledRow))]
[JsonSerializable(typeof(SwitchRow))]
[JsonSerializable(typeof(SledPortRow))]
[JsonSerializable(typeof(ServiceProcessorRow))]
[JsonSerializable(typeof(SetDraining))]
[JsonSerializable(typeof(RetireSled))]
[JsonSerializable(typeof(ReserveSled))]
[JsonSerializable(typeof(SledReserved))]
[JsonSerializable(typeof(ReleaseSled))]
[JsonSerializable(typeof(MoveReservation))]
[JsonSerializable(typeof(AdmitInstance))]
[JsonSerializable(typeof(AnnounceHolding))]
[JsonSerializable(typeof(DismissInstance))]
[JsonSerializable(typeof(ChargeQuota))]
[JsonSerializable(typeof(ReleaseQuota))]
[JsonSerializable(typeof(SiloRow))]
[JsonSerializable(typeof(ProjectRow))]
[JsonSerializable(typeof(UserRow))]
[JsonSerializable(typeof(TokenRow))]
[JsonSerializable(typeof(RackCreated))]
[JsonSerializable(typeof(ConfirmNotMember))]
[JsonSerializable(typeof(LeaveQuorum))]
[JsonSerializable(typeof(MemberCommitted))]
[JsonSerializable(typeof(SledCommissioned))]
[JsonSerializable(typeof(RackMemberRow))]
public sealed partial class ContractsJson : JsonSerializerContext;
