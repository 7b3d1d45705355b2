using System.Text.Json.Serialization;

namespace Gantry.Switch.Simulator;

/// <summary>Wire forms of the control interface.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(SimFault))]
internal sealed partial class ControlJson : JsonSerializerContext;
