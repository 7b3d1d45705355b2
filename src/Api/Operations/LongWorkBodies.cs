using System.Text.Json.Serialization;

namespace Gantry.Api;

/// <summary>Where a running instance shall go.</summary>
internal sealed record MigrateBody
{
    public required Guid DstSledId { get; init; }
}

/// <summary>The answer of a call that began long work.</summary>
internal sealed record LongWorkStarted(LongWork Operation);

/// <summary>Long work.</summary>
internal sealed record LongWork
{
    public required Guid Id { get; init; }

    public required string Kind { get; init; }

    public required string Target { get; init; }

    /// <summary><c>queued</c>, <c>running</c>, <c>succeeded</c>, <c>failed</c> or <c>cancelled</c>.</summary>
    public required string State { get; init; }

    public required string Step { get; init; }

    public required int StepNumber { get; init; }

    public required int StepsTotal { get; init; }

    /// <summary>What it waits for, in words.</summary>
    public required IReadOnlyList<string> Blockers { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required DateTimeOffset Updated { get; init; }

    public bool Cancellable { get; init; }

    public string? Result { get; init; }

    public string? Error { get; init; }

    [JsonIgnore]
    public bool IsEnded => State is "succeeded" or "failed" or "cancelled";

    /// <summary>Whether it says something that an earlier look did not.</summary>
    public bool IsNewsAfter(LongWork earlier) =>
        State != earlier.State || Step != earlier.Step || Updated != earlier.Updated || !Blockers.SequenceEqual(earlier.Blockers);
}

/// <summary>Bodies of long work.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MigrateBody))]
[JsonSerializable(typeof(LongWorkStarted))]
[JsonSerializable(typeof(Page<LongWork>), TypeInfoPropertyName = "LongWorkPage")]
internal sealed partial class LongWorkJson : JsonSerializerContext;
