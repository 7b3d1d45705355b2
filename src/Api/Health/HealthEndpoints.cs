using System.Text.Json.Serialization;
using Gantry.Actors;
using Gantry.Hosting;
using Gantry.Primitives;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Gantry.Api;

/// <summary>
/// <c>/health/*</c> and <c>/metrics</c>. A load balancer has no credentials and needs none: it is told which checks are good. Causes name
/// hosts, files and objects, so they are for fleet viewers, as metrics are. Not operations of the document.
/// </summary>
internal static class HealthEndpoints
{
    // A probe must not wait for a store that does not answer; who asks meanwhile is told what anybody is.
    private static readonly TimeSpan CallerDeadline = TimeSpan.FromSeconds(1);

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
            var isViewer = await FindCallerOrNullAsync(context).ConfigureAwait(false) is { Fleet: >= Rank.Viewer };
            var body = isViewer ? HealthBody.Of(answer) : HealthBody.ShortOf(answer);
            await new JsonAnswer<HealthBody>(answer.IsHealthy ? 200 : 503, body, HealthJson.Default.HealthBody)
                .ExecuteAsync(context).ConfigureAwait(false);
        }).WithMetadata(new ListenerMark(ListenerKind.External));

    private static async Task WriteMetricsAsync(HttpContext context)
    {
        Assign(context);
        var caller = await FindCallerAsync(context, context.RequestAborted).ConfigureAwait(false);
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

    private static async ValueTask<Caller?> FindCallerOrNullAsync(HttpContext context)
    {
        using var late = new CancellationTokenSource(CallerDeadline, context.RequestServices.GetRequiredService<TimeProvider>());
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        try
        {
            return await FindCallerAsync(context, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            return null;
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    private static async ValueTask<Caller?> FindCallerAsync(HttpContext context, CancellationToken ct) =>
        BearerToken.Of(context.Request) is { } token
            ? await context.RequestServices.GetRequiredService<ICallers>().FindAsync(token, ct).ConfigureAwait(false)
            : null;

    private static void Assign(HttpContext context) =>
        RequestIds.Assign(context, context.RequestServices.GetRequiredService<IRandomSource>());
}

/// <summary>A health answer: the state in a word, and each check, with cause and remedy for those who may know them.</summary>
internal sealed record HealthBody(string Status, IReadOnlyList<HealthLine> Checks)
{
    /// <summary>What anybody may know.</summary>
    public static HealthBody ShortOf(HealthAnswer answer) => new(
        answer.IsHealthy ? "ok" : "failing", [.. answer.Checks.Select(c => new HealthLine(c.Name, c.IsGood, null, null))]);

    public static HealthBody Of(HealthAnswer answer) => new(
        answer.IsHealthy ? "ok" : "failing",
        [.. answer.Checks.Select(c => new HealthLine(c.Name, c.IsGood, c.Says, c.IsGood ? null : c.Remedy))]);
}

/// <summary>One check.</summary>
internal sealed record HealthLine(string Name, bool Ok, string? Message, string? Remedy);

/// <summary>Bodies of health.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HealthBody))]
internal sealed partial class HealthJson : JsonSerializerContext;
