namespace Gantry.Actors.Runtime;

/// <summary>How a node's part in its cluster stands, for health.</summary>
/// <param name="IsJoined">It has an incarnation that is not over.</param>
/// <param name="MapAge">Time since members and shard map were read; null before the first time.</param>
/// <param name="BeatAge">Time since the store last took a beat; null before the first join.</param>
/// <param name="IsDraining">It gives its shards away.</param>
/// <param name="Shards">Shards served here.</param>
/// <param name="MembersUp">Members that may own shards.</param>
public sealed record ClusterStanding(
    bool IsJoined, TimeSpan? MapAge, TimeSpan? BeatAge, bool IsDraining, int Shards, int MembersUp)
{
    /// <summary>Time since its node kernel last took a step; a kernel that turns is never older than a time-to-live and a scan.</summary>
    public TimeSpan StepAge { get; init; }

    /// <summary>Above it the node kernel does not turn: 5 s, or what one look may take where that is longer (engine 10.3).</summary>
    public TimeSpan StepAgeMax { get; init; } = TimeSpan.MaxValue;
}
