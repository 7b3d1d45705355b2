using Gantry.Actors.Kernel;
using Gantry.Primitives;

namespace Gantry.Actors.Runtime;

/// <summary>
/// One command on its way to the owner of its shard, wherever that is: at most three links, inside its deadline (engine 5.7). It says
/// <see cref="AskAnswer.Unknown"/> exactly when an attempt was sent and nothing certain was heard of it.
/// </summary>
internal sealed class AskRoute(LinkDesk desk, TimeProvider time, IRandomSource random)
{
    /// <summary>Owners that one command is sent to; each further one needs an answer that it moved.</summary>
    public const int HopsMax = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan PauseMax = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RoomPatience = TimeSpan.FromSeconds(1);

    // Nothing is queued here.
    private TimeSpan RetryAfter => RetryTime.Shortest(random);

    /// <summary>Where the next step of a command leads.</summary>
    public async ValueTask<RouteStep> NextAsync(RouteState state, CancellationToken ct)
    {
        while (true)
        {
            var left = state.Left(time);
            if (left <= TimeSpan.Zero)
            {
                return RouteStep.Over(state.GiveUp(new AskAnswer.Unavailable(RetryAfter), "no owner answered within the deadline"));
            }

            var seat = desk.Map.SeatOf(state.Shard);
            if (seat.IsServed)
            {
                return RouteStep.Here;
            }

            if (seat.IsUnsettled)
            {
                await WithinAsync(seat.Settled, left, ct).ConfigureAwait(false);
            }
            else if (seat.Owner is not { } owner)
            {
                desk.Node?.LookAgain();
                if (!state.IsLost)
                {
                    return RouteStep.Over(new AskAnswer.Unavailable(RetryAfter));
                }

                await PauseAsync(state, left, ct).ConfigureAwait(false);
            }
            else if (await ForwardAsync(state, owner, seat.Epoch, left, ct).ConfigureAwait(false) is { } answer)
            {
                return RouteStep.Over(answer);
            }
        }
    }

    // Null: look again.
    private async ValueTask<AskAnswer?> ForwardAsync(RouteState state, Incarnation owner, long epoch, TimeSpan left, CancellationToken ct)
    {
        if (state.Hops >= HopsMax)
        {
            return state.GiveUp(new AskAnswer.Unavailable(RetryAfter), $"the shard moved {HopsMax} times meanwhile");
        }

        if (desk.Send(owner, id => state.Frame(desk.Codec, id, left)) is not { } pending)
        {
            return await NotSentAsync(state, owner, left, ct).ConfigureAwait(false);
        }

        LinkFrame? frame;
        try
        {
            frame = await pending.Frame.Task.WaitAsync(left, time, ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            desk.Forget(pending);
            return new AskAnswer.Unknown($"{state.To} was asked at {NameOf(owner)}, which gave no answer within the deadline");
        }
        catch (OperationCanceledException)
        {
            desk.Forget(pending);
            throw;
        }

        switch (frame)
        {
            case LinkFrame.Answer answer:
                return Certain(state, desk.Codec.Decode(answer.Outcome));
            case LinkFrame.Moved moved when moved.Epoch > epoch && moved.Owner is not null:
                state.Hops++;
                return null;
            case LinkFrame.Moved:
                // It has not heard yet that it is the owner, or nobody is for the moment.
                await PauseAsync(state, left, ct).ConfigureAwait(false);
                desk.Node?.LookAgain();
                return null;
            default:
                // The link broke: what was sent may have been done. It is sent again with its key, and its receipt is looked for first.
                state.IsLost = true;
                return null;
        }
    }

    private async ValueTask<AskAnswer?> NotSentAsync(RouteState state, Incarnation owner, TimeSpan left, CancellationToken ct)
    {
        if (desk.Links.StateOf(owner) == LinkState.Up)
        {
            state.WaitedForRoomSince ??= time.GetTimestamp();
            if (time.GetElapsedTime(state.WaitedForRoomSince.Value) >= RoomPatience && !state.IsLost)
            {
                desk.Metrics.Shed("link_full");
                return new AskAnswer.Overloaded(RetryAfter);
            }

            await PauseAsync(state, left, ct).ConfigureAwait(false);
            return null;
        }

        desk.Node?.LookAgain();
        if (!state.IsLost)
        {
            state.OwnerUrl = desk.Map.Members.TryGetValue(owner, out var member) ? member.Profile.PublicUrl : null;
            return new AskAnswer.Unavailable(RetryAfter);
        }

        var changed = desk.Map.Changed;
        await WithinAsync(changed, left < PauseMax ? left : PauseMax, ct).ConfigureAwait(false);
        return null;
    }

    // "Certainly not executed" of a later attempt says nothing about an earlier one that was lost.
    private static AskAnswer Certain(RouteState state, AskAnswer answer) => answer is AskAnswer.Unavailable or AskAnswer.Overloaded
        ? state.GiveUp(answer, "its first attempt was lost with a link, and the second found no owner that could tell")
        : answer;

    private string NameOf(Incarnation owner) => desk.Map.NodeIdOf(owner) ?? owner.ToString();

    private async ValueTask PauseAsync(RouteState state, TimeSpan left, CancellationToken ct)
    {
        var pause = Pause * Math.Pow(2, Math.Min(state.Pauses++, 6));
        pause = pause < PauseMax ? pause : PauseMax;
        await Task.Delay(pause < left ? pause : left, time, ct).ConfigureAwait(false);
    }

    private async ValueTask WithinAsync(Task task, TimeSpan left, CancellationToken ct)
    {
        try
        {
            await task.WaitAsync(left, time, ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The caller looks at the time itself.
        }
    }
}

/// <summary>Where a command goes next: to a lane of this node, or nowhere because it is answered.</summary>
internal readonly record struct RouteStep(AskAnswer? Answer)
{
    public static readonly RouteStep Here = new(null);

    public static RouteStep Over(AskAnswer answer) => new(answer);
}

/// <summary>What is known of one command on its way.</summary>
internal sealed class RouteState(EntityAddress to, ShardId shard, object command, AskOptions options, bool isDryRun, long began)
{
    private LinkBody? _body;

    public EntityAddress To { get; } = to;

    public ShardId Shard { get; } = shard;

    public int Hops { get; set; }

    public int Pauses { get; set; }

    /// <summary>An attempt was sent, and its answer will never be heard.</summary>
    public bool IsLost { get; set; }

    public long? WaitedForRoomSince { get; set; }

    /// <summary>Where clients reach the owner that this node does not.</summary>
    public string? OwnerUrl { get; set; }

    public TimeSpan Left(TimeProvider time) => options.Deadline - time.GetElapsedTime(began);

    /// <summary>Certainly not done, unless an attempt was lost.</summary>
    public AskAnswer GiveUp(AskAnswer certainly, string why) => IsLost ? new AskAnswer.Unknown($"{To}: {why}") : certainly;

    public LinkFrame.Ask Frame(LinkCodec codec, long id, TimeSpan left) => new()
    {
        Id = id,
        To = To,
        Body = _body ??= codec.Encode(command),
        Key = options.Key,
        Digest = options.Digest,
        Caller = options.Caller,
        ExpectedRevision = options.ExpectedRevision,
        ExpectedGeneration = options.ExpectedGeneration,
        Remaining = left,
        Hops = Hops + 1,
        IsRepeat = IsLost,
        IsDryRun = isDryRun,
        Trace = options.Trace ?? EngineTraces.Current,
    };
}
