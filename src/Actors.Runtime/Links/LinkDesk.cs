using System.Collections.Concurrent;
using Gantry.Actors.Kernel;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>
/// What comes in over links goes to whom it is for, and what waits for an answer from another node waits here. It lives as long as the engine:
/// a node without an incarnation still passes its clients' commands on. Thread-safe.
/// </summary>
internal sealed class LinkDesk(
    ShardMap map, LaneRouter router, INodeLinks links, LinkCodec codec, InquiryDesk inquiries, EngineMetrics metrics, TimeProvider time, IRandomSource random, ILogger log)
    : ILinkReceiver
{
    private readonly ConcurrentDictionary<long, Pending> _pending = new();
    private volatile NodeShell? _node;
    private long _lastId;

    /// <summary>The present incarnation; null while there is none.</summary>
    public NodeShell? Node
    {
        get => _node;
        set => _node = value;
    }

    /// <summary>Gets nudges from other nodes.</summary>
    public Action<LinkFrame.Nudge>? Nudged { get; set; }

    public EngineMetrics Metrics => metrics;

    public INodeLinks Links => links;

    public LinkCodec Codec => codec;

    public ShardMap Map => map;

    public void Received(Incarnation from, LinkFrame frame)
    {
        switch (frame)
        {
            case LinkFrame.Ask ask:
                _ = ServeAsync(from, ask);
                break;
            case LinkFrame.Answer answer:
                Settle(from, answer.Id, answer);
                break;
            case LinkFrame.Moved moved:
                if (map.Serves(moved.Shard) && map.Learn(moved.Shard, moved.Owner, moved.Epoch))
                {
                    // We did not give it, so our lanes are fenced: whoever waits at them need not wait to their deadlines.
                    _node?.Post(new NodeEvent.LaneEnded($"shard {moved.Shard} was taken by {map.NodeIdOf(moved.Owner) ?? "another node"}"));
                }
                else
                {
                    map.Learn(moved.Shard, moved.Owner, moved.Epoch);
                }

                Settle(from, moved.AskId, moved);
                break;
            case LinkFrame.Doorbell bell:
                Ring(from, bell);
                break;
            case LinkFrame.Prepare prepare when _node is { IsDraining: false } node:
                node.Prepare(from, new ShardEpoch(prepare.Shard, prepare.Epoch));
                break;
            case LinkFrame.Ready ready:
                _node?.HandOff.Ready(new ShardEpoch(ready.Shard, ready.Epoch));
                break;
            case LinkFrame.Go go:
                Go(from, go);
                break;
            case LinkFrame.Nudge nudge:
                Nudged?.Invoke(nudge);
                break;
            case LinkFrame.Inquire inquiry:
                _ = TellAsync(from, inquiry);
                break;
            case LinkFrame.Told told:
                Settle(from, told.Id, told);
                break;
            default:
                break;
        }
    }

    public void Stranger(Incarnation who) => _node?.LookSoon();

    public void LinkUp(Incarnation peer)
    {
        RuntimeLog.LinkChanged(log, map.NodeIdOf(peer) ?? peer.ToString(), "up");

        // Doorbells may have been lost while it was away (engine 4.5).
        foreach (var shard in map.Own())
        {
            router.LaneOf(shard)?.Inbox.TryArrive(new LaneEvent.LookForMail(shard));
        }

        map.Touch();
    }

    public void LinkDown(Incarnation peer)
    {
        RuntimeLog.LinkChanged(log, map.NodeIdOf(peer) ?? peer.ToString(), "down");
        _node?.LinkBroke(peer);
        foreach (var (id, pending) in _pending)
        {
            if (pending.To == peer && _pending.TryRemove(id, out _))
            {
                pending.Frame.TrySetResult(null);
            }
        }
    }

    /// <summary>Sends what wants an answer. Null: it could not be sent.</summary>
    public Pending? Send(Incarnation to, Func<long, LinkFrame> frame)
    {
        var id = Interlocked.Increment(ref _lastId);
        var pending = new Pending(id, to);
        _pending[id] = pending;
        if (links.TrySend(to, frame(id)))
        {
            return pending;
        }

        _pending.TryRemove(id, out _);
        return null;
    }

    /// <summary>Nobody waits for it any more.</summary>
    public void Forget(Pending pending) => _pending.TryRemove(pending.Id, out _);

    /// <summary>Asks a member something that is no command. Null: it cannot be reached, does not know, or was silent for too long.</summary>
    /// <param name="to">The member.</param>
    /// <param name="what">The question; see <see cref="InquiryDesk"/>.</param>
    /// <param name="body">What goes with it.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="clock">By which that is measured.</param>
    /// <param name="ct">Gives up waiting.</param>
    public async ValueTask<LinkFrame.Told?> InquireAsync(
        Incarnation to, string what, byte[] body, TimeSpan patience, TimeProvider clock, CancellationToken ct)
    {
        if (Send(to, id => new LinkFrame.Inquire(id, what, body, patience)) is not { } pending)
        {
            return null;
        }

        try
        {
            return await pending.Frame.Task.WaitAsync(patience, clock, ct).ConfigureAwait(false) is LinkFrame.Told { IsKnown: true } told ? told : null;
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            Forget(pending);
        }
    }

    /// <summary>Rings the owner of a shard, here or elsewhere. A lost doorbell costs latency only.</summary>
    public void RingOwner(Doorbell bell)
    {
        var seat = map.SeatOf(bell.Target);
        if (seat.Standing != ShardStanding.Foreign)
        {
            router.Ring(bell);
        }
        else if (seat.Owner is { } owner && links.StateOf(owner) == LinkState.Up)
        {
            links.TrySend(owner, codec.Encode(bell));
        }
    }

    private void Settle(Incarnation from, long id, LinkFrame frame)
    {
        if (_pending.TryGetValue(id, out var pending) && pending.To == from && _pending.TryRemove(id, out _))
        {
            pending.Frame.TrySetResult(frame);
        }
    }

    private void Ring(Incarnation from, LinkFrame.Doorbell bell)
    {
        if (map.SeatOf(bell.To).Standing == ShardStanding.Foreign || router.LaneOf(bell.To) is not { } lane)
        {
            return;
        }

        try
        {
            lane.Inbox.TryArrive(bell.Mail.IsEmpty ? new LaneEvent.LookForMail(bell.To) : new LaneEvent.Ring(codec.Decode(bell)));
        }
        catch (WireException e)
        {
            RuntimeLog.FrameUnusable(log, map.NodeIdOf(from) ?? from.ToString(), e.Message);
            lane.Inbox.TryArrive(new LaneEvent.LookForMail(bell.To));
        }
    }

    private void Go(Incarnation from, LinkFrame.Go go)
    {
        if (_node is { } node)
        {
            map.Claim(go.Shard, go.Epoch);
            node.Post(new NodeEvent.Given(go.Shard, go.Epoch, go.IsHeld));
        }

        foreach (var ask in go.Buffered)
        {
            _ = ServeAsync(from, ask);
        }
    }

    private async Task ServeAsync(Incarnation from, LinkFrame.Ask ask)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var began = time.GetTimestamp();
        try
        {
            var command = codec.Decode(ask.Body);
            var shard = ShardId.Of(ask.To, map.ShardCount);
            while (true)
            {
                var left = ask.Remaining - time.GetElapsedTime(began);
                var seat = map.SeatOf(shard);
                if (left <= TimeSpan.Zero)
                {
                    await ReplyAsync(from, new LinkFrame.Answer(ask.Id, new LinkOutcome.Unavailable(RetryTime.Shortest(random)))).ConfigureAwait(false);
                    return;
                }

                if (seat.IsUnsettled)
                {
                    await WithinAsync(seat.Settled, left).ConfigureAwait(false);
                }
                else if (!seat.IsServed)
                {
                    _node?.LookAgain();
                    await ReplyAsync(from, new LinkFrame.Moved(ask.Id, shard, seat.Owner, seat.Epoch)).ConfigureAwait(false);
                    return;
                }
                else if (await DecideAsync(ask, command, shard, left).ConfigureAwait(false) is { } answer)
                {
                    await ReplyAsync(from, new LinkFrame.Answer(ask.Id, codec.Encode(answer))).ConfigureAwait(false);
                    return;
                }
                else
                {
                    // The lane has let the shard go; the map says so in a moment.
                    await Task.Delay(TimeSpan.FromMilliseconds(1), time).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is WireException or InvalidOperationException)
        {
            RuntimeLog.FrameUnusable(log, map.NodeIdOf(from) ?? from.ToString(), e.Message);
            var refusal = new Refusal(RefusalKind.Bug, "UnknownCommand", $"{ask.To} was asked with {ask.Body.Tag}: {e.Message}");
            await ReplyAsync(from, new LinkFrame.Answer(ask.Id, new LinkOutcome.Refused(refusal))).ConfigureAwait(false);
        }
    }

    // Null: the shard is not the lane's.
    private async Task<AskAnswer?> DecideAsync(LinkFrame.Ask ask, object command, ShardId shard, TimeSpan left)
    {
        if (router.LaneOf(shard) is not { } lane)
        {
            return new AskAnswer.Unavailable(RetryTime.Shortest(random));
        }

        var pending = new RawAsk();
        router.Asked(shard);
        var isIn = lane.Inbox.TryArrive(new LaneEvent.Arrive
        {
            To = ask.To,
            Shard = shard,
            Command = command,
            Key = ask.Key,
            Digest = ask.Digest,
            Caller = ask.Caller,
            Deadline = time.GetUtcNow() + left,
            ExpectedRevision = ask.ExpectedRevision,
            ExpectedGeneration = ask.ExpectedGeneration,
            Trace = ask.Trace,
            Bytes = ask.Body.Body.Length,
            IsDryRun = ask.IsDryRun,
            IsRepeat = ask.IsRepeat,
            ReplyTo = pending,
        });
        if (!isIn)
        {
            return Turnaway.Of(lane.Inbox, lane.DrainPerSecond, metrics, random);
        }

        var answer = await pending.Task.ConfigureAwait(false);
        return answer is AskAnswer.Moved ? null : answer;
    }

    // Answers need no credit; a link without room for one has some in a moment.
    private async Task ReplyAsync(Incarnation to, LinkFrame frame)
    {
        for (var left = 100; left > 0 && !links.TrySend(to, frame) && links.StateOf(to) == LinkState.Up; left--)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), time).ConfigureAwait(false);
        }
    }

    private async Task TellAsync(Incarnation from, LinkFrame.Inquire inquiry)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var body = await inquiries.AnswerAsync(inquiry, time).ConfigureAwait(false);
        await ReplyAsync(from, new LinkFrame.Told(inquiry.Id, body is not null, body ?? [])).ConfigureAwait(false);
    }

    private async Task WithinAsync(Task settled, TimeSpan left)
    {
        try
        {
            await settled.WaitAsync(left, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The caller looks at the time itself.
        }
    }

    /// <summary>What waits for a frame of another node; null when the link broke meanwhile.</summary>
    internal sealed class Pending(long id, Incarnation to)
    {
        public long Id { get; } = id;

        public Incarnation To { get; } = to;

        public TaskCompletionSource<LinkFrame?> Frame { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class RawAsk() : TaskCompletionSource<AskAnswer>(TaskCreationOptions.RunContinuationsAsynchronously), IPendingAsk
    {
        public void Answer(AskAnswer answer) => TrySetResult(answer);
    }
}
