using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Inventory;

/// <summary>Room on a sled: who fits, and the claims that keep one active and one target reservation per instance (vmm 1.6, 2.6, 4.9).</summary>
internal static class SledReservations
{
    public static Decision<SledEvent> Reserve(SledState state, ReserveSled wanted)
    {
        if (state.Reservations.TryGetValue(wanted.Vmm, out var held))
        {
            return held.Instance == wanted.Instance
                ? Decision.Unchanged<SledEvent>(Answer(state, held.VmmAddress))
                : Decision.Refuse<SledEvent>(InventoryErrors.ReservationOfOther(wanted.Vmm, held.Instance));
        }

        if (wanted.IsLookup)
        {
            return Decision.Refuse<SledEvent>(InventoryErrors.NoReservation(state.Id, wanted.Vmm));
        }

        if (WhyNot(state, wanted) is { } refusal)
        {
            return Decision.Refuse<SledEvent>(refusal);
        }

        var host = state.LastUsedHost + 1;
        var address = RackSubnet.Host(state.Subnet, host);
        return Decision.Accept<SledEvent>(
            Answer(state, address),
            [new RoomReserved(wanted.Vmm, wanted.Instance, wanted.Threads, wanted.ReservoirBytes, wanted.Kind, address, host) { Together = Groups(wanted) }],
            [
                new Effect.Claim(Space(wanted.Kind), wanted.Instance.ToString()),
                .. Groups(wanted).Select(g => new Effect.Claim(GroupSpace, g.ToString())),
            ]);
    }

    public static Decision<SledEvent> Release(SledState state, ReleaseSled wanted) =>
        state.Reservations.TryGetValue(wanted.Vmm, out var held)
            ? Decision.Accept<SledEvent>(null, [new RoomReleased(wanted.Vmm)], [.. ReleaseClaim(held), .. ReleaseGroups(state, wanted.Vmm, held)])
            : Decision.Unchanged<SledEvent>();

    public static Decision<SledEvent> Move(SledState state, MoveReservation wanted)
    {
        if (!state.Reservations.TryGetValue(wanted.Vmm, out var held))
        {
            return Decision.Refuse<SledEvent>(InventoryErrors.NoReservation(state.Id, wanted.Vmm));
        }

        if (held.Kind == wanted.Kind)
        {
            return Decision.Unchanged<SledEvent>();
        }

        var isStepOfMigration = (held.Kind, wanted.Kind)
            is (ReserveSled.Active, ReserveSled.Tombstoned) or (ReserveSled.Target, ReserveSled.Active);
        if (!isStepOfMigration)
        {
            return Decision.Refuse<SledEvent>(InventoryErrors.BadReservation($"a reservation does not go from {held.Kind} to {wanted.Kind}"));
        }

        if (wanted.Kind == ReserveSled.Active && Holds(state, held.Instance, ReserveSled.Active))
        {
            return Decision.Refuse<SledEvent>(InventoryErrors.AlreadyReserved(state.Id, held.Instance, wanted.Kind));
        }

        var effects = ReleaseClaim(held);
        if (wanted.Kind == ReserveSled.Active)
        {
            effects = effects.Add(new Effect.Claim(Space(ReserveSled.Active), held.Instance.ToString()));
        }

        return Decision.Accept<SledEvent>(null, [new ReservationMoved(wanted.Vmm, wanted.Kind)], effects);
    }

    private static ImmutableArray<Guid> Groups(ReserveSled wanted) => wanted.Together.IsDefault ? [] : wanted.Together;

    // A sled keeps the claim of an affinity group until the last member's reservation goes (vmm 4.9).
    private static IEnumerable<Effect> ReleaseGroups(SledState state, VmmId vmm, Reservation held) => held.Groups
        .Where(g => !state.Reservations.Any(r => r.Key != vmm && r.Value.Groups.Contains(g)))
        .Select(g => new Effect.Release(GroupSpace, g.ToString()));

    private static Refusal? WhyNot(SledState state, ReserveSled wanted)
    {
        if (wanted.Kind is not (ReserveSled.Active or ReserveSled.Target))
        {
            return InventoryErrors.BadReservation($"a new reservation is active or target, not \"{wanted.Kind}\"");
        }

        if (wanted.Threads < 1 || wanted.ReservoirBytes < 0)
        {
            return InventoryErrors.BadReservation($"{wanted.Threads} threads and {wanted.ReservoirBytes} bytes are not a VMM");
        }

        if (!state.IsProvisionable)
        {
            return InventoryErrors.NotProvisionable(state.Id, state.Policy, state.State);
        }

        // The claim cannot tell two reservations of one sled apart: a holder may take its own claim again.
        if (Holds(state, wanted.Instance, wanted.Kind))
        {
            return InventoryErrors.AlreadyReserved(state.Id, wanted.Instance, wanted.Kind);
        }

        if (!wanted.Apart.IsDefaultOrEmpty && state.Reservations.Values.FirstOrDefault(r => wanted.Apart.Contains(r.Instance)) is { } beside)
        {
            return InventoryErrors.KeptApart(state.Id, wanted.Instance, beside.Instance);
        }

        var threads = state.ThreadsReserved;
        if (wanted.Threads > state.Facts.HardwareThreads - threads)
        {
            return InventoryErrors.DoesNotFit(state.Id, "hardware threads", wanted.Threads, threads, state.Facts.HardwareThreads);
        }

        var reservoir = state.ReservoirReserved;
        return wanted.ReservoirBytes > state.Facts.ReservoirBytes - reservoir
            ? InventoryErrors.DoesNotFit(state.Id, "reservoir bytes", wanted.ReservoirBytes, reservoir, state.Facts.ReservoirBytes)
            : null;
    }

    private static bool Holds(SledState state, InstanceId instance, string kind) =>
        state.Reservations.Values.Any(r => r.Instance == instance && r.Kind == kind);

    private static ImmutableArray<Effect> ReleaseClaim(Reservation held) =>
        held.Kind == ReserveSled.Tombstoned ? [] : [new Effect.Release(Space(held.Kind), held.Instance.ToString())];

    private const string GroupSpace = "affinity-group-sled";

    private static string Space(string kind) => $"reservation-{kind}";

    private static SledReserved Answer(SledState state, string vmmAddress) => new(state.Id, vmmAddress, state.Facts.Address);
}
