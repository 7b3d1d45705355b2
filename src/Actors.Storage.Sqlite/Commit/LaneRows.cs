using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>Joining, and the lane's row outside a commit.</summary>
internal static class LaneRows
{
    // Rows of the dead are kept for a day, for whoever looks into what happened.
    private static readonly TimeSpan DeadKept = TimeSpan.FromHours(24);

    public static ImmutableArray<ShardEpoch> Join(Connection connection, Incarnation me, string nodeId, int lanes, DateTimeOffset now)
    {
        Invariant.Check(lanes > 0, "a node has at least one lane");
        var incarnation = me.ToString();
        return Transactions.Run(connection, () =>
        {
            connection.Execute("UPDATE lane SET fenced = 1");
            connection.Execute("UPDATE node SET state = 'dead' WHERE state <> 'dead'");
            connection.Prepare("DELETE FROM lane WHERE incarnation IN (SELECT incarnation FROM node WHERE started_at < ?)")
                .Bind(1, now - DeadKept).Run();
            connection.Prepare("DELETE FROM node WHERE started_at < ?").Bind(1, now - DeadKept).Run();
            connection.Prepare("INSERT INTO node (incarnation, node_id, state, started_at) VALUES (?, ?, 'up', ?)")
                .Bind(1, incarnation).Bind(2, nodeId).Bind(3, now).Run();
            for (var lane = 0; lane < lanes; lane++)
            {
                connection.Prepare("INSERT INTO lane (incarnation, lane, session, batch_no, fenced) VALUES (?, ?, 0, 0, 0)")
                    .Bind(1, incarnation).Bind(2, lane).Run();
            }

            // Mail that was loaded often without being consumed may be what kills the process (engine 4.6).
            // Only what was due: a timer of next week has been in nobody's hand.
            connection.Prepare("UPDATE mail SET loads = loads + 1, sum = sum + 1 WHERE due_at <= ?").Bind(1, now).Run();
            SummedTable.Of("shard").Change(connection, () =>
                connection.Prepare("UPDATE shard SET owner = ?, epoch = epoch + 1, moved_at = ?").Bind(1, incarnation).Bind(2, now).Run());
            return Shards(connection);
        });
    }

    public static bool IsOurs(Connection connection, LaneTicket ticket)
    {
        var find = connection.Prepare("SELECT 1 FROM lane WHERE incarnation = ? AND lane = ? AND session = ? AND fenced = 0")
            .Bind(1, ticket.Incarnation.ToString()).Bind(2, ticket.Lane).Bind(3, ticket.Session);
        var isOurs = find.Step();
        find.Reset();
        return isOurs;
    }

    /// <summary>Opens the next session. A lane that is not there is a fenced one.</summary>
    public static LaneProbe Resolve(Connection connection, Incarnation me, int lane) => Transactions.Run(connection, () =>
    {
        connection.Prepare("UPDATE lane SET session = session + 1 WHERE incarnation = ? AND lane = ?")
            .Bind(1, me.ToString()).Bind(2, lane).Run();
        var find = connection.Prepare("SELECT session, batch_no, fenced FROM lane WHERE incarnation = ? AND lane = ?")
            .Bind(1, me.ToString()).Bind(2, lane);
        var probe = find.Step() ? new LaneProbe(find.Int(0), find.Long(1), find.Int(2) != 0) : new LaneProbe(0, 0, Fenced: true);
        find.Reset();
        return probe;
    });

    private static ImmutableArray<ShardEpoch> Shards(Connection connection)
    {
        var shards = ImmutableArray.CreateBuilder<ShardEpoch>();
        var find = connection.Prepare("SELECT shard, epoch FROM shard ORDER BY shard");
        while (find.Step())
        {
            shards.Add(new ShardEpoch(new ShardId(find.Int(0)), find.Long(1)));
        }

        find.Reset();
        return shards.ToImmutable();
    }
}
