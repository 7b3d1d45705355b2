using System.Text.Json.Serialization;

namespace Gantry.Api;

/// <summary>Writes and reads the gateway's own bodies. Areas' endpoints have a context of their own beside them.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(DryRunAnswer))]
internal sealed partial class ApiJson : JsonSerializerContext;
