using System.Diagnostics;
using Gantry.Actors.Kernel;
using Gantry.Primitives;

namespace Gantry.Actors.Runtime;

/// <summary>Routes commands to the lane of their shard and turns its answers into outcomes.</summary>
internal sealed class EntitiesClient(LaneRouter router, TimeProvider time, IRandomSource random, EngineMetrics metrics) : IEntities
{
    private AskRoute? _route;

    /// <summary>Bytes of commands in flight on this node (engine 9).</summary>
    public const long BytesMax = 128L * 1024 * 1024;

    // The lane itself answers at the deadline. Who hears nothing for so much longer has a lane that does not turn.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MapPause = TimeSpan.FromMilliseconds(1);

    private long _bytes;

    /// <summary>Other nodes may own shards from here on.</summary>
    public void Open(AskRoute route) => _route = route;

    public async ValueTask<Outcome<TReply>> AskAsync<TReply>(
        EntityAddress to, ICommand<TReply> command, AskOptions options, CancellationToken ct) where TReply : class
    {
        var began = time.GetTimestamp();
        using var span = EngineTraces.Source.StartActivity("ask", ActivityKind.Client);
        span?.SetTag("entity", to.ToString());
        try
        {
            var bytes = Interlocked.Add(ref _bytes, options.Bytes);
            var outcome = bytes > BytesMax ? Full<TReply>() : await StartAsync(to, command, options, ct).ConfigureAwait(false)
                ?? new Outcome<TReply>.Unavailable(RetryTime.Shortest(random));
            var name = NameOf(outcome);
            span?.SetTag("outcome", name);
            metrics.Command(to.Kind, name, time.GetElapsedTime(began));
            return outcome;
        }
        finally
        {
            Interlocked.Add(ref _bytes, -options.Bytes);
        }
    }

    private Outcome<TReply>.Overloaded Full<TReply>() where TReply : class
    {
        metrics.Shed("node_bytes");
        return new Outcome<TReply>.Overloaded(RetryTime.Of(router.Lanes.Sum(l => l.AskCount), router.Lanes.Sum(l => l.DrainPerSecond), random));
    }

    // Null: nobody here has the shard.
    private ValueTask<Outcome<TReply>?> StartAsync<TReply>(
        EntityAddress to, ICommand<TReply> command, AskOptions options, CancellationToken ct) where TReply : class
    {
        ct.ThrowIfCancellationRequested();
        var shards = router.ShardCount;
        if (shards == 0)
        {
            return ValueTask.FromResult<Outcome<TReply>?>(null);
        }

        var shard = ShardId.Of(to, shards);
        return _route is { } route
            ? RouteAsync(route, to, shard, command, options, ct)
            : AskHereAsync(to, shard, command, options, options.Deadline, isRepeat: false, ct);
    }

    // In a cluster: here, elsewhere, or here again when it came back meanwhile.
    private async ValueTask<Outcome<TReply>?> RouteAsync<TReply>(
        AskRoute route, EntityAddress to, ShardId shard, ICommand<TReply> command, AskOptions options, CancellationToken ct) where TReply : class
    {
        var dryRun = DryRun.Current;
        var state = new RouteState(to, shard, command, options, dryRun is not null, time.GetTimestamp());
        while (true)
        {
            var step = await route.NextAsync(state, ct).ConfigureAwait(false);
            if (step.Answer is { } answer)
            {
                var pending = new PendingAsk<TReply>(to, dryRun);
                pending.Answer(answer);
                var outcome = await pending.Task.ConfigureAwait(false);
                return outcome is Outcome<TReply>.Unavailable unavailable ? unavailable with { OwnerUrl = state.OwnerUrl } : outcome!; // it did not move
            }

            var here = await AskHereAsync(to, shard, command, options, state.Left(time), state.IsLost, ct).ConfigureAwait(false);
            if (here is not null)
            {
                return here is Outcome<TReply>.Unavailable or Outcome<TReply>.Overloaded && state.IsLost
                    ? new Outcome<TReply>.Unknown($"{to} was asked elsewhere before, and the answer was lost")
                    : here;
            }

            // The lane has let the shard go; the map says so in a moment.
            await Task.Delay(MapPause, time, ct).ConfigureAwait(false);
        }
    }

    // Null: the shard is not the lane's.
    private async ValueTask<Outcome<TReply>?> AskHereAsync<TReply>(
        EntityAddress to, ShardId shard, ICommand<TReply> command, AskOptions options, TimeSpan left, bool isRepeat, CancellationToken ct)
        where TReply : class
    {
        if (router.LaneOf(shard) is not { } lane)
        {
            return new Outcome<TReply>.Unavailable(RetryTime.Shortest(random));
        }

        var dryRun = DryRun.Current;
        var pending = new PendingAsk<TReply>(to, dryRun);
        router.Asked(shard);
        var isIn = lane.Inbox.TryArrive(new LaneEvent.Arrive
        {
            To = to,
            Shard = shard,
            Command = command,
            Key = options.Key,
            Digest = options.Digest,
            Caller = options.Caller,
            Deadline = time.GetUtcNow() + left,
            ExpectedRevision = options.ExpectedRevision,
            ExpectedGeneration = options.ExpectedGeneration,
            Trace = options.Trace ?? EngineTraces.Current,
            Bytes = options.Bytes,
            IsRepeat = isRepeat,
            IsDryRun = dryRun is not null,
            ReplyTo = pending,
        });
        if (!isIn)
        {
            pending.Answer(Turnaway.Of(lane.Inbox, lane.DrainPerSecond, metrics, random));
        }

        try
        {
            return await pending.Task.WaitAsync(left + Grace, time, ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return new Outcome<TReply>.Unknown($"{to} gave no answer within its deadline of {options.Deadline}");
        }
    }

    private static string NameOf<TReply>(Outcome<TReply> outcome) where TReply : class => outcome switch
    {
        Outcome<TReply>.Accepted => "accepted",
        Outcome<TReply>.Refused => "refused",
        Outcome<TReply>.Overloaded => "overloaded",
        Outcome<TReply>.Unavailable => "unavailable",
        _ => "unknown",
    };
}

/// <summary>A caller that waits.</summary>
internal interface IPendingAsk
{
    void Answer(AskAnswer answer);
}

/// <summary>A caller that waits for a reply of one type; null when the shard is not the lane's.</summary>
internal sealed class PendingAsk<TReply>(EntityAddress to, DryRun? dryRun)
    : TaskCompletionSource<Outcome<TReply>?>(TaskCreationOptions.RunContinuationsAsynchronously), IPendingAsk
    where TReply : class
{
    public void Answer(AskAnswer answer)
    {
        switch (answer)
        {
            case AskAnswer.Accepted { Value: TReply value } accepted:
                TrySetResult(new Outcome<TReply>.Accepted(value, accepted.Revision, accepted.IsReplay));
                break;
            case AskAnswer.Tried { Value: TReply value } tried:
                dryRun?.Add(new DryRunStep(to, tried.Events, tried.Effects));
                TrySetResult(new Outcome<TReply>.Accepted(value, tried.Revision));
                break;
            case AskAnswer.Accepted other:
                TrySetException(new InvariantException(
                    $"{to} answered {other.Value.GetType().Name} where the command promises {typeof(TReply).Name}"));
                break;
            case AskAnswer.Refused refused:
                TrySetResult(new Outcome<TReply>.Refused(refused.Why));
                break;
            case AskAnswer.Overloaded overloaded:
                TrySetResult(new Outcome<TReply>.Overloaded(overloaded.RetryAfter));
                break;
            case AskAnswer.Unavailable unavailable:
                TrySetResult(new Outcome<TReply>.Unavailable(unavailable.RetryAfter));
                break;
            case AskAnswer.Unknown unknown:
                TrySetResult(new Outcome<TReply>.Unknown(unknown.Reason));
                break;
            case AskAnswer.Moved:
                TrySetResult(null);
                break;
            default:
                throw Invariant.Unreachable($"answer {answer.GetType().Name}");
        }
    }
}
