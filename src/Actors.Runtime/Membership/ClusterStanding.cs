namespace Gantry.Actors.Runtime;

/// <summary>How a node's part in its cluster stands, for health.</summary>
/// <param name="IsJoined">It has an incarnation that is not over.</param>
/// <param name="MapAge">Time since members and shard map were read; null before the first time.</param>
/// <param name="BeatAge">Time since the store last took a beat; null before the first join.</param>
/// <param name="IsDraining">It gives its shards away.</param>
/// <param name="Shards">Shards served here.</param>
/// <param name="MembersUp">Members that may own shards.</param>
public sealed record ClusterStanding(
    bool IsJoined, TimeSpan? MapAge, TimeSpan? BeatAge, bool IsDraining, int Shards, int MembersUp);
