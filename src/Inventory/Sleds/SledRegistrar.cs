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

    /// <summary>Registers the sled in the rack it is in, or in the only (else the first) rack that is declared.</summary>
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

        var rack = await views.FirstAsync(new ViewQuery<RackRow>(InventoryViews.Racks), ct).ConfigureAwait(false);
        if (rack is null)
        {
            return new Outcome<Done>.Refused(new Refusal(
                RefusalKind.Unavailable, "NoRack", $"sled {sled} cannot join: no rack is declared yet", "declare one in gantry.racks"));
        }

        var subnet = await entities.AskAsync(
            Addresses.Rack(rack.Row.Id),
            new AllocateSubnet(sled, announcement.Baseboard.Serial, announcement.Baseboard.Part),
            Options(sled),
            ct).ConfigureAwait(false);
        return subnet switch
        {
            Outcome<SubnetAllocated>.Accepted accepted =>
                await AskSledAsync(sled, rack.Row.Id, accepted.Value.Subnet, announcement, ct).ConfigureAwait(false),
            Outcome<SubnetAllocated>.Refused refused => new Outcome<Done>.Refused(refused.Why),
            Outcome<SubnetAllocated>.Overloaded overloaded => new Outcome<Done>.Overloaded(overloaded.RetryAfter),
            Outcome<SubnetAllocated>.Unavailable unavailable => new Outcome<Done>.Unavailable(unavailable.RetryAfter),
            Outcome<SubnetAllocated>.Unknown unknown => new Outcome<Done>.Unknown(unknown.Reason),
            _ => throw Invariant.Unreachable("an outcome is one of five"),
        };
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
