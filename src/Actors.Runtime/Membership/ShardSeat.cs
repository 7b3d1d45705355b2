namespace Gantry.Actors.Runtime;

/// <summary>How a shard stands on this node (engine 5.6).</summary>
internal enum ShardStanding
{
    /// <summary>Another node's, or nobody's.</summary>
    Foreign,

    /// <summary>Being taken: what comes for it waits.</summary>
    Claiming,

    /// <summary>Served here.</summary>
    Serving,

    /// <summary>Served here, and offered to another node.</summary>
    Offering,

    /// <summary>On its way to another node: what comes for it waits.</summary>
    Giving,
}

/// <summary>One shard as this node knows it.</summary>
/// <param name="Standing">How it stands here.</param>
/// <param name="Owner">Who owns it; null for nobody that is known.</param>
/// <param name="Epoch">The epoch of that.</param>
/// <param name="Settled">While it is claimed or given: ends when it is neither.</param>
internal sealed record ShardSeat(ShardStanding Standing, Incarnation? Owner, long Epoch, Task Settled)
{
    public static readonly ShardSeat Unknown = new(ShardStanding.Foreign, null, 0, Task.CompletedTask);

    /// <summary>Commands are decided here in these standings only.</summary>
    public bool IsServed => Standing is ShardStanding.Serving or ShardStanding.Offering;

    /// <summary>It is neither here nor elsewhere for the moment.</summary>
    public bool IsUnsettled => Standing is ShardStanding.Claiming or ShardStanding.Giving;
}
