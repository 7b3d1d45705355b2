using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Takes the token out of <c>Authorization: Bearer …</c>.</summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";

    public static string? Of(HttpRequest request)
    {
        var header = request.Headers.Authorization;
        if (header.Count != 1 || header.ToString() is not { } text)
        {
            return null;
        }

        if (!text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var token = text[Scheme.Length..].Trim();
        return token.Length is > 0 and <= ApiLimits.BearerLengthMax ? token : null;
    }
}
