namespace Gantry.Actors.Kernel;

/// <summary>A batch that is open or in flight.</summary>
internal sealed class Batch
{
    /// <summary>Given when it is sealed.</summary>
    public long Number { get; set; }

    public bool IsSealed => Number != 0;

    public bool IsCommitted { get; set; }

    /// <summary>Decisions that commit with it.</summary>
    public List<WorkItem> Items { get; } = [];

    /// <summary>Answers without events that looked at a state of this batch; decided again when it fails.</summary>
    public List<(WorkItem Item, AskAnswer Answer, bool IsProvedByIt)> Dependents { get; } = [];

    /// <summary>Answers without events on committed states, which this batch proves because it was sealed after them.</summary>
    public List<(WorkItem Item, AskAnswer Answer)> Riders { get; set; } = [];

    public Dictionary<ClaimValue, EntityAddress> Claims { get; } = [];

    public HashSet<ClaimValue> Releases { get; } = [];

    public HashSet<(EntityAddress, string)> TimersReplaced { get; } = [];

    /// <summary>Set: the batch gives this shard away and holds nothing else.</summary>
    public LaneShard? Transfer { get; init; }
}
