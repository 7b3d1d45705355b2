using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Inventory;

/// <summary>
/// Takes a sled agent's registration at the internal listener (<c>POST /sled-agents/{sled_id}</c>): finds the rack, has it give the sled a
/// subnet, and registers the sled. Repeating it after a lost answer is harmless. Thread-safe.
/// </summary>
public sealed class SledRegistrar(IEntities entities, IViews views, IRandomSource random)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>Registers the sled in the rack it is in: of several, the one whose management gateway lists its board.</summary>
    public async ValueTask<Outcome<Done>> RegisterAsync(SledId sled, SledAnnouncement announcement, CancellationToken ct)
    {
        if (SledFactRules.WhyNot(announcement.Baseboard, announcement.Facts, announcement.Generation) is { } refusal)
        {
            return new Outcome<Done>.Refused(refusal);
        }

        var known = await views.GetAsync(InventoryViews.Sleds, sled.ToString(), ct).ConfigureAwait(false);
        if (known is not null)
        {
            return await AskSledAsync(sled, known.Row.Rack, known.Row.Subnet, announcement, ct).ConfigureAwait(false);
        }

        var (found, why) = await RackOfAsync(sled, announcement.Baseboard, ct).ConfigureAwait(false);
        if (found is not { } rack)
        {
            return new Outcome<Done>.Refused(why ?? throw Invariant.Unreachable("no rack means a reason"));
        }

        var subnet = await entities.AskAsync(
            Addresses.Rack(rack),
            new AllocateSubnet(sled, announcement.Baseboard.Serial, announcement.Baseboard.Part),
            Options(sled),
            ct).ConfigureAwait(false);
        return subnet switch
        {
            Outcome<SubnetAllocated>.Accepted accepted =>
                await AskSledAsync(sled, rack, accepted.Value.Subnet, announcement, ct).ConfigureAwait(false),
            Outcome<SubnetAllocated>.Refused refused => new Outcome<Done>.Refused(refused.Why),
            Outcome<SubnetAllocated>.Overloaded overloaded => new Outcome<Done>.Overloaded(overloaded.RetryAfter),
            Outcome<SubnetAllocated>.Unavailable unavailable => new Outcome<Done>.Unavailable(unavailable.RetryAfter),
            Outcome<SubnetAllocated>.Unknown unknown => new Outcome<Done>.Unknown(unknown.Reason),
            _ => throw Invariant.Unreachable("an outcome is one of five"),
        };
    }

    // A subnet, switch ports and the proof that a sled is off all come from its rack, so it is not guessed.
    private async ValueTask<(RackId? Rack, Refusal? Why)> RackOfAsync(SledId sled, SledBaseboard board, CancellationToken ct)
    {
        var racks = await views.ListAsync(new ViewQuery<RackRow>(InventoryViews.Racks), ct).ConfigureAwait(false);
        if (racks.Length <= 1)
        {
            return racks.IsEmpty ? (null, InventoryErrors.NoRack(sled)) : (racks[0].Row.Id, null);
        }

        var seen = await views.ListAsync(
            new ViewQuery<ServiceProcessorRow>(InventoryViews.ServiceProcessors).WhereEqual("serial", board.Serial), ct).ConfigureAwait(false);
        var place = seen.Select(s => s.Row).Where(s => s.Type == "sled" && s.Part == board.Part).MaxBy(s => s.TimeCollected);
        return place is null ? (null, InventoryErrors.RackNotKnown(sled, board, racks.Length)) : (place.Rack, null);
    }

    private ValueTask<Outcome<Done>> AskSledAsync(
        SledId sled, RackId rack, string subnet, SledAnnouncement announcement, CancellationToken ct) =>
        entities.AskAsync(
            Addresses.Sled(sled),
            new RegisterSled(rack, subnet, announcement.Baseboard, announcement.Facts, announcement.Generation),
            Options(sled),
            ct);

    private AskOptions Options(SledId sled) => new()
    {
        Key = CommandKey.Fresh(random),
        Deadline = Deadline,
        Caller = new Principal(PrincipalKind.Device, Addresses.Sled(sled).ToString()),
    };
}

/// <summary>What a sled agent announces (vmm 5.3).</summary>
/// <param name="Baseboard">Identity of the hardware.</param>
/// <param name="Facts">What may change.</param>
/// <param name="Generation">The agent's own count, from 1.</param>
public sealed record SledAnnouncement(SledBaseboard Baseboard, SledFacts Facts, long Generation);
