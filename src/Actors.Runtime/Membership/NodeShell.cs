using System.Collections.Immutable;
using System.Threading.Channels;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Runtime;

/// <summary>
/// The shell around one <see cref="NodeKernel"/>: one incarnation's membership, from the moment its lanes have their sessions to its end.
/// It steps the kernel, one step at a time, and has done what the kernel asks for: <see cref="LookLoop"/> looks, <see cref="TakeOver"/> takes
/// the shards of the dead, <see cref="Runtime.HandOff"/> gives away, <see cref="ShardGains"/> tells lanes which shards they gain.
/// </summary>
internal sealed class NodeShell : IAsyncDisposable
{
    private const int EventsMax = 8_192;

    private static readonly TimeSpan StepPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SettlePatience = TimeSpan.FromSeconds(10);

    private readonly NodeParts _parts;
    private readonly NodeKernel _kernel;
    private readonly BeatThread _beats;
    private readonly LookLoop _looks;
    private readonly MemberRoll _roll;
    private readonly TakeOver _takeOver;
    private readonly HandOff _handOff;
    private readonly ShardGains _gains;
    private readonly Departure _departure;
    private readonly Channel<NodeInput> _events = Channel.CreateBounded<NodeInput>(EventsMax);
    private readonly CancellationTokenSource _stop = new();
    private readonly long _origin;
    private long _steppedAt;
    private int _isStopped;
    private Task _run = Task.CompletedTask;

    public NodeShell(NodeParts parts)
    {
        _parts = parts;
        _origin = parts.Time.GetTimestamp();
        var options = parts.Options;
        _kernel = new NodeKernel(new NodeSettings
        {
            NodeId = parts.NodeId,
            Me = parts.Me,
            Beat = options.Beat,
            TimeToLive = options.TimeToLive,
            Scan = options.Scan,
            Settle = options.Settle,
            StepIn = options.StepIn,
            MovesMax = options.MovesMax,
        });
        _roll = new MemberRoll(parts);
        _beats = new BeatThread(
            parts.Store, parts.Me, options, _roll.Unreachable, () => Post(new NodeEvent.BeatRefused()), parts.Time, parts.Log);
        _looks = new LookLoop(parts, Seen, why => Post(new NodeEvent.NotSeen(why)));
        _takeOver = new TakeOver(parts, _roll, Post, LookSoon);
        _handOff = new HandOff(parts, Post);
        _gains = new ShardGains(parts);
        _departure = new Departure(parts, () => _kernel.Owned, Drain);
    }

    public Incarnation Me => _parts.Me;

    public bool IsDraining => _departure.IsDraining;

    /// <summary>Time since the kernel last took a step; zero before the first and after the stop.</summary>
    public TimeSpan StepAge => Volatile.Read(ref _steppedAt) is var at && at != 0 && !_stop.IsCancellationRequested
        ? _parts.Time.GetElapsedTime(at)
        : TimeSpan.Zero;

    /// <summary>A look at the store ends as a step, whether the store answers or not, so nothing takes longer than one look and the next.</summary>
    public static TimeSpan StepAgeMax(ClusterOptions options)
    {
        var look = options.TimeToLive + (2 * options.Scan);
        return look + TimeSpan.FromSeconds(1) > StepPatience ? look + TimeSpan.FromSeconds(1) : StepPatience;
    }

    /// <summary>Time since the last beat that the store took.</summary>
    public TimeSpan BeatAge => _beats.Age;

    public HandOff HandOff => _handOff;

    /// <summary>Beats, and takes part from here on.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        _beats.Start();
        _parts.Map.Begin(_parts.Me);
        _parts.Links.Open(new LinkPeer(_parts.Me, _parts.NodeId, _parts.Options.Link), _parts.Receiver);
        if (!await _parts.Store.EnterAsync(_parts.Me, MemberState.Up, ct).ConfigureAwait(false))
        {
            Post(new NodeEvent.BeatRefused());
        }

        if (_parts.IsDrainOrdered())
        {
            // Before anything else is seen: it would take back what it was to give away.
            Drain();
            _ = DrainAsync(_parts.Options.DrainPatience);
        }

        _run = Task.WhenAll(RunAsync(StepAsync), RunAsync(() => _looks.RunAsync(_stop.Token)), RunAsync(() => _gains.RunAsync(_stop.Token)));
        await SettledAsync(ct).ConfigureAwait(false);
    }

    public void Post(NodeEvent what)
    {
        if (!_events.Writer.TryWrite(new NodeInput(_parts.Time.GetElapsedTime(_origin), what)))
        {
            RuntimeLog.NodeEventDropped(_parts.Log, what.GetType().Name);
        }
    }

    /// <summary>Another node wants to give a shard to us.</summary>
    public void Prepare(Incarnation from, ShardEpoch shard) => Start(() => _gains.PrepareAsync(from, shard, _stop.Token));

    /// <summary>Look at members and map now.</summary>
    public void LookSoon() => _looks.Soon();

    /// <summary>Somebody met an owner that was none: look now, unless that was done a moment ago. Many ask while a shard is dark.</summary>
    public void LookAgain() => _looks.Again();

    /// <summary>The link to a peer broke.</summary>
    public void LinkBroke(Incarnation peer) => _looks.LinkBroke(peer);

    /// <summary>Gives everything away, at the longest until the patience is over. Asked again it waits for the same end.</summary>
    public Task DrainAsync(TimeSpan patience) => _departure.DrainAsync(patience, _kernel.IsEnded || _stop.IsCancellationRequested);

    /// <summary>After a clean stop of the lanes: what was not given away is released, and the node leaves.</summary>
    public Task LeaveAsync(bool lanesStopped) => _departure.LeaveAsync(lanesStopped);

    /// <summary>After an end by our own fault: nobody needs to wait for the time-to-live.</summary>
    public Task GiveUpAsync(IStoreMaintenance? maintenance) => _departure.GiveUpAsync(maintenance);

    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _isStopped, 1) == 1)
        {
            await _run.ConfigureAwait(false);
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _looks.DisposeAsync().ConfigureAwait(false);
        _beats.Dispose();
        _handOff.Stop();
        await _run.ConfigureAwait(false);
        _parts.Map.End();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    // What asks at once after the start finds owners: every shard is served here, or by a node that can be reached. Not waited for without end.
    private async Task SettledAsync(CancellationToken ct)
    {
        var began = _parts.Time.GetTimestamp();
        while (!_kernel.IsEnded && _parts.Time.GetElapsedTime(began) < SettlePatience && !IsSettled())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), _parts.Time, ct).ConfigureAwait(false);
        }
    }

    private bool IsSettled() => Enumerable.Range(0, _parts.Map.ShardCount).Select(i => _parts.Map.SeatOf(new ShardId(i))).All(
        s => s.IsServed || (s is { Standing: ShardStanding.Foreign, Owner: { } owner } && _parts.Links.StateOf(owner) == LinkState.Up));

    private async Task StepAsync()
    {
        try
        {
            await foreach (var input in _events.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false))
            {
                var gains = ImmutableArray.CreateBuilder<ShardEpoch>();
                foreach (var output in _kernel.Step(input))
                {
                    if (output is NodeOutput.Gain gain)
                    {
                        _parts.Map.Claim(gain.Shard, gain.Epoch);
                        gains.Add(new ShardEpoch(gain.Shard, gain.Epoch));
                    }
                    else
                    {
                        Do(output);
                    }
                }

                if (input.What is NodeEvent.Seen && _kernel.JudgesAt(input.At) is { } at)
                {
                    _looks.In(at - input.At);
                }

                Volatile.Write(ref _steppedAt, _parts.Time.GetTimestamp());
                if (gains.Count > 0)
                {
                    await _gains.AddAsync(gains.ToImmutable(), _stop.Token).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The usual end.
        }
    }

    private void Do(NodeOutput output)
    {
        switch (output)
        {
            case NodeOutput.Look:
                LookSoon();
                break;
            case NodeOutput.DeclareDead dead:
                Start(() => _takeOver.DeclareDeadAsync(dead, _stop.Token));
                break;
            case NodeOutput.Fence fence:
                Start(() => _takeOver.FenceAsync(fence.Who, _stop.Token));
                break;
            case NodeOutput.Claim claim:
                Start(() => _takeOver.ClaimAsync(claim.Shards, _stop.Token));
                break;
            case NodeOutput.Move move:
                Start(() => _handOff.GiveAsync(move, _stop.Token));
                break;
            case NodeOutput.Drained:
                _departure.Drained();
                break;
            case NodeOutput.End end:
                _departure.Drained();
                RuntimeLog.IncarnationOver(_parts.Log, _parts.Me.ToString(), end.Why);
                _parts.Ended(new EngineEnd(end.IsSuperseded ? EngineEndKind.Superseded : EngineEndKind.Dead, end.Why));
                break;
            default:
                break;
        }
    }

    private void Start(Func<Task> step) => _ = RunAsync(step);

    private async Task RunAsync(Func<Task> step)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await step().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The incarnation is over.
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // This incarnation cannot be trusted any more.
            RuntimeLog.NodeBroke(_parts.Log, e);
            _parts.Ended(new EngineEnd(EngineEndKind.Broke, $"the node's part in the cluster broke: {e.Message}"));
        }
    }

    private void Seen(ClusterSight sight)
    {
        _roll.SetPeers(sight);
        Post(new NodeEvent.Seen(sight));
        if (_departure.MustGiveWay(_beats.Age))
        {
            Start(GiveWayAsync);
        }
    }

    private async Task GiveWayAsync()
    {
        await DrainAsync(_parts.Options.DrainPatience).ConfigureAwait(false);

        // What could not be given away in order goes with the incarnation, which is fenced before anybody takes it.
        _parts.Ended(new EngineEnd(EngineEndKind.Dead, "its commits do not reach the store"));
    }

    private void Drain()
    {
        Post(new NodeEvent.Drain { Loads = _parts.Router.Loads });
        LookSoon();
    }
}
