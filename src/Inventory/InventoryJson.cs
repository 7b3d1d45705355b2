using System.Text.Json.Serialization;
using Gantry.Actors;

namespace Gantry.Inventory;

/// <summary>Wire forms of the area.</summary>
internal static class InventoryWire
{
    public static WireSet Set { get; } = WireSet.Of(InventoryJson.Default, typeof(InventoryWire).Assembly);
}

/// <summary>Writes the records of the area.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(RackState))]
[JsonSerializable(typeof(RackDeclared))]
[JsonSerializable(typeof(RackFounded))]
[JsonSerializable(typeof(SubnetGiven))]
[JsonSerializable(typeof(SledRetired))]
[JsonSerializable(typeof(SubnetReturned))]
[JsonSerializable(typeof(ServiceProcessorsSeen))]
[JsonSerializable(typeof(SubnetAllocated))]
[JsonSerializable(typeof(ReleaseSledFromRack))]
[JsonSerializable(typeof(SwitchState))]
[JsonSerializable(typeof(SwitchDeclared))]
[JsonSerializable(typeof(SwitchMoved))]
[JsonSerializable(typeof(SwitchWasSeen))]
[JsonSerializable(typeof(SledState))]
[JsonSerializable(typeof(SledRegistered))]
[JsonSerializable(typeof(SledFactsChanged))]
[JsonSerializable(typeof(SledPolicyChanged))]
[JsonSerializable(typeof(SledDecommissioned))]
[JsonSerializable(typeof(RoomReserved))]
[JsonSerializable(typeof(RoomReleased))]
[JsonSerializable(typeof(ReservationMoved))]
[JsonSerializable(typeof(SledInventoried))]
[JsonSerializable(typeof(ProvisionPolicySet))]
[JsonSerializable(typeof(SledWasExpunged))]
[JsonSerializable(typeof(AllocateSubnet))]
[JsonSerializable(typeof(DeclareRack))]
[JsonSerializable(typeof(DeclareSwitch))]
[JsonSerializable(typeof(ExpungeSled))]
[JsonSerializable(typeof(FoundRack))]
[JsonSerializable(typeof(RecordServiceProcessors))]
[JsonSerializable(typeof(RecordSledInventory))]
[JsonSerializable(typeof(RecordSwitch))]
[JsonSerializable(typeof(RegisterSled))]
[JsonSerializable(typeof(SetProvisionPolicy))]
[JsonSerializable(typeof(SetSledState))]
internal sealed partial class InventoryJson : JsonSerializerContext;
