using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Gantry.Primitives;

namespace Gantry.Tenancy;

/// <summary>
/// A token as its owner holds it: <c>gnt_&lt;prefix&gt;_&lt;secret&gt;</c>. The prefix (6 to 16 lower case letters and digits) finds the
/// row; the secret (32 to 128 letters and digits) proves. Prints as <c>gnt_&lt;prefix&gt;_***</c>.
/// </summary>
public sealed class TokenText
{
    private const string Start = "gnt_";

    private TokenText(string prefix, string secret)
    {
        Prefix = prefix;
        Secret = secret;
    }

    /// <summary>What may be shown.</summary>
    public string Prefix { get; }

    private string Secret { get; }

    /// <summary>Reads a token; false when the text has another form.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out TokenText? token)
    {
        token = null;
        if (text is null || !text.StartsWith(Start, StringComparison.Ordinal))
        {
            return false;
        }

        var end = text.IndexOf('_', Start.Length);
        if (end < 0)
        {
            return false;
        }

        var prefix = text[Start.Length..end];
        var secret = text[(end + 1)..];
        if (prefix.Length is < 6 or > 16 || !prefix.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c))
            || secret.Length is < 32 or > 128 || !secret.All(char.IsAsciiLetterOrDigit))
        {
            return false;
        }

        token = new TokenText(prefix, secret);
        return true;
    }

    /// <summary>A new token with 244 random bits.</summary>
    public static TokenText New(IRandomSource random) =>
        new(random.NewGuid().ToString("N")[..10], random.NewGuid().ToString("N") + random.NewGuid().ToString("N"));

    /// <summary>The whole text. Give it to its owner and to nobody else.</summary>
    public string Reveal() => $"{Start}{Prefix}_{Secret}";

    /// <summary>What is kept of it, under a new salt.</summary>
    public TokenHash Hashed(IRandomSource random) => HashedWith(random.NewGuid().ToString("N"));

    /// <summary>Whether this is the token that was hashed. Takes the same time for any wrong secret.</summary>
    public bool Is(TokenHash hash) => CryptographicOperations.FixedTimeEquals(
        Encoding.ASCII.GetBytes(HashedWith(hash.Salt).Hash), Encoding.ASCII.GetBytes(hash.Hash));

    /// <inheritdoc/>
    public override string ToString() => $"{Start}{Prefix}_***";

    // One round is enough: the secret is random, not chosen by a person.
    internal TokenHash HashedWith(string salt) =>
        new(Prefix, salt, Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"{salt}:{Secret}"))));
}

/// <summary>The kept part of a token.</summary>
/// <param name="Prefix">Public, unique on the fleet.</param>
/// <param name="Salt">Random, one per token.</param>
/// <param name="Hash">SHA-256 over salt and secret, in hex.</param>
public sealed record TokenHash(string Prefix, string Salt, string Hash);
