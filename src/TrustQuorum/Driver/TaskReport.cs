using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Gantry.TrustQuorum;

/// <summary>The run report of the driver, with the member names of trust-quorum 6.6.</summary>
internal sealed record TaskReport([property: JsonPropertyName("PerRackStatus")] PerRackStatus PerRackStatus);

/// <summary>A text per rack that is worked on, and one per rack whose pass failed.</summary>
internal sealed record PerRackStatus(
    [property: JsonPropertyName("statuses")] ImmutableArray<string> Statuses, [property: JsonPropertyName("errors")] ImmutableArray<string> Errors);

/// <summary>Writes the report.</summary>
[JsonSerializable(typeof(TaskReport))]
internal sealed partial class TaskReportJson : JsonSerializerContext;
