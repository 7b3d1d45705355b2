using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Gantry.Tenancy;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Access tokens: made (shown once, kept as a salted hash), listed, revoked; one's own, and those of users of one's silo.</summary>
internal static class TokenEndpoints
{
    private const string Tag = "tokens";

    public static void Map(ApiRoutes api)
    {
        api.Get("/v1/me/access-tokens", "current_user_access_token_list", Tag, "List access tokens")
            .SignedIn()
            .Paged(SortOrder.IdOnly)
            .Answers(200, TenancyApiJson.Default.AccessTokenPage)
            .Handle((call, ct) => ListAsync(call, call.Caller.User, ct));
        api.Post("/v1/me/access-tokens", "current_user_access_token_create", Tag, "Create access token; the answer shows it once")
            .SignedIn()
            .Body(TenancyApiJson.Default.TokenCreate)
            .Answers(201, TenancyApiJson.Default.NewTokenAnswer)
            .Fails(507, "InsufficientCapacity", $"the user has {TenancyLimits.TokensPerUserMax} tokens")
            .Handle((call, ct) => CreateAsync(call, call.Caller.User, ct));
        api.Delete("/v1/me/access-tokens/{token_id}", "current_user_access_token_delete", Tag, "Delete access token")
            .SignedIn()
            .Answers(204)
            .Handle(RevokeAsync);
        api.Get("/v1/users/{user_id}/access-tokens", "user_token_list", "silos", "List user's access tokens")
            .OnSilo(Rank.Admin)
            .Paged(SortOrder.IdOnly)
            .Answers(200, TenancyApiJson.Default.AccessTokenPage)
            .Handle((call, ct) => WithUserAsync(call, user => ListAsync(call, user.Id, ct), ct));
        api.Post("/v1/users/{user_id}/access-tokens", "user_token_create", "silos", "Create access token for user; the answer shows it once")
            .OnSilo(Rank.Admin)
            .Body(TenancyApiJson.Default.TokenCreate)
            .Answers(201, TenancyApiJson.Default.NewTokenAnswer)
            .Handle((call, ct) => WithUserAsync(call, user => CreateForAsync(call, user, ct), ct));
        api.Post("/v1/users/{user_id}/logout", "user_logout", "silos", "Log user out: its tokens are worth nothing any more")
            .OnSilo(Rank.Admin)
            .Answers(204)
            .Handle((call, ct) => WithUserAsync(call, user => LogOutAsync(call, user, ct), ct));
    }

    // One's own, or as an admin of the silo.
    private static ValueTask<IResult> WithUserAsync(ApiCall call, Func<UserRow, ValueTask<IResult>> then, CancellationToken ct) =>
        LocalUserEndpoints.WithUserAsync(
            call,
            call.Caller.Silo,
            user => user.Id == call.Caller.User || call.Caller.On(user.Silo) >= Rank.Admin
                ? then(user)
                : ValueTask.FromResult(call.Refuse(ApiErrors.Forbidden("the role admin on the silo", call.Caller.SiloRole))),
            ct);

    private static ValueTask<IResult> ListAsync(ApiCall call, UserId user, CancellationToken ct) => call.PageAsync(
        new ViewQuery<TokenRow>(TenancyViews.Tokens).WhereEqual("user", user.ToString()), AnswerOf, TenancyApiJson.Default.AccessTokenPage, ct);

    // A token is the user: an admin of the silo that made one for an admin of the fleet would be that.
    private static ValueTask<IResult> CreateForAsync(ApiCall call, UserRow user, CancellationToken ct) =>
        call.Caller.Fleet >= Ranks.Of(user.FleetRole)
            ? CreateAsync(call, user.Id, ct)
            : ValueTask.FromResult(call.Refuse(ApiErrors.Forbidden(
                $"{Ranks.FleetWord(Ranks.Of(user.FleetRole))}, which user \"{user.Name}\" is", call.Caller.FleetRole)));

    private static async ValueTask<IResult> CreateAsync(ApiCall call, UserId user, CancellationToken ct)
    {
        var expires = call.Body<TokenCreate>().TimeExpires;
        var now = call.Clock.GetUtcNow();
        if (expires <= now)
        {
            return call.Refuse(Refusal.Invalid("TokenExpiryPast", $"time_expires is not after now, {now:u}", "leave it out for a token without end"));
        }

        var id = TokenId.From(call.NewId());
        var random = call.Service<IRandomSource>();
        var token = TokenText.New(random);
        var hash = token.Hashed(random);
        var outcome = await call.Entities.AskAsync(Addresses.User(user), new AddToken(id, hash, expires), call.Ask(), ct).ConfigureAwait(false);
        var isReplay = outcome is Outcome<Done>.Accepted { IsReplay: true };
        return await call.AnswerAsync(outcome, async _ =>
        {
            // A repeated request finds the token of the first one; its secret is nowhere to be read any more.
            var tokens = await call.Views.ListAsync(
                new ViewQuery<TokenRow>(TenancyViews.Tokens).WhereEqual("user", user.ToString()), ct).ConfigureAwait(false);
            return tokens.FirstOrDefault(t => t.Row.Id == id) is { } made
                ? call.Created(
                    new NewTokenAnswer
                    {
                        Id = id.Value,
                        Token = isReplay ? null : token.Reveal(),
                        Prefix = made.Row.Prefix,
                        TimeCreated = made.Row.TimeCreated,
                        TimeExpires = made.Row.TimeExpires,
                    },
                    TenancyApiJson.Default.NewTokenAnswer)
                : call.NotFound("access token", id.ToString());
        }).ConfigureAwait(false);
    }

    private static async ValueTask<IResult> RevokeAsync(ApiCall call, CancellationToken ct)
    {
        var outcome = await call.Entities.AskAsync(
            Addresses.User(call.Caller.User), new RevokeToken(TokenId.From(call.PathId("token_id"))), call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, _ => Gone(call));
    }

    private static async ValueTask<IResult> LogOutAsync(ApiCall call, UserRow user, CancellationToken ct)
    {
        var outcome = await call.Entities.AskAsync(Addresses.User(user.Id), new RevokeAllTokens(), call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, _ => Gone(call));
    }

    private static IResult Gone(ApiCall call)
    {
        call.Service<TokenAuthenticator>().Forget();
        return call.NoContent();
    }

    private static AccessTokenAnswer AnswerOf(TokenRow row) => new()
    {
        Id = row.Id.Value,
        TimeCreated = row.TimeCreated,
        TimeExpires = row.TimeExpires,
        Prefix = row.Prefix,
    };
}
