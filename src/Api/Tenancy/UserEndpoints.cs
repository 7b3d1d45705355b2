using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Gantry.Tenancy;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Who am I, who else is in my silo, and my tokens.</summary>
internal static class UserEndpoints
{
    public static void Map(ApiRoutes api)
    {
        api.Get("/v1/me", "current_user_view", "session", "Fetch user for current session")
            .SignedIn()
            .Answers(200, TenancyApiJson.Default.CurrentUserAnswer)
            .Handle(MeAsync);
        api.Get("/v1/me/access-tokens", "current_user_access_token_list", "tokens", "List access tokens")
            .SignedIn()
            .Paged(SortOrder.IdOnly)
            .Answers(200, TenancyApiJson.Default.AccessTokenPage)
            .Handle((call, ct) => call.PageAsync(
                new ViewQuery<TokenRow>(TenancyViews.Tokens).WhereEqual("user", call.Caller.User.ToString()),
                AnswerOf, TenancyApiJson.Default.AccessTokenPage, ct));
        api.Delete("/v1/me/access-tokens/{token_id}", "current_user_access_token_delete", "tokens", "Delete access token")
            .SignedIn()
            .Answers(204)
            .Handle(RevokeAsync);
        api.Get("/v1/users", "user_list", "silos", "List users")
            .SignedIn()
            .Paged(SortOrder.IdOnly)
            .Answers(200, TenancyApiJson.Default.UserPage)
            .Handle((call, ct) => call.PageAsync(
                new ViewQuery<UserRow>(TenancyViews.Users).WhereEqual("silo", call.Caller.Silo.ToString()),
                AnswerOf, TenancyApiJson.Default.UserPage, ct));
    }

    private static async ValueTask<IResult> MeAsync(ApiCall call, CancellationToken ct)
    {
        var caller = call.Caller;
        var user = await call.Views.GetAsync(TenancyViews.Users, caller.User.ToString(), ct).ConfigureAwait(false);
        var silo = await call.Views.GetAsync(TenancyViews.Silos, caller.Silo.ToString(), ct).ConfigureAwait(false);
        if (user is null || silo is null)
        {
            return call.NotFound("user", caller.Name);
        }

        return call.Ok(
            new CurrentUserAnswer
            {
                Id = caller.User.Value,
                DisplayName = caller.Name,
                SiloId = caller.Silo.Value,
                SiloName = silo.Row.Name,
                FleetViewer = caller.Fleet >= Rank.Viewer,
                SiloAdmin = caller.On(caller.Silo) >= Rank.Admin,
                TimeCreated = user.Row.TimeCreated,
                TimeModified = user.Row.TimeCreated,
                FleetRole = caller.FleetRole,
                SiloRole = caller.SiloRole,
            },
            TenancyApiJson.Default.CurrentUserAnswer);
    }

    private static async ValueTask<IResult> RevokeAsync(ApiCall call, CancellationToken ct)
    {
        var outcome = await call.Entities.AskAsync(
            Addresses.User(call.Caller.User), new RevokeToken(TokenId.From(call.PathId("token_id"))), call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, _ => call.NoContent());
    }

    private static AccessTokenAnswer AnswerOf(TokenRow row) => new()
    {
        Id = row.Id.Value,
        TimeCreated = row.TimeCreated,
        TimeExpires = row.TimeExpires,
        Prefix = row.Prefix,
    };

    private static UserAnswer AnswerOf(UserRow row) => new()
    {
        Id = row.Id.Value,
        DisplayName = row.Name,
        SiloId = row.Silo.Value,
        TimeCreated = row.TimeCreated,
        TimeModified = row.TimeCreated,
    };
}
