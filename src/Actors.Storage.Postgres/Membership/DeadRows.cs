using Npgsql;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>
/// Removes the rows of nodes that are over: a day after they were seen to be, and when no shard names them (engine 3.2). Whoever joins does it,
/// for only a join makes such rows. Rows that somebody else holds are left to the next.
/// </summary>
internal static class DeadRows
{
    // For whoever looks into what happened.
    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    private const string Over = "n.state IN ('dead', 'left')";

    private const string Removable = $"{Over} AND n.over_at < $1 AND NOT EXISTS (SELECT 1 FROM shard s WHERE s.owner = n.incarnation)";

    public static async Task SweepAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken ct)
    {
        await new SqlCall(
            $"UPDATE node SET over_at = $1 WHERE ctid = ANY (ARRAY (SELECT n.ctid FROM node n WHERE {Over} AND n.over_at IS NULL FOR UPDATE SKIP LOCKED))")
            .Long(now.UtcTicks).RunAsync(connection, ct);

        // A lane that is not there counts as fenced.
        var oldest = (now - Kept).UtcTicks;
        await new SqlCall(
            "DELETE FROM lane WHERE ctid = ANY (ARRAY (SELECT l.ctid FROM lane l JOIN node n ON n.incarnation = l.incarnation "
            + $"WHERE {Removable} FOR UPDATE OF l SKIP LOCKED))").Long(oldest).RunAsync(connection, ct);
        await new SqlCall(
            $"DELETE FROM node WHERE ctid = ANY (ARRAY (SELECT n.ctid FROM node n WHERE {Removable} "
            + "AND NOT EXISTS (SELECT 1 FROM lane l WHERE l.incarnation = n.incarnation) FOR UPDATE SKIP LOCKED))").Long(oldest).RunAsync(connection, ct);
    }
}
