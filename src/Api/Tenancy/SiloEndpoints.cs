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
            .Example("""
                {
                  "name": "example-1", "description": "an example", "discoverable": true, "identity_mode": "local_only",
                  "quotas": {"cpus": 64, "memory": 137438953472, "storage": 1099511627776}, "tls_certificates": []
                }
                """)
            .Answers(201, TenancyApiJson.Default.SiloAnswer)
            .Fails(400, "ObjectAlreadyExists", "the name is taken")
            .Handle(CreateAsync);
        api.Delete("/v1/system/silos/{silo}", "silo_delete", Tag, "Delete silo; it must hold no projects and no users")
            .Fleet(Rank.Admin)
            .Answers(204)
            .Handle(DeleteAsync);
    }

    // A project or user that is made at the very moment of the delete stays behind without a silo; an admin sees it in the lists of the fleet.
    private static async ValueTask<IResult> DeleteAsync(ApiCall call, CancellationToken ct)
    {
        if (await call.Views.ByNameOrIdAsync(TenancyViews.Silos, call.Path("silo"), ct).ConfigureAwait(false) is not { } silo)
        {
            return call.NotFound("silo", call.Path("silo"));
        }

        if (call.WhyStale($"silo \"{silo.Row.Name}\"", silo.Row.Generation) is { } stale)
        {
            return call.Refuse(stale);
        }

        var id = silo.Row.Id.ToString();
        if (await call.Views.FirstAsync(new ViewQuery<ProjectRow>(TenancyViews.Projects).WhereEqual("silo", id), ct).ConfigureAwait(false) is { } project)
        {
            return call.Refuse(InUse(silo.Row, $"project \"{project.Row.Name}\""));
        }

        if (await call.Views.FirstAsync(new ViewQuery<UserRow>(TenancyViews.Users).WhereEqual("silo", id), ct).ConfigureAwait(false) is { } user)
        {
            return call.Refuse(InUse(silo.Row, $"user \"{user.Row.Name}\""));
        }

        var outcome = await call.Entities.AskAsync(Addresses.Silo(silo.Row.Id), new DeleteSilo(), call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, _ => call.NoContent());
    }

    private static Refusal InUse(SiloRow silo, string what) => Refusal.Invalid(
        "SiloInUse", $"silo \"{silo.Name}\" cannot be deleted: it holds {what} and perhaps more", "delete its projects and users first");

    /// <summary>Runs a handler with the silo of the path or query, or answers 404.</summary>
    public static async ValueTask<IResult> WithSiloAsync(
        ApiCall call, string nameOrId, Func<SiloRow, ValueTask<IResult>> then, CancellationToken ct) =>
        Finding.WhyNotNameOrId("silo", nameOrId) is { } why ? call.Refuse(why)
        : await call.Views.ByNameOrIdAsync(TenancyViews.Silos, nameOrId, ct).ConfigureAwait(false) is { } silo
            ? await then(silo.Row).ConfigureAwait(false)
            : call.NotFound("silo", nameOrId);

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
            body.Name, body.Description, body.Discoverable, body.IdentityMode, body.Quotas.Cpus, body.Quotas.Memory, body.Quotas.Storage);
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
