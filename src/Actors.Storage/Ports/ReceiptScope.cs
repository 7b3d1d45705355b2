using System.Collections.Immutable;

namespace Gantry.Actors.Storage;

/// <summary>The kinds of entities whose receipts are meant.</summary>
/// <param name="Kinds">Names of kinds.</param>
/// <param name="IsAllBut">All but these, those included that no area has any more.</param>
public sealed record ReceiptScope(ImmutableArray<string> Kinds, bool IsAllBut)
{
    /// <summary>Every receipt.</summary>
    public static ReceiptScope All { get; } = new([], IsAllBut: true);

    /// <summary>Whether a receipt of the entity is meant.</summary>
    public bool Covers(EntityAddress entity) => Kinds.Contains(entity.Kind) != IsAllBut;
}
