using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Inventory;

/// <summary>A sled: what its agent registered, what the operator wants of it, and who holds room on it.</summary>
[Wire("sled.state")]
internal sealed record SledState : IHasGeneration
{
    public SledId Id { get; init; }

    public RackId Rack { get; init; }

    /// <summary>The sled's /64; empty until it registered.</summary>
    public string Subnet { get; init; } = "";

    public SledBaseboard Baseboard { get; init; } = new("", "", 0);

    public SledFacts Facts { get; init; } = SledFacts.None;

    public long AgentGeneration { get; init; }

    public string Policy { get; init; } = SledPolicies.Provisionable;

    public string State { get; init; } = SledStates.Active;

    public ImmutableDictionary<VmmId, Reservation> Reservations { get; init; } = ImmutableDictionary<VmmId, Reservation>.Empty;

    /// <summary>Low 64 bits of the last address given to a VMM (vmm 1.2).</summary>
    public long LastUsedHost { get; init; } = FirstUsedHost;

    public SledPlace? Place { get; init; }

    public DateTimeOffset? TimeInventoried { get; init; }

    public DateTimeOffset TimeCreated { get; init; }

    public DateTimeOffset TimeModified { get; init; }

    public long Generation { get; init; }

    /// <summary>Where a new sled begins: nothing up to <c>::ffff</c> is given to VMMs.</summary>
    public const long FirstUsedHost = 0xffff;

    public bool IsRegistered => Subnet.Length > 0;

    public bool IsInService => Policy != SledPolicies.Expunged && State == SledStates.Active;

    public bool IsProvisionable => Policy == SledPolicies.Provisionable && State == SledStates.Active;

    public long ThreadsReserved => Reservations.Values.Sum(r => r.Threads);

    public long ReservoirReserved => Reservations.Values.Sum(r => r.ReservoirBytes);
}

/// <summary>Room held for one VMM, tombstones included (vmm 1.6).</summary>
internal sealed record Reservation(InstanceId Instance, long Threads, long ReservoirBytes, string Kind, string VmmAddress)
{
    /// <summary>Affinity groups whose claim it keeps here; default when it was made before there were any.</summary>
    public ImmutableArray<Guid> Together { get; init; }

    internal ImmutableArray<Guid> Groups => Together.IsDefault ? [] : Together;
}

/// <summary>Where the sled sits, as the last inventory that could tell had it.</summary>
/// <param name="Slot">Cubby; null when no service processor has its baseboard.</param>
/// <param name="RearPort">Null when the backplane map lacks it.</param>
/// <param name="At">When this was read.</param>
internal sealed record SledPlace(int? Slot, string? RearPort, DateTimeOffset At);

/// <summary>Policies of a sled.</summary>
public static class SledPolicies
{
    /// <summary>In service, takes new VMMs.</summary>
    public const string Provisionable = "provisionable";

    /// <summary>In service, takes no new VMMs.</summary>
    public const string NonProvisionable = "non_provisionable";

    /// <summary>Gone for good, as the operator says.</summary>
    public const string Expunged = "expunged";
}

/// <summary>States of a sled.</summary>
public static class SledStates
{
    /// <summary>Has, or may have, something on it.</summary>
    public const string Active = "active";

    /// <summary>Nothing is left on it; final.</summary>
    public const string Decommissioned = "decommissioned";
}
