using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Inventory;

/// <summary>Refusals of the area, each with its stable code.</summary>
internal static class InventoryErrors
{
    public static Refusal RackUnknown(string key) => Refusal.NotFound("rack", key);

    public static Refusal SledUnknown(string key) => Refusal.NotFound("sled", key);

    public static Refusal SwitchUnknown(string key) => Refusal.NotFound("switch", key);

    public static Refusal BadValue(string field, string why) =>
        new(RefusalKind.InvalidValue, "SledFieldInvalid", $"{field}: {why}");

    public static Refusal NoRack(SledId sled) => new(
        RefusalKind.Unavailable, "NoRack", $"sled {sled} cannot join: no rack is declared yet", "declare one in gantry.racks");

    public static Refusal RackNotKnown(SledId sled, SledBaseboard board, int racks) => new(
        RefusalKind.Unavailable, "SledRackUnknown",
        $"sled {sled} cannot join yet: no management gateway of the {racks} racks lists its board {board.Part}:{board.Serial}",
        "it joins when the inventory of its rack has seen it; look at management_gateways in gantry.racks");

    public static Refusal RackFoundedOtherwise(string rack) => Refusal.Conflict(
        "RackFoundedOtherwise",
        $"rack {rack} was set up with another first quorum; its setup is handed off once",
        "change the membership with membership/add and membership/remove");

    public static Refusal RackMoved(string rack, string subnet, string asked) => Refusal.Conflict(
        "RackSubnetFixed",
        $"rack {rack} has the subnet {subnet} and cannot get {asked}: sleds hold addresses in it",
        "put the former subnet back into gantry.racks, or declare a new rack id");

    public static Refusal SubnetNotRack(string subnet) =>
        new(RefusalKind.InvalidValue, "RackSubnetInvalid", $"rack subnet \"{subnet}\" is not an IPv6 /56 such as fd00:1122:3344:100::/56");

    public static Refusal RackFull(string rack, int count, int max) => new(
        RefusalKind.InsufficientCapacity, "RackFull", $"rack {rack} has {count} sleds in service and takes at most {max}",
        "expunge a sled that is gone");

    public static Refusal NoOctet(string rack) => new(
        RefusalKind.InsufficientCapacity, "RackSubnetsUsedUp",
        $"rack {rack} has given out every sled subnet from {InventoryLimits.SubnetOctetFirst} to {InventoryLimits.SubnetOctetLast}",
        "decommission expunged sleds: that gives their subnets back");

    public static Refusal BaseboardInService(string serial, SledId holder) => Refusal.Conflict(
        "BaseboardInService", $"baseboard {serial} is in service as sled {holder}",
        $"expunge sled {holder} before the same hardware joins under a new id");

    public static Refusal OtherBaseboard(SledId sled, SledBaseboard holder, SledBaseboard asked) => Refusal.Conflict(
        "BaseboardDiffers", $"sled {sled} is the board {holder.Part}:{holder.Serial}; {asked.Part}:{asked.Serial} cannot register under its id",
        "announce the other board under a sled id of its own; expunge this one if it is gone");

    public static Refusal SubnetOfOther(SledId sled, string serial) => Refusal.Conflict(
        "BaseboardDiffers", $"sled id {sled} was given to board {serial}", "announce the other board under a sled id of its own");

    public static Refusal SledRetired(SledId sled) => Refusal.Conflict(
        "SledRetired", $"sled {sled} was expunged before it registered again under this rack", "announce it under a new sled id");

    public static Refusal StaleRegistration(SledId sled, long stored, long asked) => Refusal.Conflict(
        "RegistrationStale",
        $"sled {sled} is registered with generation {stored}; generation {asked} is not newer",
        "read the registration and send its generation plus one, if anything differs");

    public static Refusal Decommissioned(SledId sled) => Refusal.Conflict(
        "SledDecommissioned", $"sled {sled} is decommissioned for good", "add the hardware again under a new sled id");

    public static Refusal Expunged(SledId sled, string asked) => Refusal.Conflict(
        "SledExpunged", $"sled {sled} is expunged: its policy cannot become {asked}", "add the hardware again under a new sled id");

    public static Refusal StillInService(SledId sled, string policy) => Refusal.Conflict(
        "SledInService", $"sled {sled} is {policy}: only an expunged sled can be decommissioned", "expunge it first");

    public static Refusal StillReserved(SledId sled, int count) => Refusal.Conflict(
        "SledHasReservations", $"sled {sled} still holds {count} reservations", "wait until its VMMs are torn down");

    public static Refusal DrainTakenBack(string serial) => Refusal.Conflict(
        "DrainTakenBack", $"sled {serial} takes VMMs again: its drain was taken back", "remove it again if that was not meant");

    public static Refusal NotEmpty(string serial, ImmutableDictionary<VmmId, Reservation> held) => new(
        RefusalKind.Unavailable, "SledNotEmpty",
        $"{held.Count} VMMs hold room on sled {serial}: {string.Join(", ", held.Take(4).Select(r => $"{r.Key} of instance {r.Value.Instance}"))}",
        "stop or migrate these instances");

    public static Refusal UnknownPolicy(string policy) => new(
        RefusalKind.InvalidValue, "ProvisionPolicyInvalid",
        $"\"{policy}\" is no provision policy; it is provisionable or non_provisionable");

    public static Refusal UnknownState(string state) =>
        new(RefusalKind.InvalidValue, "SledStateInvalid", $"\"{state}\" is no sled state; it is active or decommissioned");

    public static Refusal NotProvisionable(SledId sled, string policy, string state) => new(
        RefusalKind.InsufficientCapacity, "SledNotProvisionable",
        $"sled {sled} takes no new VMMs: its policy is {policy}, its state {state}");

    public static Refusal DoesNotFit(SledId sled, string what, long asked, long used, long capacity) => new(
        RefusalKind.InsufficientCapacity, "SledFull",
        $"sled {sled} has {capacity} {what}, {used} reserved; {asked} more do not fit");

    public static Refusal AlreadyReserved(SledId sled, InstanceId instance, string kind) => Refusal.Conflict(
        "InstanceHasReservation", $"instance {instance} already has an {kind} reservation on sled {sled}");

    public static Refusal KeptApart(SledId sled, InstanceId instance, InstanceId other) => new(
        RefusalKind.InsufficientCapacity, "SledHasAntiAffineInstance",
        $"sled {sled} runs instance {other}, beside which instance {instance} must not run", "stop one of them, or let the group's policy be allow");

    public static Refusal ReservationOfOther(VmmId vmm, InstanceId holder) => Refusal.Conflict(
        "ReservationOfOther", $"the reservation of VMM {vmm} belongs to instance {holder}");

    public static Refusal BadReservation(string why) => new(RefusalKind.InvalidValue, "ReservationInvalid", why);

    public static Refusal NoReservation(SledId sled, VmmId vmm) => Refusal.Conflict(
        "ReservationMissing", $"sled {sled} holds no reservation of VMM {vmm}");
}
