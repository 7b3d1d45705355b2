using System.Threading.Channels;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Runtime;

/// <summary>
/// Looks at members and map: every scan, when somebody asks for it, when the quiet of a member is over, and when a link broke. One look at a
/// time; however many ask meanwhile, one follows.
/// </summary>
internal sealed class LookLoop : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly NodeParts _parts;
    private readonly Action<ClusterSight> _seen;
    private readonly Action<string> _notSeen;
    private readonly ITimer _judging;
    private readonly EarlyLook _early;
    private readonly Channel<bool> _look = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Looks from <see cref="RunAsync"/> on.</summary>
    /// <param name="parts">What the incarnation works with.</param>
    /// <param name="seen">Gets what was seen; the map has it by then.</param>
    /// <param name="notSeen">A look failed, for this reason.</param>
    public LookLoop(NodeParts parts, Action<ClusterSight> seen, Action<string> notSeen)
    {
        (_parts, _seen, _notSeen) = (parts, seen, notSeen);
        _judging = parts.Time.CreateTimer(_ => Soon(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _early = new EarlyLook(parts.Options.Scan, Soon, parts.Time, parts.Random);
    }

    /// <summary>Look now.</summary>
    public void Soon() => _look.Writer.TryWrite(true);

    /// <summary>Look now, unless that was done a moment ago.</summary>
    public void Again()
    {
        if (_parts.Map.ReadAt is not { } at || _parts.Time.GetElapsedTime(at) > Pause)
        {
            Soon();
        }
    }

    /// <summary>Look in so much time, if that is before the next scan: whoever has been quiet for the time-to-live is judged then.</summary>
    public void In(TimeSpan left)
    {
        if (left < _parts.Options.Scan)
        {
            _judging.Change(left, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The link to a peer broke. One that is known to be over is not news.</summary>
    public void LinkBroke(Incarnation peer)
    {
        if (_parts.Map.Members.TryGetValue(peer, out var member) && member.State is not (MemberState.Dead or MemberState.Left))
        {
            _early.Broke();
        }
    }

    /// <summary>Goes on until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var timer = _parts.Time.CreateTimer(_ => Soon(), null, _parts.Options.Scan, _parts.Options.Scan);
        await using var ticking = timer.ConfigureAwait(false);
        try
        {
            while (true)
            {
                await OnceAsync(ct).ConfigureAwait(false);
                await _look.Reader.ReadAsync(ct).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The usual end.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _judging.DisposeAsync().ConfigureAwait(false);
        await _early.DisposeAsync().ConfigureAwait(false);
    }

    private async Task OnceAsync(CancellationToken ct)
    {
        try
        {
            using var late = CancellationTokenSource.CreateLinkedTokenSource(ct);
            late.CancelAfter(_parts.Options.TimeToLive);
            var asked = _parts.Time.GetTimestamp();
            var sight = await _parts.Store.ReadAsync(late.Token).AsTask().WaitAsync(late.Token).ConfigureAwait(false);
            _parts.Map.Read(sight, asked);
            _seen(sight);
        }
        catch (StoreConnectionException e) when (e.IsAnotherServer)
        {
            _parts.Ended(new EngineEnd(EngineEndKind.OtherServer, e.Message));
        }
        catch (Exception e) when (e is StoreConnectionException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            _notSeen(e.Message);
        }
    }
}
