using System.Collections.Immutable;
using System.Text.Json;
using System.Threading.Channels;
using Gantry.Actors;
using Gantry.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gantry.Api;

/// <summary>
/// One open watch: a reader follows the feed into a bounded buffer, a writer sends it. A full buffer ends the stream with its resume
/// token; the feed and other watchers never wait for this one.
/// </summary>
internal sealed class WatchStream(
    ApiCall call, IEventFeed feed, ImmutableArray<WatchKind> kinds, FeedPosition from, bool isResumed) : IResult
{
    private static readonly byte[] s_eventPrefix = "event: "u8.ToArray();
    private static readonly byte[] s_dataPrefix = "\ndata: "u8.ToArray();
    private static readonly byte[] s_idPrefix = "\nid: "u8.ToArray();
    private static readonly byte[] s_end = "\n\n"u8.ToArray();
    private static readonly byte[] s_newLine = "\n"u8.ToArray();

    private readonly ImmutableArray<string> _names = [.. kinds.Select(k => k.Name)];
    private readonly HashSet<(string Kind, string Key)> _known = [];
    private readonly bool _isLines = call.Http.Request.Headers.Accept.ToString().Contains("application/x-ndjson", StringComparison.OrdinalIgnoreCase);
    private FeedPosition? _sent;
    private long _judged = call.Clock.GetTimestamp();

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var place = call.Service<WatchHub>().Enter(call.Caller.User, out var full);
        if (place is null)
        {
            await WatchHub.Full(full!).ExecuteAsync(httpContext).ConfigureAwait(false); // no place means full
            return;
        }

        var response = httpContext.Response;
        response.StatusCode = 200;
        response.ContentType = _isLines ? "application/x-ndjson" : "text/event-stream";
        response.Headers.CacheControl = "no-store";
        httpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted);
        try
        {
            await SendSnapshotAsync(httpContext, stop.Token).ConfigureAwait(false);
            await FollowAsync(httpContext, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (httpContext.RequestAborted.IsCancellationRequested)
        {
            // The client went away: the normal end of a watch.
        }
    }

    // The position was read before these rows, so nothing falls between; what changed meanwhile is sent twice. No read transaction is held
    // here: it would last as long as the slowest client reads, and a few such clients would take every place that readers have.
    private async Task SendSnapshotAsync(HttpContext http, CancellationToken ct)
    {
        if (!isResumed)
        {
            foreach (var kind in kinds)
            {
                await foreach (var item in kind.ListAsync(call.Views, call.Caller, ct).ConfigureAwait(false))
                {
                    _known.Add((kind.Name, item.Key));
                    await SendAsync(http, Message("snapshot", kind, item.Key, item, null), ct).ConfigureAwait(false);
                }
            }
        }

        await SendAsync(http, new WatchMessage { Type = "synced", Resume = Resume(from), Time = call.Clock.GetUtcNow() }, ct).ConfigureAwait(false);
        await http.Response.Body.FlushAsync(ct).ConfigureAwait(false);
    }

    private async Task FollowAsync(HttpContext http, CancellationTokenSource stop)
    {
        var buffer = Channel.CreateBounded<Sequenced>(
            new BoundedChannelOptions(WatchLimits.BufferMax) { SingleReader = true });
        await using var leaving = call.Service<NodeLife>().Leaving.Register(() => buffer.Writer.TryComplete()).ConfigureAwait(false);
        var reading = ReadFeedAsync(buffer.Writer, stop.Token);
        try
        {
            await WriteAsync(http, buffer.Reader, stop.Token).ConfigureAwait(false);
            await SendAsync(http, new WatchMessage { Type = "cut", Resume = Resume(_sent ?? from) }, stop.Token).ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(HttpContext http, ChannelReader<Sequenced> buffer, CancellationToken ct)
    {
        var ready = buffer.WaitToReadAsync(ct).AsTask();
        while (true)
        {
            try
            {
                if (!await ready.WaitAsync(WatchLimits.Heartbeat, call.Clock, ct).ConfigureAwait(false))
                {
                    return;
                }

                while (buffer.TryRead(out var next))
                {
                    await SendAsync(http, next.Message, ct).ConfigureAwait(false);
                    _sent = next.Position;
                }

                ready = buffer.WaitToReadAsync(ct).AsTask();
            }
            catch (TimeoutException)
            {
                var beat = new WatchMessage { Type = "heartbeat", Resume = Resume(_sent ?? from), Time = call.Clock.GetUtcNow() };
                await SendAsync(http, beat, ct).ConfigureAwait(false);
            }

            await http.Response.Body.FlushAsync(ct).ConfigureAwait(false);
            if (!await MayGoOnAsync(ct).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    // A stream may last for weeks. Who lost its token or has other roles since is cut, and comes back as who it is by then.
    private async ValueTask<bool> MayGoOnAsync(CancellationToken ct)
    {
        if (call.Clock.GetElapsedTime(_judged) < WatchLimits.RightsFor)
        {
            return true;
        }

        _judged = call.Clock.GetTimestamp();
        return await call.IsCallerAsBeforeAsync(ct).ConfigureAwait(false);
    }

    private async Task ReadFeedAsync(ChannelWriter<Sequenced> buffer, CancellationToken ct)
    {
        try
        {
            await foreach (var happened in feed.FollowAsync(from, ct).ConfigureAwait(false))
            {
                if (kinds.FirstOrDefault(k => k.EntityKind == happened.Entity.Kind) is { } kind &&
                    await MessageOfAsync(kind, happened, ct).ConfigureAwait(false) is { } message &&
                    !buffer.TryWrite(new Sequenced(message, happened.Resume)))
                {
                    call.Log.WatchCut(RequestIds.Of(call.Http));
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The stream ended.
        }
        catch (StoreUnavailableException)
        {
            // Ends the stream with its resume token: the client comes back by itself.
        }
        finally
        {
            buffer.TryComplete();
        }
    }

    private async ValueTask<WatchMessage?> MessageOfAsync(WatchKind kind, FeedEvent happened, CancellationToken ct)
    {
        var key = happened.Entity.Key;
        var item = await kind.ReadAsync(call.Views, happened.Entity, call.Caller, ct).ConfigureAwait(false);
        if (item is null)
        {
            // After a resume it is not known what the client knows; telling it of an unknown id once more is harmless.
            return _known.Remove((kind.Name, key)) || isResumed ? Message("removed", kind, key, null, happened.Resume) : null;
        }

        var isNew = _known.Add((kind.Name, key)) && (!isResumed || happened.Sequence == 1);
        return Message(isNew ? "added" : "changed", kind, key, item, happened.Resume);
    }

    private WatchMessage Message(string type, WatchKind kind, string key, WatchObject? item, FeedPosition? resume) => new()
    {
        Type = type,
        Kind = kind.Name,
        Id = key,
        Generation = item?.Generation,
        Object = item?.Object,
        Resume = resume is null ? null : Resume(resume),
    };

    private string Resume(FeedPosition position) => new WatchResume(position, _names, call.Clock.GetUtcNow()).Write();

    private async ValueTask SendAsync(HttpContext http, WatchMessage message, CancellationToken ct)
    {
        var body = http.Response.Body;
        var json = JsonSerializer.SerializeToUtf8Bytes(message, WatchJson.Default.WatchMessage);
        if (_isLines)
        {
            await body.WriteAsync(json, ct).ConfigureAwait(false);
            await body.WriteAsync(s_newLine, ct).ConfigureAwait(false);
            return;
        }

        await body.WriteAsync(s_eventPrefix, ct).ConfigureAwait(false);
        await body.WriteAsync(System.Text.Encoding.ASCII.GetBytes(message.Type), ct).ConfigureAwait(false);
        await body.WriteAsync(s_dataPrefix, ct).ConfigureAwait(false);
        await body.WriteAsync(json, ct).ConfigureAwait(false);
        if (message.Resume is { } resume)
        {
            await body.WriteAsync(s_idPrefix, ct).ConfigureAwait(false);
            await body.WriteAsync(System.Text.Encoding.ASCII.GetBytes(resume), ct).ConfigureAwait(false);
        }

        await body.WriteAsync(s_end, ct).ConfigureAwait(false);
    }

    private sealed record Sequenced(WatchMessage Message, FeedPosition Position);
}
