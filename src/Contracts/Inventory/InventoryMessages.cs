using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Contracts;

/// <summary>
/// Instances → Inventory, to <see cref="Addresses.Sled"/>, with a reply token: reserves room for one VMM. Accepted with <see cref="SledReserved"/>, also on
/// repeat for the same VMM; refused with <c>InsufficientCapacity</c> when it does not fit or the sled is not provisionable (vmm 1.6, 4.9).
/// </summary>
[Wire("sled.reserve")]
public sealed record ReserveSled(VmmId Vmm, InstanceId Instance, long Threads, long ReservoirBytes, string Kind)
    : ICommand<SledReserved>
{
    /// <summary>Affinity groups with policy <c>fail</c>: each is a claim that a sled holds while it has a reservation of a member (vmm 4.9).</summary>
    public ImmutableArray<Guid> Together { get; init; } = [];

    /// <summary>Instances beside which this one must not run: the other members of its anti-affinity groups with policy <c>fail</c>.</summary>
    public ImmutableArray<InstanceId> Apart { get; init; } = [];

    /// <summary>Only find the reservation that an earlier try may have made; refused when there is none.</summary>
    public bool IsLookup { get; init; }

    /// <summary>Reservation of the active VMM.</summary>
    public const string Active = "active";

    /// <summary>Reservation of a migration target.</summary>
    public const string Target = "target";

    /// <summary>Reservation of a migration's former source: counts until it is released; never asked for at first.</summary>
    public const string Tombstoned = "tombstoned";
}

/// <summary>The reply to <see cref="ReserveSled"/>.</summary>
/// <param name="Sled">The sled.</param>
/// <param name="VmmAddress">The IPv6 address given to the VMM: the sled's last used one plus one.</param>
/// <param name="AgentAddress">The sled agent.</param>
[Wire("sled.reserved")]
public sealed record SledReserved(SledId Sled, string VmmAddress, string AgentAddress);

/// <summary>Instances → Inventory: gives a reservation up. Accepted (<see cref="Done"/>) also when there is none.</summary>
[Wire("sled.release")]
public sealed record ReleaseSled(VmmId Vmm) : ICommand<Done>;

/// <summary>Instances → Inventory: changes a reservation's kind after a migration (vmm 2.6).</summary>
[Wire("sled.move-reservation")]
public sealed record MoveReservation(VmmId Vmm, string Kind) : ICommand<Done>;

/// <summary>
/// Instances → Inventory: the sled takes no new VMMs because it is being emptied, or takes them again. Refused once it is expunged.
/// </summary>
[Wire("sled.set-draining")]
public sealed record SetDraining(bool IsDraining) : ICommand<Done>;

/// <summary>
/// Instances → Inventory: the emptied sled is gone for good; the last step of its removal. Repeating it is success. Refused as <c>Unavailable</c> while
/// anything is reserved there, as a conflict when the sled takes VMMs again.
/// </summary>
[Wire("sled.retire"), Destructive(FleetRole = "admin")]
public sealed record RetireSled : ICommand<Done>;
