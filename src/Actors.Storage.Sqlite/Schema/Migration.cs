using Gantry.Primitives;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>Brings a database to this release's schema, or says why it cannot.</summary>
internal static class Migration
{
    private const string StepTable =
        "CREATE TABLE schema_step (level INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL, checksum TEXT NOT NULL)";

    /// <summary>Fills a new database: tables, the cluster row, all shards without owner.</summary>
    public static void Create(Connection connection, int shardCount, IRandomSource random, DateTimeOffset now)
    {
        connection.Execute("BEGIN EXCLUSIVE");
        connection.Execute(StepTable);
        Apply(connection, SchemaSteps.All, now);
        connection.Prepare("INSERT INTO cluster (id, shard_count, hash_version, write_level, restore_count, system_id) VALUES (?, ?, ?, 1, 0, ?)")
            .Bind(1, random.NewGuid().ToString("D")).Bind(2, shardCount).Bind(3, StableHash.Version)
            .Bind(4, random.NewGuid().ToString("N")).Run();
        var shard = connection.Prepare("INSERT INTO shard (shard, owner, epoch, floor_pos, moved_at) VALUES (?, NULL, 0, 0, ?)");
        for (var i = 0; i < shardCount; i++)
        {
            shard.Bind(1, i).Bind(2, now).Run();
        }

        SummedTable.Of("cluster").Seal(connection);
        SummedTable.Of("shard").Seal(connection);
        connection.Execute("COMMIT");
    }

    /// <summary>Checks what is there and applies what is missing. Returns how many steps it applied.</summary>
    /// <exception cref="StoreRefusedException">The database is of a newer release, of another product, or its steps differ.</exception>
    public static int Upgrade(Connection connection, string file, DateTimeOffset now)
    {
        if (connection.Number("SELECT count(*) FROM sqlite_master WHERE name IN ('schema_step', 'cluster')") != 2)
        {
            throw new StoreRefusedException(
                $"{file} is a SQLite database, but not one of Gantry (it lacks the tables schema_step and cluster). Put the right file back, or "
                + "name another folder by gantry.storage.path.");
        }

        var applied = CheckApplied(connection, file);
        var missing = SchemaSteps.All.Skip(applied).ToList();
        if (missing.Count > 0)
        {
            connection.Execute("BEGIN EXCLUSIVE");
            Apply(connection, missing, now);
            connection.Execute("COMMIT");
        }

        return missing.Count;
    }

    private static int CheckApplied(Connection connection, string file)
    {
        var known = SchemaSteps.All;
        var applied = 0;
        var steps = connection.Prepare("SELECT level, checksum FROM schema_step ORDER BY level");
        while (steps.Step())
        {
            var level = steps.Int(0);
            var checksum = steps.Text(1);
            if (level > known.Count)
            {
                throw new StoreRefusedException(
                    $"{file} was written by a newer release (schema step {level}; this one knows {known.Count}). Start that release again, or "
                    + "restore the backup made before the upgrade.");
            }

            if (level != ++applied || checksum != known[level - 1].Checksum)
            {
                throw new StoreRefusedException(
                    $"{file} has another schema step {level} than this release (checksum {checksum}): it comes from a build that was never "
                    + "released, or it is damaged. Use that build, or restore a backup.");
            }
        }

        steps.Reset();
        return applied;
    }

    private static void Apply(Connection connection, IEnumerable<SchemaStep> steps, DateTimeOffset now)
    {
        foreach (var step in steps)
        {
            connection.Execute(step.Sql);
            connection.Prepare("INSERT INTO schema_step VALUES (?, ?, ?)")
                .Bind(1, step.Level).Bind(2, now).Bind(3, step.Checksum).Run();
        }
    }
}
