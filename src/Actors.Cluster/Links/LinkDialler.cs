using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using Gantry.Actors.Runtime;
using Gantry.Primitives;

namespace Gantry.Actors.Cluster;

/// <summary>Opens our stream to a peer, over and over, until it is told to stop. Every attempt has a connection of its own: a dead one is not used again.</summary>
internal sealed class LinkDialler(LinkParts parts, LinkPeer me, LinkPeer peer, Action<OutStream> opened, Action<string> closed)
{
    /// <summary>Where streams are opened.</summary>
    public const string Path = "/gantry/link/1";

    public async Task RunAsync(CancellationToken ct)
    {
        if (peer.Link is null)
        {
            return;
        }

        var pause = parts.Options.ReconnectFirst;
        while (!ct.IsCancellationRequested)
        {
            var began = parts.Time.GetTimestamp();
            var why = await OnceAsync(peer.Link, ct).ConfigureAwait(false);
            pause = parts.Time.GetElapsedTime(began) > LinkLimits.Settled ? parts.Options.ReconnectFirst : pause;
            var wait = pause * (0.5 + parts.Random.NextDouble());
            parts.Log.CannotOpen(peer.NodeId, why, wait);
            await Task.Delay(wait, parts.Time, ct).ConfigureAwait(false);
            pause = pause * 2 < parts.Options.ReconnectMax ? pause * 2 : parts.Options.ReconnectMax;
        }
    }

    // Ends with the reason; whatever it is, the next attempt is the answer to it.
    private async Task<string> OnceAsync(Uri link, CancellationToken ct)
    {
        if (link.Scheme == Uri.UriSchemeHttps != parts.Identity is not null)
        {
            return $"{link} {(parts.Identity is null ? "speaks TLS and this node has no certificate" : "does not speak TLS")}";
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
        try
        {
            end.CancelAfter(LinkLimits.OpenWithin);
            return await StreamAsync(link, end).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return $"it was not open within {LinkLimits.OpenWithin.TotalSeconds} s";
        }
        catch (Exception e) when (ConnectionFailure.Is(e) || e is FrameException or InvalidOperationException)
        {
            return e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message;
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task<string> StreamAsync(Uri link, CancellationTokenSource end)
    {
        var queue = new LinkQueue();
        queue.TryAdd(TransportFrames.Hello(new Hello(LinkLimits.Version, me.Incarnation, me.NodeId, peer.Incarnation)));
        using var handler = Handler();
        using var http = new HttpMessageInvoker(handler, disposeHandler: false);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(link, Path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new DuplexContent((stream, ct) => QueueWriter.RunAsync(queue, stream, ct)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        try
        {
            using var response = await http.SendAsync(request, end.Token).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return $"{link} answered {(int)response.StatusCode}";
            }

            var stream = await response.Content.ReadAsStreamAsync(end.Token).ConfigureAwait(false);
            await using var streamScope = stream.ConfigureAwait(false);
            return await TalkAsync(new FrameInput(PipeReader.Create(stream)), queue, end).ConfigureAwait(false);
        }
        finally
        {
            queue.Close();
        }
    }

    private async Task<string> TalkAsync(FrameInput input, LinkQueue queue, CancellationTokenSource end)
    {
        var first = await input.ReadAsync(end.Token).ConfigureAwait(false) is { } payload ? TransportFrames.Read(payload) : default;
        if (first.Kind != FrameKind.Welcome)
        {
            return first.Text ?? "the peer ended the stream without a word";
        }

        var stream = new OutStream(queue, parts.Time, end);
        stream.AddCredit(first.Number);
        end.CancelAfter(Timeout.InfiniteTimeSpan);
        opened(stream);
        var why = "the peer ended it";
        try
        {
            while (await input.ReadAsync(end.Token).ConfigureAwait(false) is { } next)
            {
                Take(stream, TransportFrames.Read(next));
            }

            return why;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or FrameException or OperationCanceledException)
        {
            why = stream.Why ?? e.Message;
            return why;
        }
        finally
        {
            closed(why);
        }
    }

    private void Take(OutStream stream, (FrameKind Kind, long Number, string? Text) frame)
    {
        stream.Heard();
        switch (frame.Kind)
        {
            case FrameKind.Pong:
                if (stream.Ponged(frame.Number) is { } time)
                {
                    parts.Metrics.RoundTrip(time);
                }

                break;
            case FrameKind.Credit:
                stream.AddCredit(frame.Number);
                break;
            default:
                // A newer release may say more; what it says here is never needed.
                break;
        }
    }

    private SocketsHttpHandler Handler()
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = LinkLimits.OpenWithin,
            PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
        };
        if (parts.Identity is { } identity)
        {
            handler.SslOptions = identity.ClientOptions(peer.NodeId);
        }

        return handler;
    }
}
