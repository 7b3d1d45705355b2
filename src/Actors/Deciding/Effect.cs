namespace Gantry.Actors;

/// <summary>What a decision causes besides its events. Closed set, data only, committed with the events (engine 2.1).</summary>
public abstract record Effect
{
    private Effect()
    {
    }

    /// <summary>
    /// A durable message to another entity: takes effect exactly once, in send order per pair of entities unless delayed. With
    /// a <paramref name="ReplyToken"/> the receiver's reply comes back as the command that the sender's kind declared by
    /// <c>OnReply</c>.
    /// </summary>
    public sealed record Post(EntityAddress To, object Command, TimeSpan Delay = default, string? ReplyToken = null) : Effect;

    /// <summary>A durable timer of the entity itself; replaces the one of the same name. Never missed, perhaps late.</summary>
    public sealed record SetTimer(string Name, TimeSpan Due, object Command) : Effect;

    /// <summary>Takes a timer back; none of that name is fine.</summary>
    public sealed record CancelTimer(string Name) : Effect;

    /// <summary>Takes a value that no other entity holds. Taken: the command is refused and nothing commits.</summary>
    public sealed record Claim(string Space, string Value) : Effect;

    /// <summary>Gives a claimed value up.</summary>
    public sealed record Release(string Space, string Value) : Effect;

    /// <summary>I/O: runs at least once with the token as idempotency key; its result comes back once, like a reply.</summary>
    public sealed record Activity(string Name, string Token, object Input) : Effect
    {
        /// <summary>One run takes no longer: past it the run is cancelled and tried again. Default: the node's own bound.</summary>
        public TimeSpan? Patience { get; init; }
    }

    /// <summary>After the commit: tells a reconciler to look at a key. Volatile; the resync makes up for a lost one.</summary>
    public sealed record Nudge(string Reconciler, string Key) : Effect;
}
