namespace Gantry.Actors;

/// <summary>One run of a node, from join to death. Random, never reused.</summary>
public readonly record struct Incarnation(Guid Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString("N");
}
