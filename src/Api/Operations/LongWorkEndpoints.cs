using System.Text.Json.Serialization;
using Gantry.Actors;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Long work of our own endpoints (operator-experience 5): what the view of sagas says of it.</summary>
internal static class LongWorkEndpoints
{
    private static readonly (string Saga, string Kind, string Target)[] s_kinds =
    [
        ("saga.instance-migrate", "instance.migrate", "vmm"),
        ("saga.sled-drain", "sled.drain", "sled"),
        ("saga.sled-remove", "sled.remove", "sled"),
    ];

    public static void Map(ApiRoutes api)
    {
        api.Get("/v1/operations/{operation_id}", "operation_view", "operations", "Fetch long work")
            .Fleet(Rank.Viewer)
            .Answers(200, LongWorkJson.Default.LongWorkStarted)
            .Handle(ShowAsync);
        api.Post("/v1/operations/{operation_id}/cancel", "operation_cancel", "operations", "Give long work up, where it can be")
            .Fleet(Rank.Admin)
            .Answers(202, LongWorkJson.Default.LongWorkStarted)
            .Handle(CancelAsync);
    }

    /// <summary>How work that was just begun stands.</summary>
    public static async ValueTask<LongWork> OfAsync(ApiCall call, string saga, Guid key, string target, CancellationToken ct)
    {
        call.Http.Response.Headers["gantry-operation"] = key.ToString();
        var row = (await call.Views.GetAsync(SagaViews.Sagas, $"{saga}/{key}", ct).ConfigureAwait(false))?.Row;
        var kind = s_kinds.First(k => k.Saga == saga).Kind;
        var now = call.Clock.GetUtcNow();
        return row is null
            ? new LongWork { Id = key, Kind = kind, Target = target, State = "queued", Step = "", StepNumber = 0, StepsTotal = 0, Blockers = [], Started = now, Updated = now }
            : Of(key, kind, target, row);
    }

    private static async ValueTask<IResult> ShowAsync(ApiCall call, CancellationToken ct)
    {
        var id = call.PathId("operation_id");
        foreach (var (saga, kind, target) in s_kinds)
        {
            if (await call.Views.GetAsync(SagaViews.Sagas, $"{saga}/{id}", ct).ConfigureAwait(false) is { } found)
            {
                return call.Ok(new LongWorkStarted(Of(id, kind, $"{target}/{id}", found.Row)), LongWorkJson.Default.LongWorkStarted);
            }
        }

        return await QuorumWork.FindAsync(call, id, ct).ConfigureAwait(false) is { } change
            ? call.Ok(new LongWorkStarted(change), LongWorkJson.Default.LongWorkStarted)
            : call.NotFound("operation", id.ToString());
    }

    private static async ValueTask<IResult> CancelAsync(ApiCall call, CancellationToken ct)
    {
        var id = call.PathId("operation_id");
        foreach (var (saga, kind, _) in s_kinds)
        {
            if (await call.Views.GetAsync(SagaViews.Sagas, $"{saga}/{id}", ct).ConfigureAwait(false) is not null)
            {
                return call.Refuse(Refusal.Conflict("OperationNotCancellable", $"{kind} cannot be given up once it began", "wait for its end"));
            }
        }

        return await QuorumWork.CancelAsync(call, id, ct).ConfigureAwait(false) ?? call.NotFound("operation", id.ToString());
    }

    private static LongWork Of(Guid id, string kind, string target, SagaRow row) => new()
    {
        Id = id,
        Kind = kind,
        Target = target,
        State = row.State switch
        {
            "done" => "succeeded",
            "unwound" => "failed",
            _ => "running",
        },
        Step = row.Step,
        StepNumber = row.StepNumber,
        StepsTotal = row.StepsTotal,
        Blockers = row is { State: not "done", LastError: { } why } ? [why] : [],
        Started = row.Started,
        Updated = row.Since,
        Error = row.Why?.Message,
    };
}

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
}

/// <summary>Bodies of long work.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MigrateBody))]
[JsonSerializable(typeof(LongWorkStarted))]
internal sealed partial class LongWorkJson : JsonSerializerContext;
