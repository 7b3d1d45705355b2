using System.Text.Json;
using System.Text.Json.Serialization;
using Gantry.Actors.Kernel;

namespace Gantry.Actors.Runtime;

/// <summary>What the runtime writes itself.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(EntityAddress))]
[JsonSerializable(typeof(EntitySight))]
[JsonSerializable(typeof(RelayedOrder))]
[JsonSerializable(typeof(AdminAnswer))]
[JsonSerializable(typeof(RestoredMail))]
[JsonSerializable(typeof(IsolatedEntities))]
[JsonSerializable(typeof(ReconcilerAsked))]
[JsonSerializable(typeof(ReconcilerTold))]
internal sealed partial class RuntimeJson : JsonSerializerContext;
