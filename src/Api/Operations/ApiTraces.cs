using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>
/// The gateway's part of a trace (engine 10.2): a request goes on with the W3C context that it brings, and everything that it asks carries that
/// into commits, mail and device calls.
/// </summary>
internal static class ApiTraces
{
    public static readonly ActivitySource Source = new("Gantry.Api");

    /// <summary>The context to give to asks, in W3C form, or null.</summary>
    public static string? Current => Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id } ? id : null;

    /// <summary>Opens the operation's span. Without anybody who listens, the context that the request brings is still handed on.</summary>
    public static Activity? Begin(Operation operation, HttpContext http, string requestId)
    {
        var span = Source.StartActivity(operation.Id, ActivityKind.Server, ParentOf(http)) ?? Bare(operation, http);
        span?.SetTag("gantry.operation", operation.Id);
        span?.SetTag("gantry.request_id", requestId);
        return span;
    }

    // The host's own span, where it makes one, has read the header already.
    private static ActivityContext ParentOf(HttpContext http) => Activity.Current?.Context
        ?? (ActivityContext.TryParse(http.Request.Headers.TraceParent, http.Request.Headers.TraceState, isRemote: true, out var brought) ? brought : default);

    [SuppressMessage("Reliability", "CA2000", Justification = "The caller disposes what is returned.")]
    private static Activity? Bare(Operation operation, HttpContext http) =>
        Activity.Current is null && ParentOf(http) is var parent && parent != default
            ? new Activity(operation.Id).SetParentId(parent.TraceId, parent.SpanId, parent.TraceFlags).Start()
            : null;
}
