using System.Text.Json.Serialization;

namespace Gantry.Actors.Runtime;

/// <summary>What the runtime writes itself.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(EvidenceLine))]
[JsonSerializable(typeof(string))]
internal sealed partial class RuntimeJson : JsonSerializerContext;
