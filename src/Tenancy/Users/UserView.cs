using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Tenancy;

/// <summary>Writes the views <c>users</c> and <c>tokens</c>.</summary>
internal static class UserView
{
    public static ImmutableArray<ViewOp> Project(EntityAddress self, UserState before, UserEvent fact, UserState after) => fact switch
    {
        TokenAdded e => Added(before, after, e.Token),
        UserDeleted =>
        [
            TenancyViews.Users.Delete(self.Key),
            .. before.Tokens.Values.Select(t => TenancyViews.Tokens.Delete(t.Hash.Prefix)),
        ],
        TokenRevoked e => before.Tokens.TryGetValue(e.Token, out var gone) ? [TenancyViews.Tokens.Delete(gone.Hash.Prefix)] : [],
        _ => [TenancyViews.Users.Upsert(self.Key, RowOf(after))],
    };

    private static ImmutableArray<ViewOp> Added(UserState before, UserState after, TokenId id)
    {
        var token = after.Tokens[id];
        var row = new TokenRow(
            id, after.Id, token.Hash.Prefix, token.Hash.Salt, token.Hash.Hash, token.TimeCreated, token.TimeExpires);
        var upsert = TenancyViews.Tokens.Upsert(token.Hash.Prefix, row);
        return before.Tokens.TryGetValue(id, out var former) && former.Hash.Prefix != token.Hash.Prefix
            ? [TenancyViews.Tokens.Delete(former.Hash.Prefix), upsert]
            : [upsert];
    }

    private static UserRow RowOf(UserState state) => new(
        state.Id, state.Silo, state.Name, state.FleetRole, state.SiloRole,
        state.ProjectRoles.ToImmutableDictionary(r => r.Key.ToString(), r => r.Value), state.TimeCreated);
}
