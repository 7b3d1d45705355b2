using Gantry.Primitives;

namespace Gantry.Actors;

/// <summary>What a decision may know besides state and command. No services.</summary>
/// <param name="Self">The entity that decides.</param>
/// <param name="Revision">Events of the entity so far; 0 before the first.</param>
/// <param name="Now">The lane's reading of the clock; recorded with the events.</param>
/// <param name="Key">The command's idempotency key, or its mail id.</param>
/// <param name="Caller">On whose behalf.</param>
public readonly record struct Turn(EntityAddress Self, long Revision, DateTimeOffset Now, CommandKey Key, Principal Caller)
{
    /// <summary>
    /// A new id that is the same whenever this very decision is made again, and different from any other: derived from
    /// self, revision, key and the ordinal.
    /// </summary>
    public Guid NewId(int ordinal) => GuidForm.FromText($"{Scope}|{Self}|{Revision}|{Key}|{ordinal}");

    /// <summary>Cluster id and restore count, so that two clusters or a restored one never make the same id.</summary>
    public string Scope { get; init; } = "";
}
