using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Gantry.Sled.Simulator;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gantry.Devices.Tests.Sleds;

/// <summary>The internal listener of a control plane as a sled sees it: records what comes and answers as told.</summary>
internal sealed class ControlPlaneDouble : IAsyncDisposable
{
    private readonly Listener _listener;

    public ControlPlaneDouble() => _listener = new Listener(HandleAsync, IPAddress.Loopback, 0, NullLoggerFactory.Instance);

    public Uri Address => _listener.Address;

    /// <summary>"METHOD path version" of every ring, in order of arrival.</summary>
    public ConcurrentQueue<string> Rings { get; } = new();

    public ConcurrentQueue<string> RingBodies { get; } = new();

    public ConcurrentQueue<JsonElement> Posts { get; } = new();

    /// <summary>How the next rings end; the last one stays.</summary>
    public ConcurrentQueue<(int Status, string? Code)> RingAnswers { get; } = new([(204, null)]);

    /// <summary>Rings wait for this before they are answered.</summary>
    public Task RingGate { get; set; } = Task.CompletedTask;

    /// <summary>The stored registration; null answers 404.</summary>
    public string? Stored { get; set; }

    /// <summary>What a POST of a registration answers.</summary>
    public int PostStatus { get; set; } = 204;

    /// <summary>What a GET of a registration answers instead; null: as it is stored.</summary>
    public int? GetStatus { get; set; }

    public static async Task<ControlPlaneDouble> StartAsync()
    {
        var made = new ControlPlaneDouble();
        await made._listener.StartAsync(CancellationToken.None);
        return made;
    }

    public Task OpenAsync() => _listener.StartAsync(CancellationToken.None);

    public Task CloseAsync() => _listener.StopAsync();

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task HandleAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync();
        var path = http.Request.Path.Value!;
        if (path.StartsWith("/sled-agents/", StringComparison.Ordinal))
        {
            await RegistrationAsync(http, body);
            return;
        }

        Rings.Enqueue($"{http.Request.Method} {path} {http.Request.Headers["api-version"]}");
        RingBodies.Enqueue(body);
        var (status, code) = RingAnswers.Count > 1 && RingAnswers.TryDequeue(out var next) ? next : RingAnswers.Last();
        await RingGate;
        http.Response.StatusCode = status;
        if (status >= 400)
        {
            await http.Response.WriteAsync(code is null
                ? """{"request_id":"r","message":"m"}"""
                : $$"""{"request_id":"r","error_code":"{{code}}","message":"m"}""");
        }
    }

    private async Task RegistrationAsync(HttpContext http, string body)
    {
        if (http.Request.Method == "POST")
        {
            Posts.Enqueue(JsonDocument.Parse(body).RootElement);
            http.Response.StatusCode = PostStatus;
            return;
        }

        http.Response.StatusCode = GetStatus ?? (Stored is null ? 404 : 200);
        await http.Response.WriteAsync(Stored ?? """{"request_id":"r","error_code":"ObjectNotFound","message":"m"}""");
    }
}
