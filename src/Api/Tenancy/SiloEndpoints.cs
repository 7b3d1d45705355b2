using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Gantry.Tenancy;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Silos: list, show, create.</summary>
internal static class SiloEndpoints
{
    private const string Tag = "system/silos";

    public static void Map(ApiRoutes api)
    {
        api.Get("/v1/system/silos", "silo_list", Tag, "List silos")
            .Fleet(Rank.Viewer)
            .Paged(SortOrder.Named)
            .Answers(200, TenancyApiJson.Default.SiloPage)
            .Handle((call, ct) => call.PageAsync(new ViewQuery<SiloRow>(TenancyViews.Silos), AnswerOf, TenancyApiJson.Default.SiloPage, ct));
        api.Get("/v1/system/silos/{silo}", "silo_view", Tag, "Fetch silo")
            .Fleet(Rank.Viewer)
            .Answers(200, TenancyApiJson.Default.SiloAnswer)
            .Handle(ShowAsync);
        api.Post("/v1/system/silos", "silo_create", Tag, "Create silo")
            .Fleet(Rank.Admin)
            .Body(TenancyApiJson.Default.SiloCreate)
            .NotServed("admin_group_name")
            .NotServed("mapped_fleet_roles")
            .NotServed("tls_certificates")
            .Answers(201, TenancyApiJson.Default.SiloAnswer)
            .Handle(CreateAsync);
    }

    private static async ValueTask<IResult> ShowAsync(ApiCall call, CancellationToken ct) =>
        await call.Views.ByNameOrIdAsync(TenancyViews.Silos, call.Path("silo"), ct).ConfigureAwait(false) is { } silo
            ? call.Ok(AnswerOf(silo.Row), TenancyApiJson.Default.SiloAnswer, silo.Row.Generation)
            : call.NotFound("silo", call.Path("silo"));

    private static async ValueTask<IResult> CreateAsync(ApiCall call, CancellationToken ct)
    {
        var body = call.Body<SiloCreate>();
        if (body.IdentityMode is not ("saml_jit" or "local_only" or "saml_scim"))
        {
            return call.Refuse(Refusal.Invalid(
                "IdentityModeInvalid", $"identity_mode \"{body.IdentityMode}\" is none of saml_jit, local_only, saml_scim"));
        }

        var id = SiloId.From(call.NewId());
        var command = new CreateSilo(
            body.Name, body.Description, body.Discoverable, body.IdentityMode, body.Quotas.Cpus, body.Quotas.Memory);
        var outcome = await call.Entities.AskAsync(Addresses.Silo(id), command, call.Ask(), ct).ConfigureAwait(false);
        return await call.AnswerAsync(outcome.NamedBy("silo", body.Name), async _ =>
            await call.Views.GetAsync(TenancyViews.Silos, id.ToString(), ct).ConfigureAwait(false) is { } silo
                ? call.Created(AnswerOf(silo.Row), TenancyApiJson.Default.SiloAnswer, $"/v1/system/silos/{id}", silo.Row.Generation)
                : call.NotFound("silo", body.Name)).ConfigureAwait(false);
    }

    private static SiloAnswer AnswerOf(SiloRow row) => new()
    {
        Id = row.Id.Value,
        Name = row.Name,
        Description = row.Description,
        Discoverable = row.IsDiscoverable,
        IdentityMode = row.IdentityMode,
        MappedFleetRoles = ImmutableDictionary<string, IReadOnlyList<string>>.Empty,
        TimeCreated = row.TimeCreated,
        TimeModified = row.TimeModified,
        Generation = row.Generation,
    };
}
