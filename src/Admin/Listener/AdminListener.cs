using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Hosting;
using Gantry.Primitives;
using Gantry.Tenancy;
using Microsoft.AspNetCore.Http;

namespace Gantry.Admin;

/// <summary>
/// Answers the admin listener: the palette and its commands for fleet admins, health and metrics for whoever is on this machine. Thread-safe.
/// </summary>
internal sealed class AdminListener(PaletteRunner runner, CommandPalette palette, TokenAuthenticator tokens, GantryHealth health, PrometheusText metrics, IRandomSource random)
{
    private const int BodyBytesMax = 64 * 1024;
    private const int BearerLengthMax = 512;
    private const string Scheme = "Bearer ";

    public async Task HandleAsync(HttpContext context)
    {
        var request = random.NewGuid().ToString();
        context.Response.Headers["x-request-id"] = request;
        var path = context.Request.Path.Value ?? "";
        var ct = context.RequestAborted;
        if (HttpMethods.IsGet(context.Request.Method) && IsOnThisMachine(context) && await TryFreeAsync(context, path, ct).ConfigureAwait(false))
        {
            return;
        }

        var (user, no) = await CallerAsync(context, ct).ConfigureAwait(false);
        if (user is null)
        {
            await RefuseAsync(context, request, no!, ct).ConfigureAwait(false); // no user means a refusal
            return;
        }

        switch (path.Split('/', StringSplitOptions.RemoveEmptyEntries), context.Request.Method)
        {
            case (["health" or "metrics", ..], "GET") when await TryFreeAsync(context, path, ct).ConfigureAwait(false):
                return;
            case (["admin", "palette"], "GET"):
                await WriteAsync(context, 200, BodyOf(palette), AdminJson.Default.PaletteBody, ct).ConfigureAwait(false);
                return;
            case (["admin", "palette", var noun, var verb], "POST") when palette.Find(noun, verb) is { } command:
                await RunAsync(context, request, command, user, ct).ConfigureAwait(false);
                return;
            default:
                await RefuseAsync(context, request, NoSuch(context.Request.Method, path), ct).ConfigureAwait(false);
                return;
        }
    }

    private static bool IsOnThisMachine(HttpContext context) => context.Connection.RemoteIpAddress is { } from && IPAddress.IsLoopback(from);

    private static Refusal NoSuch(string method, string path) => new(
        RefusalKind.NotFound, AdminErrors.NoSuchCommand, $"{method} {path} is not served here", "GET /admin/palette lists every command; POST /admin/palette/{noun}/{verb} runs one");

    private async ValueTask<bool> TryFreeAsync(HttpContext context, string path, CancellationToken ct)
    {
        HealthAnswer? answer = path switch
        {
            "/health/live" => health.Live(),
            "/health/ready" => await health.ReadyAsync(ct).ConfigureAwait(false),
            "/health/start" => health.Start(),
            _ => null,
        };
        if (answer is not null)
        {
            var body = new AdminHealth(
                answer.IsHealthy ? "ok" : "failing", [.. answer.Checks.Select(c => new AdminHealthCheck(c.Name, c.IsGood, c.Says, c.IsGood ? null : c.Remedy))]);
            await WriteAsync(context, answer.IsHealthy ? 200 : 503, body, AdminJson.Default.AdminHealth, ct).ConfigureAwait(false);
            return true;
        }

        if (path != "/metrics")
        {
            return false;
        }

        context.Response.ContentType = PrometheusText.ContentType;
        await context.Response.WriteAsync(metrics.Write(), ct).ConfigureAwait(false);
        return true;
    }

    private async ValueTask<(UserRow? User, Refusal? No)> CallerAsync(HttpContext context, CancellationToken ct)
    {
        var header = context.Request.Headers.Authorization.ToString();
        var token = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : "";
        UserRow? user;
        try
        {
            user = token.Length is > 0 and <= BearerLengthMax ? await tokens.FindAsync(token, ct).ConfigureAwait(false) : null;
        }
        catch (StoreUnavailableException e)
        {
            return (null, AdminErrors.StoreUnavailable(e.Message));
        }

        return user switch
        {
            null => (null, AdminErrors.NoCredentials),
            { FleetRole: "admin" } => (user, null),
            _ => (null, AdminErrors.RoleTooLow(user.FleetRole)),
        };
    }

    private async Task RunAsync(HttpContext context, string request, PaletteCommand command, UserRow user, CancellationToken ct)
    {
        var (body, unreadable) = await ReadAsync(context, ct).ConfigureAwait(false);
        if (body is null)
        {
            await RefuseAsync(context, request, unreadable!, ct).ConfigureAwait(false); // no body means a refusal
            return;
        }

        var from = context.Connection.RemoteIpAddress?.ToString() ?? "unknown";
        var answer = await runner.RunAsync(command, body, new PaletteCaller(user.Id.ToString(), user.Name, user.FleetRole, from, request), ct).ConfigureAwait(false);
        if (answer.Why is { } why)
        {
            await RefuseAsync(context, request, why, ct).ConfigureAwait(false);
            return;
        }

        await WriteAsync(
            context, 200, new RunAnswer(body.DryRun, answer.IsDifference, answer.Rows, answer.Effects), AdminJson.Default.RunAnswer, ct).ConfigureAwait(false);
    }

    private static async ValueTask<(RunBody? Body, Refusal? No)> ReadAsync(HttpContext context, CancellationToken ct)
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[8 * 1024];
        int read;
        while ((read = await context.Request.Body.ReadAsync(chunk, ct).ConfigureAwait(false)) > 0)
        {
            if (buffer.Length + read > BodyBytesMax)
            {
                return (null, Refusal.Invalid(AdminErrors.BodyUnreadable, $"the body is above {BodyBytesMax} bytes", "send only arguments, dry_run and confirm"));
            }

            buffer.Write(chunk, 0, read);
        }

        try
        {
            return (buffer.Length == 0 ? new RunBody() : JsonSerializer.Deserialize(buffer.ToArray(), AdminJson.Default.RunBody) ?? new RunBody(), null);
        }
        catch (JsonException e)
        {
            return (null, Refusal.Invalid(AdminErrors.BodyUnreadable, $"the body cannot be read: {e.Message}", "send {\"arguments\": {…}, \"dry_run\": true}"));
        }
    }

    private static Task RefuseAsync(HttpContext context, string request, Refusal why, CancellationToken ct)
    {
        var (status, code) = why.Kind switch
        {
            RefusalKind.InvalidRequest or RefusalKind.InvalidValue => (400, "InvalidRequest"),
            RefusalKind.AlreadyExists => (400, "ObjectAlreadyExists"),
            RefusalKind.Unauthorized => (401, "Unauthorized"),
            RefusalKind.Forbidden => (403, "Forbidden"),
            RefusalKind.NotFound => (404, "ObjectNotFound"),
            RefusalKind.GenerationRequired => (428, "PreconditionRequired"),
            RefusalKind.Unavailable => (503, "ServiceNotAvailable"),
            RefusalKind.InsufficientCapacity => (507, "InsufficientCapacity"),
            RefusalKind.Bug => (500, "Internal"),
            _ => (409, "Conflict"),
        };
        return WriteAsync(context, status, new AdminError(request, code, why.Message, why.Code, why.Remedy), AdminJson.Default.AdminError, ct);
    }

    private static async Task WriteAsync<T>(HttpContext context, int status, T body, JsonTypeInfo<T> type, CancellationToken ct)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, body, type, ct).ConfigureAwait(false);
    }

    private static PaletteBody BodyOf(CommandPalette palette) => new(CommandPalette.SchemaVersion, [.. palette.All.Select(c => new CommandBody(
        c.Noun,
        c.Verb,
        c.Help,
        c.Grade.ToString().ToLowerInvariant(),
        c.Target,
        c.IsOne,
        [.. c.Arguments.Select(a => new ArgumentBody(a.Name, a.Help, a.IsRequired, a.IsRequired || a.IsPlaced, a.Bounds is not null, a.IsSwitch, a.Choices))],
        [.. c.Columns.Select(o => new ColumnBody(o.Head, o.Member, o.IsAge))]))]);
}
