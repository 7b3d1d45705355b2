using System.Text.Json.Serialization;
using Gantry.Hosting;
using Gantry.Primitives;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Gantry.Api;

/// <summary>
/// <c>/health/*</c> without credentials (a load balancer has none) and <c>/metrics</c> for fleet viewers. Not operations of the document.
/// </summary>
internal static class HealthEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        Map(endpoints, "/health/live", (health, _) => ValueTask.FromResult(health.Live()));
        Map(endpoints, "/health/ready", (health, ct) => health.ReadyAsync(ct));
        Map(endpoints, "/health/start", (health, _) => ValueTask.FromResult(health.Start()));
        endpoints.MapGet("/metrics", WriteMetricsAsync).WithMetadata(new ListenerMark(ListenerKind.External));
    }

    private static void Map(
        IEndpointRouteBuilder endpoints, string path, Func<GantryHealth, CancellationToken, ValueTask<HealthAnswer>> ask) =>
        endpoints.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], async context =>
        {
            Assign(context);
            var answer = await ask(context.RequestServices.GetRequiredService<GantryHealth>(), context.RequestAborted).ConfigureAwait(false);
            await new JsonAnswer<HealthBody>(answer.IsHealthy ? 200 : 503, HealthBody.Of(answer), HealthJson.Default.HealthBody)
                .ExecuteAsync(context).ConfigureAwait(false);
        }).WithMetadata(new ListenerMark(ListenerKind.External));

    private static async Task WriteMetricsAsync(HttpContext context)
    {
        Assign(context);
        var caller = BearerToken.Of(context.Request) is { } token
            ? await context.RequestServices.GetRequiredService<ICallers>().FindAsync(token, context.RequestAborted).ConfigureAwait(false)
            : null;
        if (caller is null || caller.Fleet < Rank.Viewer)
        {
            var why = caller is null ? ApiErrors.Unauthorized() : ApiErrors.Forbidden(Ranks.FleetWord(Rank.Viewer), caller.FleetRole);
            await new FailureResult(Failure.Of(why)).ExecuteAsync(context).ConfigureAwait(false);
            return;
        }

        context.Response.ContentType = PrometheusText.ContentType;
        await context.Response.WriteAsync(
            context.RequestServices.GetRequiredService<PrometheusText>().Write(), context.RequestAborted).ConfigureAwait(false);
    }

    private static void Assign(HttpContext context) =>
        RequestIds.Assign(context, context.RequestServices.GetRequiredService<IRandomSource>());
}

/// <summary>A health answer: the state in a word, and each check with its remedy.</summary>
internal sealed record HealthBody(string Status, IReadOnlyList<HealthLine> Checks)
{
    public static HealthBody Of(HealthAnswer answer) => new(
        answer.IsHealthy ? "ok" : "failing",
        [.. answer.Checks.Select(c => new HealthLine(c.Name, c.IsGood, c.Says, c.IsGood ? null : c.Remedy))]);
}

/// <summary>One check.</summary>
internal sealed record HealthLine(string Name, bool Ok, string Message, string? Remedy);

/// <summary>Bodies of health.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HealthBody))]
internal sealed partial class HealthJson : JsonSerializerContext;
