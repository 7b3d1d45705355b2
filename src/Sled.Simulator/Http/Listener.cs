using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Gantry.Sled.Simulator;

/// <summary>
/// One port with one handler. A bare Kestrel and not a whole web application per sled: a rack has 32 of them, and a sled that is down must
/// really refuse connections and come back on the same port.
/// </summary>
internal sealed class Listener(RequestDelegate handler, IPAddress bind, int port, ILoggerFactory loggers)
    : IHttpApplication<HttpContext>, IAsyncDisposable
{
    private const int BodyBytesMax = 1 << 20;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private KestrelServer? _server;

    /// <summary>The port; the one asked for, or the one that the system gave.</summary>
    public int Port { get; private set; } = port;

    /// <summary>Base address.</summary>
    public Uri Address => new($"http://{EndPoint}");

    /// <summary>Address and port.</summary>
    public IPEndPoint EndPoint => new(bind, Port);

    public async Task StartAsync(CancellationToken ct)
    {
        await _gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (_server is not null)
            {
                return;
            }

            var server = Make();
            try
            {
                await server.StartAsync(this, ct).ConfigureAwait(false);
            }
            catch (IOException e)
            {
                server.Dispose();
                throw new IOException($"port {Port} on {bind} cannot be opened: {e.Message}", e);
            }

            _server = server;
            Port = BoundPort(server);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Closes the port and breaks every connection at once.</summary>
    public async Task StopAsync()
    {
        await _gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_server is { } server)
            {
                _server = null;
                await server.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
                server.Dispose();
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _gate.Dispose();
    }

    HttpContext IHttpApplication<HttpContext>.CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    Task IHttpApplication<HttpContext>.ProcessRequestAsync(HttpContext context) => handler(context);

    void IHttpApplication<HttpContext>.DisposeContext(HttpContext context, Exception? exception)
    {
    }

    private static int BoundPort(KestrelServer server)
    {
        // Kestrel lists an address for every port it bound.
        var addresses = server.Features.Get<IServerAddressesFeature>()!.Addresses;
        return new Uri(addresses.First()).Port;
    }

    private KestrelServer Make()
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxRequestBodySize = BodyBytesMax;
        options.Listen(bind, Port);
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers);
        return new KestrelServer(Options.Create(options), transport, loggers);
    }
}
