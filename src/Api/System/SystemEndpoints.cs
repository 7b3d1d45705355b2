using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>The smallest operations: are you there?</summary>
internal static class SystemEndpoints
{
    public static void Map(ApiRoutes api) =>
        api.Get("/v1/ping", "ping", "system/status", "Ping the API")
            .Free()
            .Answers(200, SystemJson.Default.PingAnswer)
            .Handle(Ping);

    public static void MapInternal(ApiRoutes api) =>
        api.Get("/v1/ping", "ping", "system/status", "Ping the internal API")
            .Answers(200, SystemJson.Default.PingAnswer)
            .Handle(Ping);

    private static ValueTask<IResult> Ping(ApiCall call, CancellationToken ct) =>
        ValueTask.FromResult(call.Ok(new PingAnswer("ok"), SystemJson.Default.PingAnswer));
}

/// <summary>The answer to a ping.</summary>
internal sealed record PingAnswer(string Status);

/// <summary>Bodies of the system operations.</summary>
[JsonSourceGenerationOptions(Converters = [typeof(UtcTimeConverter)], PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PingAnswer))]
internal sealed partial class SystemJson : JsonSerializerContext;
