namespace Gantry.Actors;

/// <summary>
/// On a command that takes something away for good, or on a saga that does: the lane looks at <see cref="Turn.Caller"/> once more before it is decided,
/// whatever the gateway has found (engine 10.5). Entities, reconcilers, hosts and the engine itself may, a device never.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class DestructiveAttribute : Attribute
{
    /// <summary>The least role on the fleet of a user; null where a role on the object's silo or project will do, which only the gateway can tell.</summary>
    public string? FleetRole { get; init; }
}
