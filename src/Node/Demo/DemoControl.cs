namespace Gantry.Node;

/// <summary>
/// One control interface for all simulators of the process (engine 11.5): <c>/control/&lt;device&gt;/…</c> goes to the device's own.
/// </summary>
internal sealed class DemoControl : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http;

    private DemoControl(WebApplication app, HttpClient http)
    {
        _app = app;
        _http = http;
    }

    /// <summary>Opens the port.</summary>
    /// <param name="port">Port on loopback.</param>
    /// <param name="targetOf">Base address of a device's own control interface.</param>
    /// <param name="loggers">Where its server logs.</param>
    /// <param name="ct">Stops the start.</param>
    public static async Task<DemoControl> StartAsync(int port, Func<string, Uri> targetOf, ILoggerFactory loggers, CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(loggers);
        builder.WebHost.ConfigureKestrel(k => k.ListenLocalhost(port));
        var app = builder.Build();
        var control = new DemoControl(app, new HttpClient());
        app.Map("/control/{device}/{**rest}", (string device, HttpContext context) => control.ForwardAsync(targetOf(device), context));
        await app.StartAsync(ct).ConfigureAwait(false);
        return control;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync().ConfigureAwait(false);
        _http.Dispose();
    }

    private async Task ForwardAsync(Uri target, HttpContext context)
    {
        var path = new Uri(target, context.Request.Path + context.Request.QueryString.ToUriComponent());
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), path);
        if (context.Request.ContentLength is > 0)
        {
            request.Content = new StreamContent(context.Request.Body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", context.Request.ContentType);
        }

        using var answer = await _http.SendAsync(request, context.RequestAborted).ConfigureAwait(false);
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted).ConfigureAwait(false);
    }
}
