using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Api;

/// <summary>
/// The content of a page token: which scan (operation and path), its parameters, and the last row given out. Opaque outside:
/// URL-safe base64 of eight check bytes and versioned JSON, at most 512 characters.
/// </summary>
internal sealed record PageToken
{
    private const int CheckBytes = 8;

    /// <summary>Form of the token.</summary>
    public int V { get; init; } = 1;

    /// <summary>The scan's parameters, <c>sort_by</c> and filters.</summary>
    public ImmutableSortedDictionary<string, string> Q { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The last row's key.</summary>
    public required string K { get; init; }

    /// <summary>The last row's sort value when it is text.</summary>
    public string? S { get; init; }

    /// <summary>The last row's sort value when it is a number.</summary>
    public long? N { get; init; }

    [JsonIgnore]
    public ViewCursor Cursor => new(N is { } number ? number : S, K);

    /// <summary>How much of a token these parameters take.</summary>
    public static int BytesOf(ImmutableSortedDictionary<string, string> parameters) =>
        JsonSerializer.SerializeToUtf8Bytes(parameters, PageTokenJson.Default.ImmutableSortedDictionaryStringString).Length;

    /// <summary>Writes a token bound to a scan.</summary>
    public static string Write(string scan, ImmutableSortedDictionary<string, string> parameters, ViewCursor after)
    {
        var token = new PageToken
        {
            Q = parameters,
            K = after.Key,
            S = after.Order as string,
            N = after.Order as long?,
        };
        var json = JsonSerializer.SerializeToUtf8Bytes(token, PageTokenJson.Default.PageToken);
        var bytes = new byte[CheckBytes + json.Length];
        json.CopyTo(bytes, CheckBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Check(scan, json));
        var text = OpaqueText.Write(bytes);
        Invariant.Check(text.Length <= ApiLimits.PageTokenLengthMax, "a page token fits its bound");
        return text;
    }

    /// <summary>Reads a token; null when it is none, is damaged, or belongs to another scan.</summary>
    public static PageToken? Read(string scan, string text)
    {
        if (OpaqueText.Read(text, ApiLimits.PageTokenLengthMax) is not { } bytes || bytes.Length <= CheckBytes ||
            BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Check(scan, bytes.AsSpan(CheckBytes)))
        {
            return null;
        }

        try
        {
            var token = JsonSerializer.Deserialize(bytes.AsSpan(CheckBytes), PageTokenJson.Default.PageToken);
            return token is { V: 1 } ? token : null;
        }
        catch (JsonException)
        {
            // The check bytes are no secret: somebody made this by hand.
            return null;
        }
    }

    private static ulong Check(string scan, ReadOnlySpan<byte> json)
    {
        var name = Encoding.UTF8.GetBytes(scan);
        var all = new byte[name.Length + 1 + json.Length];
        name.CopyTo(all, 0);
        json.CopyTo(all.AsSpan(name.Length + 1));
        return StableHash.Of(all);
    }
}

/// <summary>
/// Writes tokens. Quotes in parameters are escaped in two bytes and not in six, so that they take no more than what was asked for.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PageToken))]
internal sealed partial class PageTokenJson : JsonSerializerContext;
