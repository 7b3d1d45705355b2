using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gantry.Devices;

/// <summary>A request to a device on its way to the node that holds the device's connections: with what its adapter needs to order and bound it.</summary>
public sealed record PassedCall
{
    /// <summary>Kind of device.</summary>
    public required string Kind { get; init; }

    /// <summary>Key of the device.</summary>
    public required string Key { get; init; }

    /// <summary>Where the caller's rows say that it is.</summary>
    public required Uri Address { get; init; }

    /// <summary>Name for metrics.</summary>
    public required string Operation { get; init; }

    /// <summary>Write or read.</summary>
    public required CallClass Class { get; init; }

    /// <summary>Writes with an equal one run one after another, whichever node they come from.</summary>
    public required string Sequence { get; init; }

    /// <summary>What is left of the caller's deadline.</summary>
    public required TimeSpan Remaining { get; init; }

    /// <summary>HTTP verb.</summary>
    public required string Method { get; init; }

    /// <summary>Path and query.</summary>
    public required string Path { get; init; }

    /// <summary>Value of the header; null for none.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>JSON body; null for none.</summary>
    public byte[]? Body { get; init; }

    /// <summary>The trace that it belongs to, as W3C text; null for none.</summary>
    public string? Trace { get; init; }

    /// <summary>Its form on a link.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, PassingJson.Default.PassedCall);

    /// <summary>Reads that form.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static PassedCall From(ReadOnlySpan<byte> bytes) =>
        JsonSerializer.Deserialize(bytes, PassingJson.Default.PassedCall) ?? throw new JsonException("null is no call");

    internal DeviceRequest Request => new(HttpMethod.Parse(Method), Path, ApiVersion) { Body = Body };
}

/// <summary>What passes between nodes about devices. Members may be added; who does not know one leaves it out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PassedCall))]
[JsonSerializable(typeof(PassedAnswer))]
internal sealed partial class PassingJson : JsonSerializerContext;
