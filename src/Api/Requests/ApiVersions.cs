using System.Collections.Immutable;
using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>The header <c>api-version</c> of both listeners (vmm-sled-rack 5.1, operator-experience 5).</summary>
internal static class ApiVersions
{
    public const string Header = "api-version";

    /// <summary>Versions of the external API, newest first.</summary>
    public static readonly ImmutableArray<string> External = ["2026081901.0.0"];

    /// <summary>Newest version of the internal API: 2.0.0 has the doorbell.</summary>
    public static readonly Version InternalNewest = new(2, 0, 0);

    /// <summary>The internal API as it was before the doorbell (vmm-sled-rack 3.8).</summary>
    public static readonly Version InternalBeforeDoorbell = new(1, 0, 0);

    public static Failure? CheckExternal(HttpRequest request, string operation)
    {
        var header = request.Headers[Header];
        if (header.Count == 0 || (header.Count == 1 && External.Contains(header.ToString())))
        {
            return null;
        }

        if (OldGroupCalls.WhyGone(header.ToString(), operation) is { } gone)
        {
            return gone;
        }

        return Failure.Malformed(
            ApiErrors.BadApiVersion,
            $"api-version {Shown(header.ToString())} is not served; served are {string.Join(", ", External)}",
            "leave the header away to get the newest");
    }

    /// <summary>Internal: required, readable, not newer than ours, and the operation must exist in it (else 404).</summary>
    public static Failure? CheckInternal(HttpRequest request, Version since, Version newest)
    {
        var header = request.Headers[Header];
        if (header.Count != 1)
        {
            return Failure.Malformed(ApiErrors.BadApiVersion, "the header api-version is required here, once", "send api-version: 1.0.0");
        }

        if (!TryParse(header.ToString(), out var version))
        {
            return Failure.Malformed(ApiErrors.BadApiVersion, $"api-version {Shown(header.ToString())} is not of the form X.Y.Z");
        }

        if (version > newest)
        {
            return Failure.Malformed(
                ApiErrors.BadApiVersion, $"api-version {version} is newer than {newest}, the newest that this server has");
        }

        return version < since
            ? new Failure { Status = 404, Message = "Not Found", Reason = ApiErrors.NoSuchRoute, Remedy = $"this operation exists since api-version {since}" }
            : null;
    }

    private static bool TryParse(string text, out Version version)
    {
        version = InternalNewest;
        var parts = text.Split('.');
        if (parts.Length != 3 || !parts.All(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            return false;
        }

        version = Version.Parse(text);
        return true;
    }

    private static string Shown(string text) => text.Length <= 40 ? $"\"{text}\"" : $"\"{text[..40]}…\"";
}
