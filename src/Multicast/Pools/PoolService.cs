using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>The changes of pools that need more than one pool's knowledge. Holds nothing. Thread-safe.</summary>
public sealed class PoolService(IViews views, IEntities entities)
{
    // Two fleet administrators at once are rare; sixteen lost races in a row are a fault, not bad luck.
    private const int Attempts = 16;

    /// <summary>Makes a pool.</summary>
    public async ValueTask<Outcome<PoolReply>> CreateAsync(PoolId id, PoolCommand.Create create, AskOptions ask, CancellationToken ct) =>
        (await entities.AskAsync(Addresses.IpPool(id), create, ask, ct).ConfigureAwait(false))
            .WhenClaimTaken(() => MulticastErrors.PoolNameTaken(create.Name));

    /// <summary>Changes name, description, VLAN and uplinks.</summary>
    public async ValueTask<Outcome<PoolReply>> UpdateAsync(PoolId id, PoolCommand.Update update, AskOptions ask, CancellationToken ct) =>
        (await entities.AskAsync(Addresses.IpPool(id), update, ask, ct).ConfigureAwait(false))
            .WhenClaimTaken(() => MulticastErrors.PoolNameTaken(update.Name ?? ""));

    /// <summary>Adds a range that overlaps no range of any pool (multicast 2.3).</summary>
    public async ValueTask<Outcome<PoolRangeReply>> AddRangeAsync(PoolId id, IpRange range, AskOptions ask, CancellationToken ct)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var (epoch, refusal) = await CheckRangeAsync(id, range, ct).ConfigureAwait(false);
            if (refusal is not null)
            {
                return new Outcome<PoolRangeReply>.Refused(refusal);
            }

            var outcome = await entities.AskAsync(
                Addresses.IpPool(id), new PoolCommand.AddRange(range, epoch + 1), ask, ct).ConfigureAwait(false);
            if (outcome is not Outcome<PoolRangeReply>.Refused { Why.Code: MulticastErrors.ClaimTaken })
            {
                return outcome;
            }
        }

        return new Outcome<PoolRangeReply>.Refused(MulticastErrors.RangeRaces(range));
    }

    /// <summary>Links a pool to a silo.</summary>
    public async ValueTask<Outcome<Done>> LinkAsync(
        IpPoolRow pool, SiloId silo, bool isDefault, AskOptions ask, CancellationToken ct) =>
        await entities.AskAsync(
            Addresses.IpPool(pool.Id),
            new PoolCommand.Link(silo, isDefault, await PlanAsync(pool, silo, ct).ConfigureAwait(false)),
            ask,
            ct).ConfigureAwait(false);

    /// <summary>Makes a linked pool the default of a silo, or not.</summary>
    public async ValueTask<Outcome<Done>> SetDefaultAsync(
        IpPoolRow pool, SiloId silo, bool isDefault, AskOptions ask, CancellationToken ct) =>
        await entities.AskAsync(
            Addresses.IpPool(pool.Id),
            new PoolCommand.SetDefault(silo, isDefault, await PlanAsync(pool, silo, ct).ConfigureAwait(false)),
            ask,
            ct).ConfigureAwait(false);

    private async ValueTask<PoolDefaultPlan> PlanAsync(IpPoolRow pool, SiloId silo, CancellationToken ct)
    {
        var links = await views.ListAsync(
            new ViewQuery<IpPoolLinkRow>(PoolViews.Links).WhereEqual("silo", silo.ToString()), ct).ConfigureAwait(false);
        return PoolDefaults.PlanFor(silo, new PoolNature(pool.Type, pool.Version), links.Select(l => l.Row));
    }

    private async ValueTask<(long Epoch, Refusal? Refusal)> CheckRangeAsync(PoolId id, IpRange range, CancellationToken ct)
    {
        var snapshot = await views.SnapshotAsync(ct).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            var pool = await snapshot.GetAsync(PoolViews.Pools, id.ToString(), ct).ConfigureAwait(false);
            if (pool is null)
            {
                return (0, MulticastErrors.NoSuchPool(id.ToString()));
            }

            var epochs = new ViewQuery<RangeEpochRow>(PoolViews.RangeEpochs) { OrderBy = "epoch", Descending = true };
            var newest = await snapshot.FirstAsync(epochs, ct).ConfigureAwait(false);
            var rows = await snapshot.ListAsync(new ViewQuery<IpPoolRangeRow>(PoolViews.Ranges), ct).ConfigureAwait(false);
            var own = rows.Where(r => r.Row.Pool == id).Select(r => r.Row.Range).Order(ByFirst).ToImmutableArray();
            return (
                newest?.Row.Epoch ?? 0,
                RangeRules.WhyNot(
                    range, new PoolNature(pool.Row.Type, pool.Row.Version), own, rows.Select(r => (r.Row.Range, r.Row.PoolName))));
        }
    }

    private static readonly Comparer<IpRange> ByFirst = Comparer<IpRange>.Create((a, b) => a.First.CompareTo(b.First));
}
