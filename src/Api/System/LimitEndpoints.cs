using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>What is bounded, and how much of it is used.</summary>
internal static class LimitEndpoints
{
    public static void Map(ApiRoutes api) =>
        api.Get("/v1/limits", "limit_list", "system/status", "List limits of the API with their present use")
            .SignedIn()
            .Answers(200, LimitJson.Default.LimitList)
            .Handle(List);

    private static ValueTask<IResult> List(ApiCall call, CancellationToken ct) =>
        ValueTask.FromResult(call.Ok(new LimitList([.. All(call)]), LimitJson.Default.LimitList));

    private static IEnumerable<LimitAnswer> All(ApiCall call)
    {
        yield return new LimitAnswer("request_body", "bytes", ApiLimits.BodyBytesMax, null);
        yield return new LimitAnswer("page", "items", ApiLimits.PageMax, null);
        yield return new LimitAnswer("page_token", "characters", ApiLimits.PageTokenLengthMax, null);
        yield return new LimitAnswer("idempotency_key", "characters", ApiLimits.IdempotencyKeyLengthMax, null);
        yield return new LimitAnswer("name", "characters", Primitives.ObjectName.LengthMax, null);
        yield return new LimitAnswer("writes_per_caller", "requests/s", ApiLimits.CommandsPerSecond, null);
        yield return new LimitAnswer("writes_per_caller_burst", "requests", ApiLimits.CommandsBurst, call.WritesUsed);
        yield return new LimitAnswer("watch_buffer", "events", WatchLimits.BufferMax, null);
        yield return new LimitAnswer("watchers", "streams", WatchLimits.WatchersMax, call.Service<WatchHub>().Count);
        yield return new LimitAnswer(
            "watchers_per_caller", "streams", WatchLimits.WatchersPerCallerMax, call.Service<WatchHub>().CountOf(call.Caller.User));
    }
}

/// <summary>One bound; <paramref name="Used"/> is absent where use is per request.</summary>
internal sealed record LimitAnswer(string Name, string Unit, long Limit, long? Used);

/// <summary>All bounds.</summary>
internal sealed record LimitList(IReadOnlyList<LimitAnswer> Items);

/// <summary>Bodies of the limits.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LimitList))]
internal sealed partial class LimitJson : JsonSerializerContext;
