using System.Text.Json.Serialization;

namespace Gantry.Switch;

/// <summary>Wire forms of the switch daemon, versions 8 to 13.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(UnderlayCreateBody))]
[JsonSerializable(typeof(MembersBody))]
[JsonSerializable(typeof(ExternalCreateBody))]
[JsonSerializable(typeof(ExternalUpdateBody))]
[JsonSerializable(typeof(GroupBody))]
[JsonSerializable(typeof(GroupPageBody))]
[JsonSerializable(typeof(IdentifiersBody))]
[JsonSerializable(typeof(Dictionary<string, BackplaneBody>))]
[JsonSerializable(typeof(long))]
internal sealed partial class SwitchJson : JsonSerializerContext;
