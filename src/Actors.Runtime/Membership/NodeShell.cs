using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Runtime;

/// <summary>
/// The shell around one <see cref="NodeKernel"/>: one incarnation's membership, from the moment its lanes have their sessions to its end.
/// It looks every half second, does what the kernel asks for, and tells lanes which shards they gain. One step at a time.
/// </summary>
internal sealed class NodeShell : IAsyncDisposable
{
    private const int EventsMax = 8_192;

    // A node that was declared dead may not know it: it is still listened to for so long, and its clients' commands are passed on.
    private static readonly TimeSpan ZombiePatience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan LookPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan StepPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SettlePatience = TimeSpan.FromSeconds(10);

    private readonly NodeParts _parts;
    private readonly NodeKernel _kernel;
    private readonly BeatThread _beats;
    private readonly HandOff _handOff;
    private readonly ITimer _judging;
    private readonly EarlyLook _earlyLook;
    private readonly Channel<NodeInput> _events = Channel.CreateBounded<NodeInput>(EventsMax);
    private readonly Channel<ImmutableArray<ShardEpoch>> _gains = Channel.CreateBounded<ImmutableArray<ShardEpoch>>(EventsMax);
    private readonly Channel<bool> _look = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<Incarnation, (MemberRow Member, long Since)> _dead = [];
    private readonly Dictionary<Incarnation, long> _cutSince = [];
    private readonly ConcurrentDictionary<ShardId, (long Epoch, ImmutableArray<(EntityAddress Entity, string Why)> Suspects)> _prepared = new();
    private readonly long _origin;
    private long _steppedAt;
    private Task? _draining;
    private volatile bool _isDraining;
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
        _beats = new BeatThread(
            parts.Store, parts.Me, options, Unreachable, () => Post(new NodeEvent.BeatRefused()), parts.Time, parts.Log);
        _handOff = new HandOff(parts, Post);
        _judging = parts.Time.CreateTimer(_ => LookSoon(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _earlyLook = new EarlyLook(options.Scan, LookSoon, parts.Time, parts.Random);
    }

    public Incarnation Me => _parts.Me;

    public bool IsDraining => _isDraining;

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

        _run = Task.WhenAll(RunAsync(StepAsync), RunAsync(LookAsync), RunAsync(GainAsync));
        await SettledAsync(ct).ConfigureAwait(false);
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

    public void Post(NodeEvent what)
    {
        if (!_events.Writer.TryWrite(new NodeInput(_parts.Time.GetElapsedTime(_origin), what)))
        {
            RuntimeLog.NodeEventDropped(_parts.Log, what.GetType().Name);
        }
    }

    /// <summary>
    /// Another node wants to give a shard to us. What has to be read before anything of it runs here is read while it still serves: marks that it
    /// made later would have ended it, and the move with it.
    /// </summary>
    public void Prepare(Incarnation from, ShardEpoch shard) => Start(() => PrepareAsync(from, shard));

    /// <summary>Look at members and map now.</summary>
    public void LookSoon() => _look.Writer.TryWrite(true);

    /// <summary>Somebody met an owner that was none: look now, unless that was done a moment ago. Many ask while a shard is dark.</summary>
    public void LookAgain()
    {
        if (_parts.Map.ReadAt is not { } at || _parts.Time.GetElapsedTime(at) > LookPause)
        {
            LookSoon();
        }
    }

    /// <summary>The link to a peer broke. One that is known to be over is not news.</summary>
    public void LinkBroke(Incarnation peer)
    {
        if (_parts.Map.Members.TryGetValue(peer, out var member) && member.State is not (MemberState.Dead or MemberState.Left))
        {
            _earlyLook.Broke();
        }
    }

    /// <summary>Gives everything away, at the longest until the patience is over. Asked again it waits for the same end.</summary>
    public Task DrainAsync(TimeSpan patience)
    {
        lock (_drained)
        {
            return _kernel.IsEnded || _stop.IsCancellationRequested ? Task.CompletedTask : _draining ??= GiveAllAsync(patience);
        }
    }

    private async Task GiveAllAsync(TimeSpan patience)
    {
        _isDraining = true;
        try
        {
            using var late = new CancellationTokenSource(patience, _parts.Time);
            await _parts.Store.EnterAsync(_parts.Me, MemberState.Draining, late.Token).ConfigureAwait(false);
            Post(new NodeEvent.Drain { Loads = _parts.Router.Loads });
            LookSoon();

            RuntimeLog.Drains(_parts.Log, _parts.Map.Own().Count);
            await _drained.Task.WaitAsync(late.Token).ConfigureAwait(false);
            if (_parts.Map.Own().Count == 0)
            {
                // Whoever sent a command here just now hears that it moved, and not that nobody is there.
                await Task.Delay(_parts.Options.Scan, _parts.Time, late.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is StoreConnectionException or OperationCanceledException)
        {
            RuntimeLog.DrainCutShort(_parts.Log, _parts.Map.Own().Count, e.Message);
        }
    }

    /// <summary>After a clean stop of the lanes: what was not given away is released, and the node leaves.</summary>
    public async Task LeaveAsync(bool lanesStopped)
    {
        try
        {
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(2), _parts.Time);
            if (lanesStopped && _kernel.Owned.Count > 0)
            {
                ImmutableArray<ShardEpoch> left = [.. _kernel.Owned.Select(o => new ShardEpoch(o.Key, o.Value))];
                await _parts.Store.ReleaseAsync(_parts.Me, left, late.Token).ConfigureAwait(false);
            }

            await _parts.Store.EnterAsync(_parts.Me, MemberState.Left, late.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreConnectionException or OperationCanceledException)
        {
            RuntimeLog.NotLeft(_parts.Log, e.Message);
        }
    }

    /// <summary>After an end by our own fault: nobody needs to wait for the time-to-live. The fence comes first, so it is safe.</summary>
    public async Task GiveUpAsync(IStoreMaintenance? maintenance)
    {
        if (maintenance is null)
        {
            return;
        }

        try
        {
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(2), _parts.Time);
            await maintenance.FenceAsync(_parts.Me, late.Token).ConfigureAwait(false);
            ImmutableArray<ShardEpoch> owned = [.. _kernel.Owned.Select(o => new ShardEpoch(o.Key, o.Value))];
            await _parts.Store.ReleaseAsync(_parts.Me, owned, late.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreConnectionException or OperationCanceledException)
        {
            RuntimeLog.NotLeft(_parts.Log, e.Message);
        }
    }

    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _isStopped, 1) == 1)
        {
            await _run.ConfigureAwait(false);
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _judging.DisposeAsync().ConfigureAwait(false);
        await _earlyLook.DisposeAsync().ConfigureAwait(false);
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

    private ImmutableArray<string> Unreachable() =>
    [
        .. _parts.Map.Members.Values
            .Where(m => m.Incarnation != _parts.Me && m.State is MemberState.Up or MemberState.Draining && IsCut(m.Incarnation))
            .Select(m => m.Profile.NodeId),
    ];

    // Called by the beat thread only. An edge that was just opened is not cut.
    private bool IsCut(Incarnation peer)
    {
        if (_parts.Links.StateOf(peer) == LinkState.Up)
        {
            _cutSince.Remove(peer);
            return false;
        }

        if (!_cutSince.TryGetValue(peer, out var since))
        {
            _cutSince[peer] = since = _parts.Time.GetTimestamp();
        }

        return _parts.Time.GetElapsedTime(since) >= _parts.Options.TimeToLive;
    }

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

                LookInTime(input);
                Volatile.Write(ref _steppedAt, _parts.Time.GetTimestamp());
                if (gains.Count > 0)
                {
                    await _gains.Writer.WriteAsync(gains.ToImmutable(), _stop.Token).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The usual end.
        }
    }

    // Who has been quiet for the time-to-live is judged then, and not up to a whole scan later.
    private void LookInTime(NodeInput input)
    {
        if (input.What is NodeEvent.Seen && _kernel.JudgesAt(input.At) is { } at && at - input.At < _parts.Options.Scan)
        {
            _judging.Change(at - input.At, Timeout.InfiniteTimeSpan);
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
                Start(() => DeclareDeadAsync(dead));
                break;
            case NodeOutput.Fence fence:
                Start(() => FenceAsync(fence.Who));
                break;
            case NodeOutput.Claim claim:
                Start(() => ClaimAsync(claim.Shards));
                break;
            case NodeOutput.Move move:
                Start(() => _handOff.GiveAsync(move, _stop.Token));
                break;
            case NodeOutput.Drained:
                _drained.TrySetResult();
                break;
            case NodeOutput.End end:
                _drained.TrySetResult();
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

    private async Task DeclareDeadAsync(NodeOutput.DeclareDead dead)
    {
        try
        {
            var node = _parts.Map.NodeIdOf(dead.Who) ?? dead.Who.ToString();
            if (await _parts.Store.DeclareDeadAsync(dead.Who, dead.BeatSeen, _stop.Token).ConfigureAwait(false))
            {
                RuntimeLog.DeclaredDead(_parts.Log, node, _parts.Options.TimeToLive.TotalSeconds);
                LookSoon();
            }
        }
        catch (StoreConnectionException e)
        {
            RuntimeLog.NodeStepFailed(_parts.Log, "declare a node dead", e.Message);
        }
    }

    private async Task FenceAsync(Incarnation who)
    {
        var isThrough = false;
        try
        {
            isThrough = await _parts.Store.FenceAsync(who, _stop.Token).ConfigureAwait(false);
        }
        catch (StoreConnectionException e)
        {
            RuntimeLog.NodeStepFailed(_parts.Log, "fence a dead node", e.Message);
        }

        Post(new NodeEvent.FenceDone(who, isThrough));
        if (isThrough)
        {
            LookSoon();
        }
    }

    private async Task ClaimAsync(ImmutableArray<ShardId> shards)
    {
        var former = shards.ToDictionary(s => s, s => _parts.Map.SeatOf(s).Owner);
        foreach (var shard in shards)
        {
            _parts.Map.Claim(shard, long.MaxValue);
        }

        ImmutableArray<ShardEpoch> taken = [];
        var asked = _parts.Time.GetTimestamp();
        try
        {
            taken = await _parts.Store.ClaimAsync(_parts.Me, shards, _stop.Token).ConfigureAwait(false);
        }
        catch (StoreConnectionException e)
        {
            RuntimeLog.NodeStepFailed(_parts.Log, "claim shards", e.Message);
        }

        _parts.Map.Confirm(taken, asked);
        foreach (var shard in shards.Except(taken.Select(t => t.Shard)))
        {
            _parts.Map.NotClaimed(shard);
        }

        Post(new NodeEvent.Claimed(taken));
        if (taken.Length > 0)
        {
            RuntimeLog.Claimed(_parts.Log, taken.Length, shards.Length);
        }

        // Whoever had them may be cut off from the store and not know: it passes commands on once it does (engine 5.9).
        foreach (var shard in taken)
        {
            _parts.TellOthers(shard, _parts.Me);
            if (former[shard.Shard] is { } before && before != _parts.Me)
            {
                if (!_parts.Map.Members.ContainsKey(before))
                {
                    _parts.Links.TrySend(before, new LinkFrame.Moved(0, shard.Shard, _parts.Me, shard.Epoch));
                }

                NoteTakeOver(before);
            }
        }
    }

    private void NoteTakeOver(Incarnation former)
    {
        lock (_dead)
        {
            if (_dead.TryGetValue(former, out var death))
            {
                _parts.Metrics.TookOver(_parts.Time.GetElapsedTime(death.Since));
            }
        }
    }

    // Marks of what may have ended a former owner are read before anything of the shard runs here (engine 4.4).
    private async Task GainAsync()
    {
        try
        {
            await foreach (var gains in _gains.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false))
            {
                var suspects = PreparedFor(gains) ?? await SuspectsAsync().ConfigureAwait(false);
                foreach (var gain in gains)
                {
                    _parts.Gain(gain, suspects.Where(s => ShardId.Of(s.Entity, _parts.Map.ShardCount) == gain.Shard));
                    _parts.Map.Serve(gain.Shard, _parts.Me, gain.Epoch);
                }

                _parts.Metrics.Moved(gains.Length);
                RuntimeLog.Gained(_parts.Log, gains.Length, gains[0].Shard.Value);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The usual end.
        }
    }

    private async Task PrepareAsync(Incarnation from, ShardEpoch shard)
    {
        try
        {
            _prepared[shard.Shard] = (shard.Epoch, await _parts.Suspects.ReadAsync(_stop.Token).ConfigureAwait(false));
        }
        catch (StoreConnectionException)
        {
            // Then it is read when the shard is here.
            _prepared.TryRemove(shard.Shard, out _);
        }

        _parts.Links.TrySend(from, new LinkFrame.Ready(shard.Shard, shard.Epoch));
    }

    // Only for the move that was prepared: a shard that went another way meanwhile has a higher epoch.
    private ImmutableArray<(EntityAddress Entity, string Why)>? PreparedFor(ImmutableArray<ShardEpoch> gains) =>
        gains is [var one] && _prepared.TryRemove(one.Shard, out var known) && known.Epoch + 1 == one.Epoch ? known.Suspects : null;

    private async Task<ImmutableArray<(EntityAddress Entity, string Why)>> SuspectsAsync()
    {
        for (var left = 3; ; left--)
        {
            try
            {
                return await _parts.Suspects.ReadAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (StoreConnectionException e)
            {
                RuntimeLog.NodeStepFailed(_parts.Log, "read suspect marks", e.Message);
                if (left == 0)
                {
                    return [];
                }

                await Task.Delay(TimeSpan.FromMilliseconds(200), _parts.Time, _stop.Token).ConfigureAwait(false);
            }
        }
    }

    private async Task LookAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var timer = _parts.Time.CreateTimer(_ => LookSoon(), null, _parts.Options.Scan, _parts.Options.Scan);
        await using var ticking = timer.ConfigureAwait(false);
        try
        {
            while (true)
            {
                await LookOnceAsync().ConfigureAwait(false);
                await _look.Reader.ReadAsync(_stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The usual end.
        }
    }

    private async Task LookOnceAsync()
    {
        try
        {
            using var late = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            late.CancelAfter(_parts.Options.TimeToLive);
            var asked = _parts.Time.GetTimestamp();
            var sight = await _parts.Store.ReadAsync(late.Token).AsTask().WaitAsync(late.Token).ConfigureAwait(false);
            _parts.Map.Read(sight, asked);
            SetPeers(sight);
            Post(new NodeEvent.Seen(sight));
            GiveWayIfStuck();
        }
        catch (Exception e) when (e is StoreConnectionException or OperationCanceledException && !_stop.IsCancellationRequested)
        {
            Post(new NodeEvent.NotSeen(e.Message));
        }
    }

    // Beats get through and commits do not: the others cannot see it, so this node makes room itself (engine 5.9).
    private void GiveWayIfStuck()
    {
        if (!_isDraining
            && _parts.Commits.FailingFor >= 2 * _parts.Options.TimeToLive
            && _beats.Age < _parts.Options.TimeToLive
            && _parts.Map.Members.Values.Any(m => m.Incarnation != _parts.Me && m.State == MemberState.Up))
        {
            _isDraining = true;
            RuntimeLog.CommitsFail(_parts.Log, _parts.Commits.FailingFor.TotalSeconds);
            Start(GiveWayAsync);
        }
    }

    private async Task GiveWayAsync()
    {
        await DrainAsync(_parts.Options.DrainPatience).ConfigureAwait(false);

        // What could not be given away in order goes with the incarnation, which is fenced before anybody takes it.
        _parts.Ended(new EngineEnd(EngineEndKind.Dead, "its commits do not reach the store"));
    }

    private void SetPeers(ClusterSight sight)
    {
        var living = sight.Members.Where(m => m.State is not (MemberState.Dead or MemberState.Left)).ToList();
        var names = living.Select(m => m.Profile.NodeId).ToHashSet(StringComparer.Ordinal);
        List<MemberRow> zombies;
        lock (_dead)
        {
            var now = _parts.Time.GetTimestamp();
            foreach (var dead in sight.Members.Where(m => m.State == MemberState.Dead && m.Incarnation != _parts.Me))
            {
                _dead.TryAdd(dead.Incarnation, (dead, now));
            }

            foreach (var old in _dead.Where(d => _parts.Time.GetElapsedTime(d.Value.Since, now) > ZombiePatience).Select(d => d.Key).ToList())
            {
                _dead.Remove(old);
            }

            zombies = [.. _dead.Values.Where(d => !names.Contains(d.Member.Profile.NodeId)).Select(d => d.Member)];
        }

        _parts.Links.SetPeers(
            [.. living.Concat(zombies).Where(m => m.Incarnation != _parts.Me).Select(m => new LinkPeer(
                m.Incarnation, m.Profile.NodeId, Uri.TryCreate(m.Profile.Link, UriKind.Absolute, out var link) ? link : null))]);
    }
}
