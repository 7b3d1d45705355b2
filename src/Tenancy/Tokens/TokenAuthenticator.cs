using System.Collections.Concurrent;
using Gantry.Actors;
using Gantry.Contracts;

namespace Gantry.Tenancy;

/// <summary>
/// Finds whose token a text is. Checks are remembered for <see cref="TenancyLimits.TokenCachedFor"/> per token text, because each call
/// of the API makes one. Thread-safe.
/// </summary>
public sealed class TokenAuthenticator(IViews views, TimeProvider time)
{
    private static readonly TokenHash Nobody = new("nobody", "", new string('0', 64));

    private readonly ConcurrentDictionary<TokenHash, Remembered> _remembered = new();

    /// <summary>The token's user with present roles; null when the token is malformed, unknown, wrong or expired.</summary>
    public async ValueTask<UserRow?> FindAsync(string text, CancellationToken ct)
    {
        if (!TokenText.TryParse(text, out var token))
        {
            return null;
        }

        var now = time.GetUtcNow();
        var key = CacheKey(token);
        if (_remembered.TryGetValue(key, out var known) && now < known.Until)
        {
            return known.User;
        }

        var row = (await views.GetAsync(TenancyViews.Tokens, token.Prefix, ct).ConfigureAwait(false))?.Row;

        // An unknown prefix costs the same comparison as a wrong secret.
        var isRight = token.Is(row is null ? Nobody : new TokenHash(row.Prefix, row.Salt, row.Hash));
        if (row is null || !isRight || row.TimeExpires <= now)
        {
            return null;
        }

        var user = (await views.GetAsync(TenancyViews.Users, row.User.ToString(), ct).ConfigureAwait(false))?.Row;
        if (user is not null)
        {
            Remember(key, user, row.TimeExpires, now);
        }

        return user;
    }

    /// <summary>Checks everything anew: called where roles or tokens changed, so that this node knows at once.</summary>
    public void Forget() => _remembered.Clear();

    // Keyed by a hash under a fixed salt: the secret itself is not kept in memory.
    private static TokenHash CacheKey(TokenText token) => token.HashedWith("cache");

    private void Remember(TokenHash key, UserRow user, DateTimeOffset? expires, DateTimeOffset now)
    {
        if (_remembered.Count >= TenancyLimits.TokensCachedMax)
        {
            foreach (var old in _remembered.OrderBy(r => r.Value.Until).Take(TenancyLimits.TokensCachedMax / 10))
            {
                _remembered.TryRemove(old.Key, out _);
            }
        }

        var until = now + TenancyLimits.TokenCachedFor;
        _remembered[key] = new Remembered(user, expires < until ? expires.Value : until);
    }

    private sealed record Remembered(UserRow User, DateTimeOffset Until);
}
