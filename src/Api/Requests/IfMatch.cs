using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>The generation as ETag: <c>"g12"</c>.</summary>
internal static class IfMatch
{
    public static string Tag(long generation) => $"\"g{generation.ToString(CultureInfo.InvariantCulture)}\"";

    /// <summary>The generation that <c>If-Match</c> asks for; null when the header is absent or <c>*</c>.</summary>
    public static bool TryRead(HttpRequest request, out long? generation, out Failure? failure)
    {
        generation = null;
        failure = null;
        var header = request.Headers.IfMatch;
        if (header.Count == 0 || header == "*")
        {
            return true;
        }

        var text = header.ToString();
        if (text.Length > 3 && text.StartsWith("\"g", StringComparison.Ordinal) && text[^1] == '"' &&
            long.TryParse(text.AsSpan(2, text.Length - 3), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            generation = number;
            return true;
        }

        failure = Failure.Invalid(
            ApiErrors.BadIfMatch,
            "If-Match is not one generation of this API",
            "send back the ETag as it was received, for example If-Match: \"g12\"");
        return false;
    }
}
