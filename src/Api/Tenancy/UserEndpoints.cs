using Gantry.Actors;
using Gantry.Contracts;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Who am I, and who else is in my silo.</summary>
internal static class UserEndpoints
{
    public static void Map(ApiRoutes api)
    {
        api.Get("/v1/me", "current_user_view", "session", "Fetch user for current session")
            .SignedIn()
            .Answers(200, TenancyApiJson.Default.CurrentUserAnswer)
            .Handle(MeAsync);
        api.Get("/v1/users", "user_list", "silos", "List users")
            .SignedIn()
            .Paged(SortOrder.IdOnly)
            .Answers(200, TenancyApiJson.Default.UserPage)
            .Handle((call, ct) => call.PageAsync(
                new ViewQuery<UserRow>(TenancyViews.Users).WhereEqual("silo", call.Caller.Silo.ToString()),
                LocalUserEndpoints.AnswerOf, TenancyApiJson.Default.UserPage, ct));
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
}
