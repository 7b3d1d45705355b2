using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Gantry.Tenancy;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Users of silos: made, listed, shown, deleted, as in Nexus.</summary>
internal static class LocalUserEndpoints
{
    private const string Local = "/v1/system/identity-providers/local/users";

    public static void Map(ApiRoutes api)
    {
        api.Post(Local, "local_idp_user_create", "system/silos", "Create user")
            .OnSilo(Rank.Admin)
            .Query("silo", "name or id of the silo", isRequired: true)
            .Body(TenancyApiJson.Default.UserCreate)
            .Example("""{"external_id": "jo", "password": {"mode": "login_disallowed"}}""")
            .Answers(201, TenancyApiJson.Default.UserAnswer)
            .Fails(400, "ObjectAlreadyExists", "the silo has a user of that name")
            .Handle((call, ct) => WithSiloAsync(call, Rank.Admin, silo => CreateAsync(call, silo, ct), ct));
        api.Delete($"{Local}/{{user_id}}", "local_idp_user_delete", "system/silos", "Delete user")
            .OnSilo(Rank.Admin)
            .Query("silo", "name or id of the silo", isRequired: true)
            .Answers(204)
            .Fails(409, "Conflict", "nobody deletes itself")
            .Handle((call, ct) => WithSiloAsync(call, Rank.Admin, silo => WithUserAsync(call, silo.Id, user => DeleteAsync(call, user, ct), ct), ct));
        api.Get("/v1/system/users", "silo_user_list", "system/silos", "List built-in (system) users in silo")
            .Fleet(Rank.Viewer)
            .Query("silo", "name or id of the silo", isRequired: true)
            .Paged(SortOrder.IdOnly)
            .Answers(200, TenancyApiJson.Default.UserPage)
            .Handle((call, ct) => WithSiloAsync(call, Rank.Viewer, silo => call.PageAsync(
                new ViewQuery<UserRow>(TenancyViews.Users).WhereEqual("silo", silo.Id.ToString()),
                AnswerOf, TenancyApiJson.Default.UserPage, ct), ct));
        api.Get("/v1/system/users/{user_id}", "silo_user_view", "system/silos", "Fetch user")
            .Fleet(Rank.Viewer)
            .Query("silo", "name or id of the silo", isRequired: true)
            .Answers(200, TenancyApiJson.Default.UserAnswer)
            .Handle((call, ct) => WithSiloAsync(call, Rank.Viewer, silo => WithUserAsync(call, silo.Id, user => Show(call, user), ct), ct));
        api.Get("/v1/users/{user_id}", "user_view", "silos", "Fetch user")
            .SignedIn()
            .Answers(200, TenancyApiJson.Default.UserAnswer)
            .Handle((call, ct) => WithUserAsync(call, call.Caller.Silo, user => Show(call, user), ct));
    }

    internal static UserAnswer AnswerOf(UserRow row) => new()
    {
        Id = row.Id.Value,
        DisplayName = row.Name,
        SiloId = row.Silo.Value,
        TimeCreated = row.TimeCreated,
        TimeModified = row.TimeCreated,
    };

    /// <summary>Runs a handler with the user of the path if it is one of the silo, or answers 404.</summary>
    internal static async ValueTask<IResult> WithUserAsync(
        ApiCall call, SiloId silo, Func<UserRow, ValueTask<IResult>> then, CancellationToken ct)
    {
        var id = call.PathId("user_id").ToString();
        return await call.Views.GetAsync(TenancyViews.Users, id, ct).ConfigureAwait(false) is { } user && user.Row.Silo == silo
            ? await then(user.Row).ConfigureAwait(false)
            : call.NotFound("user", id);
    }

    // A silo that the caller may not even look into is hidden.
    private static ValueTask<IResult> WithSiloAsync(
        ApiCall call, Rank needed, Func<SiloRow, ValueTask<IResult>> then, CancellationToken ct)
    {
        var text = call.Query["silo"];
        return SiloEndpoints.WithSiloAsync(
            call,
            text,
            silo => call.Caller.On(silo.Id) switch
            {
                < Rank.Viewer => ValueTask.FromResult(call.NotFound("silo", text)),
                var rank when rank < needed => ValueTask.FromResult(call.Refuse(ApiErrors.Forbidden(
                    $"the role {FoundProject.WordOf(needed)} on the silo", FoundProject.WordOf(rank)))),
                _ => then(silo),
            },
            ct);
    }

    private static ValueTask<IResult> Show(ApiCall call, UserRow user) =>
        ValueTask.FromResult(call.Ok(AnswerOf(user), TenancyApiJson.Default.UserAnswer));

    private static async ValueTask<IResult> CreateAsync(ApiCall call, SiloRow silo, CancellationToken ct)
    {
        var body = call.Body<UserCreate>();
        if (body.Password.Mode != "login_disallowed" || body.Password.Value is not null)
        {
            return call.Refuse(Refusal.Invalid(
                ApiErrors.MemberNotServed, "\"password\": passwords are not served; users prove themselves by tokens",
                "send {\"mode\": \"login_disallowed\"} and make a token for the user"));
        }

        var id = UserId.From(call.NewId());
        var outcome = await call.Entities.AskAsync(
            Addresses.User(id), new CreateUser(silo.Id, body.ExternalId, null, null), call.Ask(), ct).ConfigureAwait(false);
        return await call.AnswerAsync(outcome.NamedBy("user", body.ExternalId), async _ =>
            await call.Views.GetAsync(TenancyViews.Users, id.ToString(), ct).ConfigureAwait(false) is { } user
                ? call.Created(AnswerOf(user.Row), TenancyApiJson.Default.UserAnswer, $"/v1/system/users/{id}")
                : call.NotFound("user", body.ExternalId)).ConfigureAwait(false);
    }

    private static async ValueTask<IResult> DeleteAsync(ApiCall call, UserRow user, CancellationToken ct)
    {
        if (user.Id == call.Caller.User)
        {
            return call.Refuse(Refusal.Conflict(
                "UserIsCaller", $"user \"{user.Name}\" is the caller: nobody deletes itself", "let another admin do it"));
        }

        var outcome = await call.Entities.AskAsync(Addresses.User(user.Id), new DeleteUser(), call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, _ =>
        {
            call.Service<TokenAuthenticator>().Forget();
            return call.NoContent();
        });
    }
}
