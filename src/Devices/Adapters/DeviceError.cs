using System.Text.Json.Serialization;

namespace Gantry.Devices;

/// <summary>The error body of all devices: switch-dpd 2.1, vmm 5.1.</summary>
internal sealed record DeviceError(
    [property: JsonPropertyName("error_code")] string? ErrorCode,
    [property: JsonPropertyName("message")] string? Message);

[JsonSerializable(typeof(DeviceError))]
internal sealed partial class DeviceErrorJson : JsonSerializerContext;
