using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Multicast;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Links of IP pools to silos, and the pools as a silo sees them (multicast 2.2, 2.5).</summary>
internal static class PoolLinkEndpoints
{
    private const string Tag = "system/ip-pools";
    private const string Root = "/v1/system/ip-pools/{pool}/silos";

    // Rows are keyed by pool and silo, so within one pool the key sorts by silo.
    public static void Map(ApiRoutes api)
    {
        api.Get(Root, "system_ip_pool_silo_list", Tag, "List silos linked to IP pool")
            .Fleet(Rank.Viewer)
            .Paged(SortOrder.IdOnly)
            .Answers(200, PoolApiJson.Default.LinkPage)
            .Handle((call, ct) => PoolEndpoints.WithPoolAsync(call, pool => ListAsync(call, pool, ct), ct));
        api.Post(Root, "system_ip_pool_silo_link", Tag, "Link IP pool to silo")
            .Fleet(Rank.Admin)
            .Body(PoolApiJson.Default.IpPoolLinkBody)
            .Answers(201, PoolApiJson.Default.IpPoolLinkAnswer)
            .Handle((call, ct) => PoolEndpoints.WithPoolAsync(call, pool => LinkAsync(call, pool, ct), ct));
        api.Put($"{Root}/{{silo}}", "system_ip_pool_silo_update", Tag, "Make IP pool default for silo, or not")
            .Fleet(Rank.Admin)
            .Body(PoolApiJson.Default.IpPoolLinkUpdateBody)
            .Answers(200, PoolApiJson.Default.IpPoolLinkAnswer)
            .Handle((call, ct) => PoolEndpoints.WithPoolAsync(call, pool => UpdateAsync(call, pool, ct), ct));
        api.Delete($"{Root}/{{silo}}", "system_ip_pool_silo_unlink", Tag, "Unlink IP pool from silo")
            .Fleet(Rank.Admin)
            .Answers(204)
            .Handle((call, ct) => PoolEndpoints.WithPoolAsync(call, pool => UnlinkAsync(call, pool, ct), ct));
        api.Get("/v1/system/silos/{silo}/ip-pools", "silo_ip_pool_list", "system/silos", "List IP pools linked to silo")
            .Fleet(Rank.Viewer)
            .Paged(SortOrder.Named)
            .Answers(200, PoolApiJson.Default.SiloPoolPage)
            .Handle((call, ct) => WithSiloAsync(call, call.Path("silo"), silo => ListForSiloAsync(call, silo, ct), ct));
        api.Get("/v1/ip-pools", "ip_pool_list", "projects", "List IP pools linked to the caller's silo")
            .SignedIn()
            .Paged(SortOrder.Named)
            .Query("ip_version", "v4 or v6", isRequired: false, "v4", "v6")
            .Query("pool_type", "unicast or multicast", isRequired: false, "unicast", "multicast")
            .Answers(200, PoolApiJson.Default.SiloPoolPage)
            .Handle((call, ct) => ListForSiloAsync(call, call.Caller.Silo, ct));
        api.Get("/v1/ip-pools/{pool}", "ip_pool_view", "projects", "Fetch IP pool linked to the caller's silo")
            .SignedIn()
            .Answers(200, PoolApiJson.Default.SiloIpPoolAnswer)
            .Handle((call, ct) => PoolEndpoints.WithPoolAsync(call, pool => ShowForSiloAsync(call, pool, ct), ct));
    }

    private static async ValueTask<IResult> ListAsync(ApiCall call, IpPoolRow pool, CancellationToken ct)
    {
        var links = await call.Views.ListAsync(new ViewQuery<IpPoolLinkRow>(PoolViews.Links), ct).ConfigureAwait(false);
        var defaults = PoolDefaults.Of(links.Select(l => l.Row));
        return await call.PageAsync(
            new ViewQuery<IpPoolLinkRow>(PoolViews.Links).WhereEqual("pool", pool.Id.ToString()),
            row => new IpPoolLinkAnswer(row.Pool.Value, row.Silo.Value, defaults.Contains((row.Pool, row.Silo))),
            PoolApiJson.Default.LinkPage,
            ct).ConfigureAwait(false);
    }

    private static ValueTask<IResult> LinkAsync(ApiCall call, IpPoolRow pool, CancellationToken ct)
    {
        var body = call.Body<IpPoolLinkBody>();
        if (Finding.WhyNotNameOrId("silo", body.Silo) is { } malformed)
        {
            return ValueTask.FromResult(call.Refuse(malformed));
        }

        return WithSiloAsync(call, body.Silo, async silo =>
        {
            var outcome = await call.Service<PoolService>().LinkAsync(pool, silo, body.IsDefault, call.Ask(), ct).ConfigureAwait(false);
            return call.Answer(outcome, _ => call.Created(
                new IpPoolLinkAnswer(pool.Id.Value, silo.Value, body.IsDefault), PoolApiJson.Default.IpPoolLinkAnswer));
        }, ct);
    }

    private static ValueTask<IResult> UpdateAsync(ApiCall call, IpPoolRow pool, CancellationToken ct)
    {
        var isDefault = call.Body<IpPoolLinkUpdateBody>().IsDefault;
        return WithSiloAsync(call, call.Path("silo"), async silo =>
        {
            var outcome = await call.Service<PoolService>().SetDefaultAsync(pool, silo, isDefault, call.Ask(), ct).ConfigureAwait(false);
            return call.Answer(outcome, _ => call.Ok(
                new IpPoolLinkAnswer(pool.Id.Value, silo.Value, isDefault), PoolApiJson.Default.IpPoolLinkAnswer));
        }, ct);
    }

    private static ValueTask<IResult> UnlinkAsync(ApiCall call, IpPoolRow pool, CancellationToken ct) =>
        WithSiloAsync(call, call.Path("silo"), async silo =>
        {
            var outcome = await call.Entities.AskAsync(
                Addresses.IpPool(pool.Id), new PoolCommand.Unlink(silo), call.Ask(), ct).ConfigureAwait(false);
            return call.Answer(outcome, _ => call.NoContent());
        }, ct);

    private static async ValueTask<IResult> ListForSiloAsync(ApiCall call, SiloId silo, CancellationToken ct)
    {
        var (linked, defaults) = await LinksOfAsync(call, silo, ct).ConfigureAwait(false);
        var query = new ViewQuery<IpPoolRow>(PoolViews.Pools);
        foreach (var filter in new[] { "ip_version", "pool_type" })
        {
            query = call.Query.TryGetValue(filter, out var value) ? query.WhereEqual(filter, value) : query;
        }

        return await call.PageAsync(
            query,
            row => linked.Contains(row.Id) ? PoolMaps.SiloPool(row, defaults.Contains(row.Id)) : null,
            PoolApiJson.Default.SiloPoolPage,
            ct).ConfigureAwait(false);
    }

    private static async ValueTask<IResult> ShowForSiloAsync(ApiCall call, IpPoolRow pool, CancellationToken ct)
    {
        var (linked, defaults) = await LinksOfAsync(call, call.Caller.Silo, ct).ConfigureAwait(false);
        return linked.Contains(pool.Id)
            ? call.Ok(PoolMaps.SiloPool(pool, defaults.Contains(pool.Id)), PoolApiJson.Default.SiloIpPoolAnswer)
            : call.Refuse(MulticastErrors.NoSuchPool(call.Path("pool")));
    }

    private static async ValueTask<(ImmutableHashSet<PoolId> Linked, ImmutableHashSet<PoolId> Defaults)> LinksOfAsync(
        ApiCall call, SiloId silo, CancellationToken ct)
    {
        var links = await call.Views.ListAsync(
            new ViewQuery<IpPoolLinkRow>(PoolViews.Links).WhereEqual("silo", silo.ToString()), ct).ConfigureAwait(false);
        return (
            [.. links.Select(l => l.Row.Pool)],
            [.. PoolDefaults.Of(links.Select(l => l.Row)).Select(d => d.Pool)]);
    }

    private static async ValueTask<IResult> WithSiloAsync(
        ApiCall call, string text, Func<SiloId, ValueTask<IResult>> then, CancellationToken ct) =>
        await call.Views.ByNameOrIdAsync(TenancyViews.Silos, text, ct).ConfigureAwait(false) is { } silo
            ? await then(silo.Row.Id).ConfigureAwait(false)
            : call.Refuse(MulticastErrors.NoSuchSilo(text));
}
