using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gantry.Primitives;
using Npgsql;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>Members and owners of shards in PostgreSQL (engine 5.2 to 5.4, 3.4). No clock of a node is ever compared with another's.</summary>
internal sealed class PostgresMembership(
    Connections connections, Func<StoreIdentity> opened,
    Func<LaneTicket, ShardEpoch, Incarnation, CancellationToken, ValueTask<CommitResult>> transfer, TimeProvider time)
    : IMembershipStore
{
    /// <summary>States of members that may own shards, as SQL.</summary>
    internal const string Living = "('joining', 'up', 'draining')";
    private const string BeatSql = $"UPDATE node SET beat = beat + 1, unreachable = $2 WHERE incarnation = $1 AND state IN {Living}";

    private readonly ConcurrentDictionary<Incarnation, BeatLine> _beats = new();

    /// <inheritdoc/>
    public async ValueTask<Incarnation?> JoinAsync(Incarnation me, MemberProfile profile, int lanes, CancellationToken ct)
    {
        Invariant.Check(lanes > 0, "a node has at least one lane");
        while (true)
        {
            try
            {
                var former = await OnConnectionAsync(c => JoinOnceAsync(c, me, profile, lanes, ct), ct);
                await SweepAsync(ct);
                return former;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation && e.ConstraintName == "node_live")
            {
                // Another newcomer of the same name was first: it is superseded in its turn.
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> EnterAsync(Incarnation me, MemberState state, CancellationToken ct)
    {
        var from = state switch
        {
            MemberState.Up => "('joining', 'up')",
            MemberState.Draining => "('up', 'draining')",
            MemberState.Left => "('up', 'draining', 'left')",
            _ => throw new ArgumentOutOfRangeException(nameof(state), state, "a member enters up, draining or left"),
        };
        return ChangedAsync(
            new SqlCall($"UPDATE node SET state = $2 WHERE incarnation = $1 AND state IN {from}").Uuid(me.Value).Text(TextOf(state)), ct);
    }

    /// <inheritdoc/>
    public ValueTask<bool> BeatAsync(Incarnation me, ImmutableArray<string> unreachable, CancellationToken ct) => ChangedAsync(
        new SqlCall(BeatSql).Uuid(me.Value).Texts(unreachable, n => n), ct);

    /// <inheritdoc/>
    public bool Beat(Incarnation me, ImmutableArray<string> unreachable, TimeSpan patience) =>
        _beats.GetOrAdd(me, static (who, from) => new BeatLine(from, who, BeatSql), connections).Beat(unreachable, patience);

    /// <inheritdoc/>
    public void EndBeats(Incarnation me)
    {
        if (_beats.TryRemove(me, out var line))
        {
            line.Dispose();
        }
    }

    /// <inheritdoc/>
    public ValueTask<ClusterSight> ReadAsync(CancellationToken ct) => OnConnectionAsync(
        async c =>
        {
            await using var transaction = await c.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
            var members = await new SqlCall(
                "SELECT n.incarnation, n.node_id, n.link, n.public_url, n.weight, n.zone, n.wire_level, n.state, n.beat, n.unreachable, "
                + "EXISTS (SELECT 1 FROM lane l WHERE l.incarnation = n.incarnation AND NOT l.fenced) FROM node n "
                + $"WHERE n.state IN {Living} OR n.incarnation IN (SELECT owner FROM shard) ORDER BY n.node_id, n.started_at, n.incarnation")
                .ReadAsync(c, ReadMember, ct, transaction);
            var shards = await new SqlCall("SELECT shard, owner, epoch FROM shard ORDER BY shard").ReadAsync(
                c, r => new ShardOwner(new ShardId(r.GetInt32(0)), r.IsDBNull(1) ? null : new Incarnation(r.GetGuid(1)), r.GetInt64(2)), ct, transaction);
            await transaction.CommitAsync(ct);
            return new ClusterSight([.. members], [.. shards]);
        },
        ct);

    /// <inheritdoc/>
    public ValueTask<bool> DeclareDeadAsync(Incarnation who, long beatSeen, CancellationToken ct) => ChangedAsync(
        new SqlCall($"UPDATE node SET state = 'dead' WHERE incarnation = $1 AND beat = $2 AND state IN {Living}").Uuid(who.Value).Long(beatSeen), ct);

    /// <inheritdoc/>
    public async ValueTask<bool> FenceAsync(Incarnation who, CancellationToken ct)
    {
        try
        {
            return await OnConnectionAsync(c => FenceOnceAsync(c, who, ct), ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            // It came back between the two statements and holds its row again.
            return false;
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<ShardEpoch>> ClaimAsync(Incarnation me, ImmutableArray<ShardId> shards, CancellationToken ct) => OnConnectionAsync(
        async c =>
        {
            var taken = await new SqlCall(
                "UPDATE shard s SET owner = $1, epoch = s.epoch + 1, moved_at = $3 WHERE s.shard = ANY ($2) "
                + "AND EXISTS (SELECT 1 FROM node WHERE incarnation = $1 AND state = 'up') "
                + "AND (s.owner IS NULL OR ("
                + $"NOT EXISTS (SELECT 1 FROM node n WHERE n.incarnation = s.owner AND n.state IN {Living}) "
                + "AND NOT EXISTS (SELECT 1 FROM lane l WHERE l.incarnation = s.owner AND NOT l.fenced))) RETURNING s.shard, s.epoch")
                .Uuid(me.Value).Ints(shards, s => s.Value).Long(time.GetUtcNow().UtcTicks)
                .ReadAsync(c, r => new ShardEpoch(new ShardId(r.GetInt32(0)), r.GetInt64(1)), ct);

            // Mail that was loaded often without being consumed may be what kills the process (engine 4.6).
            await new SqlCall("UPDATE mail SET loads = loads + 1 WHERE dst_shard = ANY ($1) AND due_at <= $2")
                .Ints(taken, t => t.Shard.Value).Long(time.GetUtcNow().UtcTicks).RunAsync(c, ct);
            return taken.OrderBy(t => t.Shard.Value).ToImmutableArray();
        },
        ct);

    /// <inheritdoc/>
    public async ValueTask ReleaseAsync(Incarnation me, ImmutableArray<ShardEpoch> shards, CancellationToken ct) => await ChangedAsync(
        new SqlCall(
            "UPDATE shard s SET owner = NULL, epoch = s.epoch + 1, moved_at = $4 FROM unnest($2, $3) AS t(shard, epoch) "
            + "WHERE s.shard = t.shard AND s.epoch = t.epoch AND s.owner = $1")
            .Uuid(me.Value).Ints(shards, s => s.Shard.Value).Longs(shards, s => s.Epoch).Long(time.GetUtcNow().UtcTicks), ct);

    /// <inheritdoc/>
    public ValueTask<int> WriteLevelAsync(CancellationToken ct) => OnConnectionAsync(
        async c => (await new SqlCall("SELECT write_level FROM cluster").ReadAsync(c, r => r.GetInt32(0), ct)).Single(), ct);

    /// <inheritdoc/>
    public ValueTask<bool> RaiseWriteLevelAsync(int level, CancellationToken ct) => OnConnectionAsync(
        async c =>
        {
            await using var transaction = await c.BeginTransactionAsync(ct);

            // Whoever joins just now is through, and seen by the next statement, or waits and then reads the new level.
            await new SqlCall("SELECT 1 FROM cluster FOR UPDATE").RunAsync(c, ct, transaction);
            var raised = await new SqlCall(
                "UPDATE cluster SET write_level = greatest(write_level, $1) "
                + $"WHERE NOT EXISTS (SELECT 1 FROM node WHERE state IN {Living} AND wire_level < $1)").Int(level).RunAsync(c, ct, transaction);
            await transaction.CommitAsync(ct);
            return raised > 0;
        },
        ct);

    /// <inheritdoc/>
    public ValueTask<CommitResult> TransferAsync(LaneTicket ticket, ShardEpoch shard, Incarnation to, CancellationToken ct) =>
        transfer(ticket, shard, to, ct);

    // Housekeeping: the join is through, whatever becomes of it, and the next one does it again.
    private async ValueTask SweepAsync(CancellationToken ct)
    {
        try
        {
            await OnConnectionAsync(
                async c =>
                {
                    await DeadRows.SweepAsync(c, time.GetUtcNow(), ct);
                    return true;
                },
                ct);
        }
        catch (StoreConnectionException)
        {
            // Rows of the dead harm nobody.
        }
    }

    private async Task<Incarnation?> JoinOnceAsync(NpgsqlConnection connection, Incarnation me, MemberProfile profile, int lanes, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var level = await ClusterRow.CheckAsync(connection, transaction, opened(), connections, ct);
        if (profile.WireLevel < level)
        {
            throw new StoreRefusedException(
                $"this release reads wire level {profile.WireLevel} and the cluster writes {level} since it was finalized: "
                + $"start {profile.NodeId} with the release of the other nodes (gantry cluster show -o json has wire_level)");
        }

        var superseded = await new SqlCall($"UPDATE node SET state = 'dead' WHERE node_id = $1 AND state IN {Living} RETURNING incarnation")
            .Text(profile.NodeId).ReadAsync(connection, r => new Incarnation(r.GetGuid(0)), ct, transaction);
        await new SqlCall(
            "INSERT INTO node (incarnation, node_id, link, public_url, state, weight, zone, wire_level, started_at) "
            + "VALUES ($1, $2, $3, $4, 'joining', $5, $6, $7, $8)")
            .Uuid(me.Value).Text(profile.NodeId).Text(profile.Link).Text(profile.PublicUrl).Int(profile.Weight).Text(profile.Zone)
            .Int(profile.WireLevel).Long(time.GetUtcNow().UtcTicks).RunAsync(connection, ct, transaction);
        await new SqlCall("INSERT INTO lane SELECT $1, i, 0, 0, false FROM generate_series(0, $2 - 1) AS i")
            .Uuid(me.Value).Int(lanes).RunAsync(connection, ct, transaction);
        await transaction.CommitAsync(ct);
        return superseded.Count > 0 ? superseded[0] : null;
    }

    // The sessions first: a client stopped in the middle of sending keeps its row locks for ever.
    private static async Task<bool> FenceOnceAsync(NpgsqlConnection connection, Incarnation who, CancellationToken ct)
    {
        var isOver = await new SqlCall($"SELECT NOT EXISTS (SELECT 1 FROM node WHERE incarnation = $1 AND state IN {Living})")
            .Uuid(who.Value).ReadAsync(connection, r => r.GetBoolean(0), ct);
        if (!isOver.Single())
        {
            return false;
        }

        await Sessions.EndAsync(connection, $"actors/{who}/%", ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await new SqlCall("SET LOCAL lock_timeout = '2s'").RunAsync(connection, ct, transaction);
        await new SqlCall("UPDATE lane SET fenced = true WHERE incarnation = $1 AND NOT fenced").Uuid(who.Value).RunAsync(connection, ct, transaction);
        await transaction.CommitAsync(ct);
        return true;
    }

    private static MemberRow ReadMember(NpgsqlDataReader r) => new(
        new Incarnation(r.GetGuid(0)),
        new MemberProfile
        {
            NodeId = r.GetString(1),
            Link = r.IsDBNull(2) ? null : r.GetString(2),
            PublicUrl = r.IsDBNull(3) ? null : r.GetString(3),
            Weight = r.GetInt32(4),
            Zone = r.IsDBNull(5) ? null : r.GetString(5),
            WireLevel = r.GetInt32(6),
        },
        Enum.Parse<MemberState>(r.GetString(7), ignoreCase: true),
        r.GetInt64(8),
        [.. r.GetFieldValue<string[]>(9)],
        r.GetBoolean(10));

    private static string TextOf(MemberState state) => state switch
    {
        MemberState.Joining => "joining",
        MemberState.Up => "up",
        MemberState.Draining => "draining",
        MemberState.Left => "left",
        _ => "dead",
    };

    private async ValueTask<bool> ChangedAsync(SqlCall call, CancellationToken ct) =>
        await OnConnectionAsync(c => call.RunAsync(c, ct), ct) > 0;

    // A row that somebody holds, a node id that somebody has: the callers above know what to do.
    private ValueTask<T> OnConnectionAsync<T>(Func<NpgsqlConnection, Task<T>> run, CancellationToken ct) => connections.RunAsync(
        run, e => e is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.UniqueViolation }, ct);
}
