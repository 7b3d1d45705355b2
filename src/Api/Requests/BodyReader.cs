using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Reads a JSON body: bounded, without unknown or repeated members, of the shape that the operation declares.</summary>
internal static class BodyReader
{
    private static readonly JsonDocumentOptions s_strict = new()
    {
        MaxDepth = ApiLimits.BodyDepthMax,
        AllowDuplicateProperties = false,
    };

    /// <summary>The bytes, or the failure when there are too many.</summary>
    public static async ValueTask<(byte[] Bytes, Failure? Failure)> ReadBytesAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > ApiLimits.BodyBytesMax)
        {
            return ([], TooLarge());
        }

        using var bytes = new MemoryStream();
        var buffer = new byte[8 * 1024];
        while (await request.Body.ReadAsync(buffer, ct).ConfigureAwait(false) is > 0 and var count)
        {
            bytes.Write(buffer, 0, count);
            if (bytes.Length > ApiLimits.BodyBytesMax)
            {
                return ([], TooLarge());
            }
        }

        return (bytes.ToArray(), null);
    }

    /// <summary>The body as the declared type, or the failure.</summary>
    public static (object? Value, Failure? Failure) Parse(HttpRequest request, byte[] bytes, BodyShape shape)
    {
        if (request.ContentType is { Length: > 0 } type && !type.StartsWith("application/json", StringComparison.OrdinalIgnoreCase))
        {
            return (null, Failure.Malformed(
                ApiErrors.MalformedBody, $"content type \"{type[..Math.Min(type.Length, 64)]}\" is not served", "send application/json"));
        }

        JsonDocument document;
        try
        {
            if (!IsText(bytes))
            {
                return (null, Failure.Malformed(
                    ApiErrors.MalformedBody, "the body escapes half of a surrogate pair, which is no character", "send well-formed Unicode"));
            }

            document = JsonDocument.Parse(bytes, s_strict);
        }
        catch (JsonException e)
        {
            return (null, Failure.Malformed(
                ApiErrors.MalformedBody,
                $"the body is not JSON: line {(e.LineNumber ?? 0) + 1}, byte {e.BytePositionInLine ?? 0}",
                "send one JSON object without repeated members"));
        }

        using (document)
        {
            return Parse(document.RootElement, shape);
        }
    }

    // Half of a surrogate pair is JSON when escaped, but no text: whoever read it later would throw.
    private static bool IsText(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = ApiLimits.BodyDepthMax });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                {
                    _ = reader.GetString();
                }
            }

            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static (object? Value, Failure? Failure) Parse(JsonElement root, BodyShape shape)
    {
        if (BodyCheck.Run(root, shape) is { } failure)
        {
            return (null, failure);
        }

        try
        {
            var value = JsonSerializer.Deserialize(root, shape.Type);
            return value is null
                ? (null, Failure.Malformed(ApiErrors.MalformedBody, "the body is null", "send a JSON object"))
                : (value, null);
        }
        catch (JsonException e)
        {
            var where = e.Path is { Length: > 2 } path ? path[2..] : "the body";
            return (null, Failure.Malformed(
                ApiErrors.MalformedBody,
                $"body member \"{where}\" does not have the form that this operation reads",
                "compare it with the document at /openapi/v1.json"));
        }
    }

    private static Failure TooLarge() => Failure.Malformed(
        ApiErrors.BodyTooLarge,
        $"the body is larger than {ApiLimits.BodyBytesMax} bytes",
        "send less in one request");
}

/// <summary>What an operation reads as its body.</summary>
/// <param name="Type">The shape, bound to the options of its own source-generated context.</param>
internal sealed record BodyShape(JsonTypeInfo Type)
{
    /// <summary>Members that Nexus defines and we do not serve, with the default (JSON text) that is accepted beside null and empty.</summary>
    public Dictionary<string, string?> NotServed { get; } = new(StringComparer.Ordinal);

    /// <summary>Internal listener and device simulators ignore unknown members, as the originals do.</summary>
    public bool IgnoresUnknown { get; set; }
}
