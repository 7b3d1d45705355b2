using System.Collections.Immutable;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>
/// A table whose rows carry their checksum in the column <c>sum</c>. A value that is counted in place (<c>loads</c>) or that is added later (why a
/// message was parked) is not in the row's own sum but added to it, so that neither step makes a new sum over what it has not looked at.
/// </summary>
/// <param name="Name">The table.</param>
/// <param name="Columns">What is summed, in this order.</param>
/// <param name="Key">What names a row in a message.</param>
/// <param name="Plus">What is added.</param>
internal sealed record SummedTable(string Name, string Columns, string Key, string Plus = "")
{
    public const string MailColumns = "src_shard, src_pos, ord, dst_shard, entity, due_at, name, tag, ver, meta, body";

    /// <summary>What was said when a message was parked, as a sum of its own.</summary>
    public const string ParkedSum = $"{RowSumFunction.Name}(parked_at, attempts, reason)";

    /// <summary>What is wrong with a row, for messages.</summary>
    public const string Damaged = "does not have the checksum it was written with";

    /// <summary>What to do about it, for messages.</summary>
    public const string NextStep = "run `Node -- store check` on the stopped node for all that is damaged, and restore a backup";

    private const int ShownMax = 100;

    /// <summary>All but the views.</summary>
    public static ImmutableArray<SummedTable> All { get; } =
    [
        new("cluster", "id, shard_count, hash_version, write_level, restore_count, system_id", "id"),
        new("shard", "shard, owner, epoch, floor_pos, moved_at", "shard"),
        new("event", "entity, seq, shard, pos, epoch, tag, ver, at, cause, caller, trace, body", "entity, seq"),
        new("snapshot", "entity, seq, tag, state_ver, body", "entity"),
        new("entity", "entity, kind, shard, created_at, ended_at", "entity"),
        new("receipt", "entity, key, digest, seq, at, tag, ver, reply", "entity, key"),
        new("mail", MailColumns, "src_shard, src_pos, ord", " + loads"),
        new("parked", MailColumns, "src_shard, src_pos, ord", $" + loads + {ParkedSum}"),
        new("claim", "space, value, entity, at", "space, value"),
    ];

    /// <summary>What the column must hold, as SQL.</summary>
    public string Sum => $"{RowSumFunction.Name}({Columns}){Plus}";

    /// <summary>The table of that name.</summary>
    public static SummedTable Of(string name) => All.Single(t => t.Name == name);

    /// <summary>Names the rows whose sum is wrong, at most a hundred; empty for a table that has none yet.</summary>
    public IEnumerable<string> FindDamage(Connection connection)
    {
        if (connection.Number($"SELECT count(*) FROM pragma_table_info('{Name}') WHERE name = 'sum'") == 0)
        {
            yield break;
        }

        // Quoted by SQLite: what stands in a damaged row may be anything.
        var key = string.Join(" || ' ' || ", Key.Split(", ").Select(k => $"quote({k})"));
        var find = connection.Prepare($"SELECT {key} FROM {Name} WHERE sum IS NOT {Sum} LIMIT {ShownMax}");
        while (find.Step())
        {
            yield return $"row {find.Text(0)} of {Name} {Damaged}";
        }

        find.Reset();
    }

    /// <summary>Changes rows in place. Not while one is damaged: its new sum would hide that.</summary>
    /// <exception cref="SqliteFailure">A row is damaged; nothing was changed.</exception>
    public void Change(Connection connection, Action change)
    {
        if (FindDamage(connection).FirstOrDefault() is { } damaged)
        {
            throw new SqliteFailure(SQLitePCL.raw.SQLITE_CORRUPT, damaged);
        }

        change();
        Seal(connection);
    }

    /// <summary>Gives rows the sum of what stands in them now: where they were just made.</summary>
    public void Seal(Connection connection) => connection.Execute($"UPDATE {Name} SET sum = {Sum} WHERE sum IS NOT {Sum}");
}
