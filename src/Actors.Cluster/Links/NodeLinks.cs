using System.Net;
using Gantry.Actors.Runtime;
using Gantry.Primitives;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Cluster;

/// <summary>
/// Node links over HTTP/2 (engine 5.7): a listener of its own, and a stream to every peer. Start it before the engine, for what it listens on
/// is what the node says of itself when it joins; dispose it after. Thread-safe.
/// </summary>
public sealed class NodeLinks : INodeLinks, IAsyncDisposable
{
    private readonly LinkParts _parts;
    private readonly LinkMetrics _metrics;
    private readonly NodeIdentity? _identity;
    private readonly Lock _gate = new();
    private WebApplication? _server;
    private volatile LinkSession? _session;
    private Task _former = Task.CompletedTask;

    /// <summary>Builds it; nothing listens yet.</summary>
    /// <exception cref="LinkRefusedException">A certificate cannot be used, or there is none and the address is not loopback.</exception>
    public NodeLinks(LinkOptions options, TimeProvider time, IRandomSource random, ILoggerFactory logs)
    {
        var log = logs.CreateLogger("Gantry.Actors.Cluster");
        if (options.Certificates is null && !IPAddress.IsLoopback(options.Listen.Address))
        {
            throw new LinkRefusedException(
                $"node links would be served without TLS at {options.Listen}. Off loopback they need certificates: "
                + "make them with Gantry.Node certificates init and certificates issue, and name them under gantry.cluster.certificates");
        }

        _identity = options.Certificates is { } files ? new NodeIdentity(files, time, log) : null;
        _metrics = new LinkMetrics(() => _session?.States ?? default);
        _parts = new LinkParts(options, _identity, time, random, _metrics, log);
    }

    /// <summary>Where this node listens; null before the start.</summary>
    public Uri? Address { get; private set; }

    /// <summary>The name in this node's certificate; null without one.</summary>
    public string? CertifiedName => _identity?.Name;

    /// <summary>Begins to listen.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Configure);
        _server = builder.Build();
        _server.Run(HandleAsync);
        await _server.StartAsync(ct).ConfigureAwait(false);
        var bound = _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First(); // Kestrel has it
        Address = new UriBuilder(bound) { Scheme = _identity is null ? Uri.UriSchemeHttp : Uri.UriSchemeHttps }.Uri;
        _parts.Log.Listens(Address, _identity is null ? "without TLS, for this machine only" : $"as {_identity.Name}, with mutual TLS 1.3");
    }

    /// <inheritdoc/>
    public void Open(LinkPeer me, ILinkReceiver receiver)
    {
        Close();
        lock (_gate)
        {
            _session = new LinkSession(_parts, me, receiver);
        }
    }

    /// <inheritdoc/>
    public void Close()
    {
        lock (_gate)
        {
            if (_session is { } session)
            {
                _session = null;
                _former = Task.WhenAll(_former, session.DisposeAsync().AsTask());
            }
        }
    }

    /// <inheritdoc/>
    public void SetPeers(IReadOnlyList<LinkPeer> peers) => _session?.SetPeers(peers);

    /// <inheritdoc/>
    public bool TrySend(Incarnation to, LinkFrame frame) => _session?.Find(to)?.TrySend(frame) ?? false;

    /// <inheritdoc/>
    public LinkState StateOf(Incarnation peer) => _session?.Find(peer)?.State ?? LinkState.None;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Close();
        await _former.ConfigureAwait(false);
        if (_server is { } server)
        {
            await server.DisposeAsync().ConfigureAwait(false);
        }

        _metrics.Dispose();
        _identity?.Dispose();
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = null;

        // A link may say nothing but a ping a second.
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Listen(_parts.Options.Listen, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (_identity is { } identity)
            {
                listen.UseHttps(identity.ServerOptions());
            }
        });
    }

    private async Task HandleAsync(HttpContext context)
    {
        if (context.Request.Path != LinkDialler.Path || !HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (_session is not { IsOver: false } session)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        try
        {
            await session.AcceptAsync(context).ConfigureAwait(false);
        }
        catch (FrameException e)
        {
            _parts.Log.Refused(LinkSession.From(context), e.Message);
            context.Abort();
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The peer or this node ended the stream.
            context.Abort();
        }
    }
}
