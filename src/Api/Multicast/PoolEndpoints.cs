using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Multicast;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>IP pools of the fleet: the pools themselves and their ranges (multicast 2.2).</summary>
internal static class PoolEndpoints
{
    private const string Tag = "system/ip-pools";
    private const string Root = "/v1/system/ip-pools";

    public static void Map(ApiRoutes api)
    {
        api.Get(Root, "system_ip_pool_list", Tag, "List IP pools")
            .Fleet(Rank.Viewer)
            .Paged(SortOrder.Named)
            .Query("assignment", "silos or system_services", isRequired: false, "silos", "system_services")
            .Query("ip_version", "v4 or v6", isRequired: false, "v4", "v6")
            .Query("pool_type", "unicast or multicast", isRequired: false, "unicast", "multicast")
            .Answers(200, PoolApiJson.Default.PoolPage)
            .Handle((call, ct) => call.PageAsync(Filtered(call), PoolMaps.Pool, PoolApiJson.Default.PoolPage, ct));
        api.Post(Root, "system_ip_pool_create", Tag, "Create IP pool")
            .Fleet(Rank.Admin)
            .Body(PoolApiJson.Default.IpPoolCreateBody)
            .Answers(201, PoolApiJson.Default.IpPoolAnswer)
            .Handle(CreateAsync);
        api.Get($"{Root}/{{pool}}", "system_ip_pool_view", Tag, "Fetch IP pool")
            .Fleet(Rank.Viewer)
            .Answers(200, PoolApiJson.Default.IpPoolAnswer)
            .Handle((call, ct) => WithPoolAsync(call, pool => ValueTask.FromResult(Answer(call, pool)), ct));
        api.Put($"{Root}/{{pool}}", "system_ip_pool_update", Tag, "Update IP pool")
            .Fleet(Rank.Admin)
            .Body(PoolApiJson.Default.IpPoolUpdateBody)
            .Answers(200, PoolApiJson.Default.IpPoolAnswer)
            .Handle((call, ct) => WithPoolAsync(call, pool => UpdateAsync(call, pool, ct), ct));
        api.Delete($"{Root}/{{pool}}", "system_ip_pool_delete", Tag, "Delete IP pool")
            .Fleet(Rank.Admin)
            .Answers(204)
            .Handle((call, ct) => WithPoolAsync(call, pool => DeleteAsync(call, pool, ct), ct));
        api.Post($"{Root}/{{pool}}/assignment", "system_ip_pool_assign", Tag, "Set who may use an IP pool")
            .Fleet(Rank.Admin)
            .Body(PoolApiJson.Default.IpPoolAssignBody)
            .Answers(200, PoolApiJson.Default.IpPoolAnswer)
            .Handle((call, ct) => WithPoolAsync(call, pool => AssignAsync(call, pool, ct), ct));
        api.Get($"{Root}/{{pool}}/utilization", "system_ip_pool_utilization_view", Tag, "Fetch IP pool utilization")
            .Fleet(Rank.Viewer)
            .Answers(200, PoolApiJson.Default.IpPoolUtilizationAnswer)
            .Handle((call, ct) => WithPoolAsync(call, pool => UtilizationAsync(call, pool, ct), ct));
        api.Get($"{Root}/{{pool}}/ranges", "system_ip_pool_range_list", Tag, "List ranges of IP pool")
            .Fleet(Rank.Viewer)
            .Paged(SortOrder.IdOnly)
            .Answers(200, PoolApiJson.Default.RangePage)
            .Handle((call, ct) => WithPoolAsync(call, pool => call.PageAsync(
                RangesOf(pool), PoolMaps.Range, PoolApiJson.Default.RangePage, ct), ct));
        api.Post($"{Root}/{{pool}}/ranges/add", "system_ip_pool_range_add", Tag, "Add range to IP pool")
            .Fleet(Rank.Admin)
            .Body(PoolApiJson.Default.IpRangeBody)
            .Answers(201, PoolApiJson.Default.IpPoolRangeAnswer)
            .Handle((call, ct) => WithRangeAsync(call, (pool, range) => AddRangeAsync(call, pool, range, ct), ct));
        api.Post($"{Root}/{{pool}}/ranges/remove", "system_ip_pool_range_remove", Tag, "Remove range from IP pool")
            .Fleet(Rank.Admin)
            .Body(PoolApiJson.Default.IpRangeBody)
            .Answers(204)
            .Handle((call, ct) => WithRangeAsync(call, (pool, range) => RemoveRangeAsync(call, pool, range, ct), ct));
    }

    /// <summary>Finds the pool of the path.</summary>
    public static async ValueTask<IResult> WithPoolAsync(
        ApiCall call, Func<IpPoolRow, ValueTask<IResult>> then, CancellationToken ct)
    {
        var text = call.Path("pool");
        return await call.Views.ByNameOrIdAsync(PoolViews.Pools, text, ct).ConfigureAwait(false) is { } pool
            ? await then(pool.Row).ConfigureAwait(false)
            : call.Refuse(MulticastErrors.NoSuchPool(text));
    }

    private static ViewQuery<IpPoolRow> Filtered(ApiCall call)
    {
        var query = new ViewQuery<IpPoolRow>(PoolViews.Pools);
        foreach (var filter in new[] { "assignment", "ip_version", "pool_type" })
        {
            query = call.Query.TryGetValue(filter, out var value) ? query.WhereEqual(filter, value) : query;
        }

        return query;
    }

    private static ViewQuery<IpPoolRangeRow> RangesOf(IpPoolRow pool) =>
        new ViewQuery<IpPoolRangeRow>(PoolViews.Ranges).WhereEqual("pool", pool.Id.ToString());

    private static async ValueTask<IResult> CreateAsync(ApiCall call, CancellationToken ct)
    {
        var body = call.Body<IpPoolCreateBody>();
        if (Naming.WhyNot(body.Name, body.Description) is { } refusal)
        {
            return call.Refuse(refusal);
        }

        if (PoolWords.TryParseType(body.PoolType) is not { } type)
        {
            return call.Refuse(MulticastErrors.BadWord("pool_type", body.PoolType, "unicast", "multicast"));
        }

        if (IpVersions.TryParse(body.IpVersion) is not { } version)
        {
            return call.Refuse(MulticastErrors.BadIpVersion(body.IpVersion));
        }

        if (PoolWords.TryParseAssignment(body.Assignment) is not { } assignment)
        {
            return call.Refuse(MulticastErrors.BadWord("assignment", body.Assignment, "silos", "system_services"));
        }

        var (uplinks, malformed) = await ReadNetworkAsync(call, body.Mvlan, body.SwitchPortUplinks, ct).ConfigureAwait(false);
        if (malformed is not null)
        {
            return call.Refuse(malformed);
        }

        var id = new PoolId(call.NewId());
        var create = new PoolCommand.Create(body.Name, body.Description, type, version, assignment)
        {
            Network = body.Mvlan is null && uplinks is null ? null : PoolNetwork.None.With(setsMvlan: true, body.Mvlan, uplinks),
        };
        var outcome = await call.Service<PoolService>().CreateAsync(id, create, call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, reply => call.Created(
            PoolMaps.Pool(reply.Pool), PoolApiJson.Default.IpPoolAnswer, $"{Root}/{id}", reply.Pool.Generation));
    }

    private static async ValueTask<IResult> UpdateAsync(ApiCall call, IpPoolRow pool, CancellationToken ct)
    {
        var body = call.Body<IpPoolUpdateBody>();
        if (Naming.WhyNot(body.Name, body.Description) is { } refusal)
        {
            return call.Refuse(refusal);
        }

        var (uplinks, malformed) = await ReadNetworkAsync(call, body.Mvlan, body.SwitchPortUplinks, ct).ConfigureAwait(false);
        if (malformed is not null)
        {
            return call.Refuse(malformed);
        }

        var update = new PoolCommand.Update(body.Name, body.Description)
        {
            SetsMvlan = body.SetsMvlan,
            Mvlan = body.Mvlan,
            Uplinks = uplinks,
        };
        var outcome = await call.Service<PoolService>().UpdateAsync(pool.Id, update, call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, reply => Answer(call, reply.Pool));
    }

    private static async ValueTask<(ImmutableArray<GroupUplink>? Uplinks, Refusal? Refusal)> ReadNetworkAsync(
        ApiCall call, int? mvlan, IReadOnlyList<JsonElement>? uplinks, CancellationToken ct) =>
        mvlan is < 0 or > 4094
            ? (null, MulticastErrors.BadPoolVlan(mvlan.Value))
            : await UplinkReader.ReadAsync(call, uplinks, ct).ConfigureAwait(false);

    private static async ValueTask<IResult> AssignAsync(ApiCall call, IpPoolRow pool, CancellationToken ct)
    {
        var word = call.Body<IpPoolAssignBody>().Assignment;
        if (PoolWords.TryParseAssignment(word) is not { } assignment)
        {
            return call.Refuse(MulticastErrors.BadWord("assignment", word, "silos", "system_services"));
        }

        var outcome = await call.Entities.AskAsync(
            Addresses.IpPool(pool.Id), new PoolCommand.Assign(assignment), call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, reply => Answer(call, reply.Pool));
    }

    private static async ValueTask<IResult> DeleteAsync(ApiCall call, IpPoolRow pool, CancellationToken ct)
    {
        var outcome = await call.Entities.AskAsync(
            Addresses.IpPool(pool.Id), new PoolCommand.Delete(), call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, _ => call.NoContent());
    }

    // Only unicast external addresses count as used: a multicast pool's remaining equals its capacity (multicast 2.2).
    private static async ValueTask<IResult> UtilizationAsync(ApiCall call, IpPoolRow pool, CancellationToken ct)
    {
        var ranges = await call.Views.ListAsync(RangesOf(pool), ct).ConfigureAwait(false);
        var capacity = ranges.Sum(r => (double)r.Row.Range.Count);
        return call.Ok(new IpPoolUtilizationAnswer(capacity, capacity - pool.LentCount), PoolApiJson.Default.IpPoolUtilizationAnswer);
    }

    private static async ValueTask<IResult> AddRangeAsync(ApiCall call, IpPoolRow pool, IpRange range, CancellationToken ct)
    {
        var outcome = await call.Service<PoolService>().AddRangeAsync(pool.Id, range, call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, reply => call.Created(PoolMaps.Range(reply.Range), PoolApiJson.Default.IpPoolRangeAnswer));
    }

    private static async ValueTask<IResult> RemoveRangeAsync(ApiCall call, IpPoolRow pool, IpRange range, CancellationToken ct)
    {
        var outcome = await call.Entities.AskAsync(
            Addresses.IpPool(pool.Id), new PoolCommand.RemoveRange(range), call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, _ => call.NoContent());
    }

    private static async ValueTask<IResult> WithRangeAsync(
        ApiCall call, Func<IpPoolRow, IpRange, ValueTask<IResult>> then, CancellationToken ct)
    {
        var body = call.Body<IpRangeBody>();
        if (Ip.TryParse(body.First) is not { } first)
        {
            return call.Refuse(MulticastErrors.BadAddress(body.First));
        }

        return Ip.TryParse(body.Last) is { } last
            ? await WithPoolAsync(call, pool => then(pool, new IpRange(first, last)), ct).ConfigureAwait(false)
            : call.Refuse(MulticastErrors.BadAddress(body.Last));
    }

    private static IResult Answer(ApiCall call, IpPoolRow pool) =>
        call.Ok(PoolMaps.Pool(pool), PoolApiJson.Default.IpPoolAnswer, pool.Generation);
}
