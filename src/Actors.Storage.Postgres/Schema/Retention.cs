namespace Gantry.Actors.Storage.Postgres;

/// <summary>What retention needs to find its rows without a look at all others (step 3; engine 3.2, 3.5).</summary>
internal static class Retention
{
    // When a node was first seen to be over, whoever ended it. Which end of an entity has been trimmed: one that ends again is looked at again.
    public const string Sql = """
        ALTER TABLE node ADD COLUMN over_at bigint;
        ALTER TABLE entity ADD COLUMN trimmed_end bigint;
        CREATE INDEX entity_ended ON entity (ended_at) WHERE ended_at IS NOT NULL AND trimmed_end IS DISTINCT FROM ended_at;
        """;
}
