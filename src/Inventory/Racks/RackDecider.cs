using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Inventory;

/// <summary>Gives out subnets and keeps the list of service processors.</summary>
internal sealed class RackDecider : IDecider<RackState, RackCommand, RackEvent>
{
    public static RackState Initial { get; } = new();

    public static Decision<RackEvent> Decide(RackState state, RackCommand command, in Turn turn)
    {
        if (command is DeclareRack declare)
        {
            return Declare(state, declare, turn);
        }

        if (command is FoundRack found)
        {
            return Found(state, found, turn);
        }

        if (!state.IsDeclared)
        {
            return Decision.Refuse<RackEvent>(InventoryErrors.RackUnknown(turn.Self.Key));
        }

        return command switch
        {
            AllocateSubnet allocate => Allocate(state, allocate),
            RackCommand.Commission commission => Commission(state, commission.Wanted, turn),
            RecordServiceProcessors record => Record(state, record),
            ReleaseSledFromRack release => Release(state, release),
            _ => throw Invariant.Unreachable($"rack has no command {command.GetType().Name}"),
        };
    }

    public static RackState Apply(RackState state, RackEvent fact) => fact switch
    {
        RackDeclared e => state with { Id = e.Rack, Subnet = e.Subnet, TimeCreated = e.At, Generation = 1 },
        RackFounded e => state with { Founded = e },
        SubnetGiven e => state with
        {
            Sleds = state.Sleds.SetItem(e.Sled, new SledAllocation(e.Octet, e.Serial, e.Part, IsRetired: false)),
            ReturnedOctets = state.ReturnedOctets.Remove(e.Octet),
        },
        SledRetired e => Retire(state, e.Sled),
        SubnetReturned e => Return(state, e.Sled),
        ServiceProcessorsSeen e => state with { ServiceProcessors = e.Seen, TimeServiceProcessorsSeen = e.At },
        _ => state,
    };

    private static RackState Retire(RackState state, SledId sled) =>
        state.Sleds.TryGetValue(sled, out var held)
            ? state with { Sleds = state.Sleds.SetItem(sled, held with { IsRetired = true }) }
            : state;

    private static RackState Return(RackState state, SledId sled) =>
        state.Sleds.TryGetValue(sled, out var held)
            ? state with { Sleds = state.Sleds.Remove(sled), ReturnedOctets = state.ReturnedOctets.Add(held.Octet) }
            : state;

    private static Decision<RackEvent> Declare(RackState state, DeclareRack command, in Turn turn)
    {
        var subnet = RackSubnet.Normalize(command.Subnet);
        if (subnet is null)
        {
            return Decision.Refuse<RackEvent>(InventoryErrors.SubnetNotRack(command.Subnet));
        }

        if (!Guid.TryParse(turn.Self.Key, out var id))
        {
            return Decision.Refuse<RackEvent>(InventoryErrors.RackUnknown(turn.Self.Key));
        }

        if (!state.IsDeclared)
        {
            return Decision.Accept<RackEvent>(null, [new RackDeclared(RackId.From(id), subnet, turn.Now)]);
        }

        return state.Subnet == subnet
            ? Decision.Unchanged<RackEvent>()
            : Decision.Refuse<RackEvent>(InventoryErrors.RackMoved(turn.Self.Key, state.Subnet, subnet));
    }

    private static Decision<RackEvent> Found(RackState state, FoundRack command, in Turn turn)
    {
        var declared = Declare(state, new DeclareRack(command.Subnet), turn);
        if (declared.Reply is Reply.Refused)
        {
            return declared;
        }

        var founded = new RackFounded([.. (command.Quorum?.Members ?? []).Order()], command.Quorum?.Coordinator);
        if (state.Founded is { } former)
        {
            return former.Coordinator == founded.Coordinator && former.Members.SequenceEqual(founded.Members)
                ? Decision.Unchanged<RackEvent>()
                : Decision.Refuse<RackEvent>(InventoryErrors.RackFoundedOtherwise(turn.Self.Key));
        }

        if (WhyNot(command.Quorum) is { } why)
        {
            return Decision.Refuse<RackEvent>(why);
        }

        return Decision.Accept<RackEvent>(
            null,
            [.. declared.Events, founded],
            command.Quorum is { } quorum ? [new Effect.Post(Addresses.TqConfig(RackId.From(Guid.Parse(turn.Self.Key))), quorum)] : []);
    }

    // Told here and not by the receiver of the mail: the one who asks is still there to hear it.
    private static Refusal? WhyNot(RackCreated? quorum)
    {
        if (quorum is null)
        {
            return null;
        }

        if (quorum.Members.Length is < InventoryLimits.FirstQuorumMin or > InventoryLimits.FirstQuorumMax)
        {
            return InventoryErrors.BadValue(
                "members", $"{quorum.Members.Length} are given, a first quorum has {InventoryLimits.FirstQuorumMin} to {InventoryLimits.FirstQuorumMax}");
        }

        if (quorum.Members.FirstOrDefault(m => !m.IsWellFormed) is { } bad)
        {
            return InventoryErrors.BadValue("members", $"\"{bad}\" is not a part number and a serial number of printable characters");
        }

        if (quorum.Members.Distinct().Count() != quorum.Members.Length)
        {
            return InventoryErrors.BadValue("members", "one baseboard is listed twice");
        }

        return quorum.Members.Contains(quorum.Coordinator)
            ? null
            : InventoryErrors.BadValue("coordinator", $"\"{quorum.Coordinator}\" is none of the members");
    }

    private static Decision<RackEvent> Allocate(RackState state, AllocateSubnet command)
    {
        if (state.Sleds.TryGetValue(command.Sled, out var held))
        {
            if (held.IsRetired)
            {
                return Decision.Refuse<RackEvent>(InventoryErrors.SledRetired(command.Sled));
            }

            return held.Serial != command.Serial || held.Part != command.Part
                ? Decision.Refuse<RackEvent>(InventoryErrors.SubnetOfOther(command.Sled, held.Serial))
                : Decision.Unchanged<RackEvent>(new SubnetAllocated(RackSubnet.SledSubnet(state.Subnet, held.Octet)));
        }

        foreach (var (sled, other) in state.Sleds)
        {
            if (!other.IsRetired && other.Serial == command.Serial && other.Part == command.Part)
            {
                return Decision.Refuse<RackEvent>(InventoryErrors.BaseboardInService(command.Serial, sled));
            }
        }

        var inService = state.Sleds.Values.Count(a => !a.IsRetired);
        if (inService >= InventoryLimits.SledsPerRackMax)
        {
            return Decision.Refuse<RackEvent>(
                InventoryErrors.RackFull(state.Id.ToString(), inService, InventoryLimits.SledsPerRackMax));
        }

        if (FreeOctet(state) is not { } octet)
        {
            return Decision.Refuse<RackEvent>(InventoryErrors.NoOctet(state.Id.ToString()));
        }

        return Decision.Accept<RackEvent>(
            new SubnetAllocated(RackSubnet.SledSubnet(state.Subnet, octet)),
            [new SubnetGiven(command.Sled, octet, command.Serial, command.Part)]);
    }

    // A new member of the quorum gets sled id and subnet before its agent runs; asked again, the same (trust-quorum 6.4).
    private static Decision<RackEvent> Commission(RackState state, MemberCommitted wanted, in Turn turn)
    {
        foreach (var (sled, held) in state.Sleds)
        {
            if (!held.IsRetired && held.Serial == wanted.Sled.SerialNumber && held.Part == wanted.Sled.PartNumber)
            {
                return Decision.Unchanged<RackEvent>(new SledCommissioned(sled, RackSubnet.SledSubnet(state.Subnet, held.Octet)));
            }
        }

        var given = SledId.From(turn.NewId(0));
        var decision = Allocate(state, new AllocateSubnet(given, wanted.Sled.SerialNumber, wanted.Sled.PartNumber));
        return decision.Reply is Reply.Accepted { Value: SubnetAllocated allocated }
            ? decision with { Reply = new Reply.Accepted(new SledCommissioned(given, allocated.Subnet)) }
            : decision;
    }

    // One of a decommissioned sled is left alone as long as there is another (trust-quorum 6.4): whatever still speaks to its addresses must not
    // reach a stranger. Then the one that has rested longest.
    private static int? FreeOctet(RackState state)
    {
        var taken = state.Sleds.Values.Select(a => a.Octet).Concat(state.ReturnedOctets).ToHashSet();
        for (var octet = InventoryLimits.SubnetOctetFirst; octet <= InventoryLimits.SubnetOctetLast; octet++)
        {
            if (!taken.Contains(octet))
            {
                return octet;
            }
        }

        return state.ReturnedOctets.IsEmpty ? null : state.ReturnedOctets[0];
    }

    private static Decision<RackEvent> Record(RackState state, RecordServiceProcessors command)
    {
        if (command.Seen.Length > InventoryLimits.ServiceProcessorsMax)
        {
            return Decision.Refuse<RackEvent>(InventoryErrors.BadValue(
                "service processors", $"{command.Seen.Length} were listed, at most {InventoryLimits.ServiceProcessorsMax} are kept"));
        }

        var sorted = command.Seen
            .DistinctBy(sp => (sp.Type, sp.Slot))
            .OrderBy(sp => sp.Type, StringComparer.Ordinal).ThenBy(sp => sp.Slot)
            .ToImmutableArray();
        var isSame = sorted.SequenceEqual(state.ServiceProcessors);
        return isSame && command.At - state.TimeServiceProcessorsSeen < InventoryLimits.AgeStep
            ? Decision.Unchanged<RackEvent>()
            : Decision.Accept<RackEvent>(null, [new ServiceProcessorsSeen(sorted, command.At)]);
    }

    private static Decision<RackEvent> Release(RackState state, ReleaseSledFromRack command)
    {
        if (!state.Sleds.TryGetValue(command.Sled, out var held))
        {
            return Decision.Unchanged<RackEvent>();
        }

        if (command.IsDecommissioned)
        {
            return Decision.Accept<RackEvent>(null, [new SubnetReturned(command.Sled)]);
        }

        return held.IsRetired
            ? Decision.Unchanged<RackEvent>()
            : Decision.Accept<RackEvent>(null, [new SledRetired(command.Sled)]);
    }
}
