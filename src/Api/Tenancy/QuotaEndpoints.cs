using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Tenancy;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>What silos may use and what they use.</summary>
internal static class QuotaEndpoints
{
    private const string Tag = "system/silos";

    public static void Map(ApiRoutes api)
    {
        api.Get("/v1/system/silo-quotas", "system_quotas_list", Tag, "List resource quotas for all silos")
            .Fleet(Rank.Viewer)
            .Paged(SortOrder.IdOnly)
            .Answers(200, TenancyApiJson.Default.SiloQuotasPage)
            .Handle((call, ct) => call.PageAsync(
                new ViewQuery<SiloRow>(TenancyViews.Silos), QuotasOf, TenancyApiJson.Default.SiloQuotasPage, ct));
        api.Get("/v1/system/silos/{silo}/quotas", "silo_quotas_view", Tag, "Fetch resource quotas for silo")
            .Fleet(Rank.Viewer)
            .Answers(200, TenancyApiJson.Default.SiloQuotasAnswer)
            .Handle((call, ct) => SiloEndpoints.WithSiloAsync(call, call.Path("silo"), silo => ValueTask.FromResult(Show(call, silo)), ct));
        api.Put("/v1/system/silos/{silo}/quotas", "silo_quotas_update", Tag, "Update resource quotas for silo")
            .Fleet(Rank.Admin)
            .Body(TenancyApiJson.Default.SiloQuotasUpdate)
            .Example("""{"cpus": 64}""")
            .Answers(200, TenancyApiJson.Default.SiloQuotasAnswer)
            .Handle((call, ct) => SiloEndpoints.WithSiloAsync(call, call.Path("silo"), silo => UpdateAsync(call, silo, ct), ct));
        api.Get("/v1/utilization", "utilization_view", "silos", "Fetch resource utilization for user's current silo")
            .SignedIn()
            .Answers(200, TenancyApiJson.Default.UtilizationAnswer)
            .Handle((call, ct) => SiloEndpoints.WithSiloAsync(call, call.Caller.Silo.ToString(), silo => ValueTask.FromResult(call.Ok(
                new UtilizationAnswer(AllowedTo(silo), UsedBy(silo)), TenancyApiJson.Default.UtilizationAnswer)), ct));
        api.Get("/v1/system/utilization/silos", "silo_utilization_list", Tag, "List current utilization state for all silos")
            .Fleet(Rank.Viewer)
            .Paged(SortOrder.Named)
            .Answers(200, TenancyApiJson.Default.SiloUtilizationPage)
            .Handle((call, ct) => call.PageAsync(
                new ViewQuery<SiloRow>(TenancyViews.Silos), UtilizationOf, TenancyApiJson.Default.SiloUtilizationPage, ct));
        api.Get("/v1/system/utilization/silos/{silo}", "silo_utilization_view", Tag, "Fetch current utilization for given silo")
            .Fleet(Rank.Viewer)
            .Answers(200, TenancyApiJson.Default.SiloUtilizationAnswer)
            .Handle((call, ct) => SiloEndpoints.WithSiloAsync(call, call.Path("silo"), silo => ValueTask.FromResult(
                call.Ok(UtilizationOf(silo), TenancyApiJson.Default.SiloUtilizationAnswer)), ct));
    }

    private static IResult Show(ApiCall call, SiloRow silo) =>
        call.Ok(QuotasOf(silo), TenancyApiJson.Default.SiloQuotasAnswer, silo.Generation);

    private static async ValueTask<IResult> UpdateAsync(ApiCall call, SiloRow silo, CancellationToken ct)
    {
        var body = call.Body<SiloQuotasUpdate>();
        var outcome = await call.Entities.AskAsync(
            Addresses.Silo(silo.Id), new SetSiloQuota(body.Cpus, body.Memory, body.Storage), call.Ask(), ct).ConfigureAwait(false);
        return await call.AnswerAsync(outcome, async _ =>
            await call.Views.GetAsync(TenancyViews.Silos, silo.Id.ToString(), ct).ConfigureAwait(false) is { } now
                ? Show(call, now.Row)
                : call.NotFound("silo", silo.Name)).ConfigureAwait(false);
    }

    private static SiloQuotasAnswer QuotasOf(SiloRow silo)
    {
        var allowed = AllowedTo(silo);
        return new SiloQuotasAnswer
        {
            SiloId = silo.Id.Value,
            Cpus = allowed.Cpus,
            Memory = allowed.Memory,
            Storage = allowed.Storage,
            Generation = silo.Generation,
        };
    }

    private static SiloUtilizationAnswer UtilizationOf(SiloRow silo) => new(silo.Id.Value, silo.Name, AllowedTo(silo), UsedBy(silo));

    // Nexus has no word for "no quota".
    private static ResourceCounts AllowedTo(SiloRow silo) =>
        new(silo.CpusMax ?? long.MaxValue, silo.MemoryBytesMax ?? long.MaxValue, silo.StorageBytesMax ?? long.MaxValue);

    private static ResourceCounts UsedBy(SiloRow silo) => new(silo.CpusUsed, silo.MemoryBytesUsed, 0);
}
