using Gantry.Primitives;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>Addresses as columns hold them.</summary>
internal static class EntityText
{
    public static EntityAddress Parse(string text) => EntityAddress.TryParse(text, out var address)
        ? address.Value
        : throw new InvariantException($"the store holds \"{text}\" where an entity's address belongs");
}
