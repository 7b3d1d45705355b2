using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Primitives;
using Npgsql;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>Brings a database to this release's schema, or says why it cannot. One process at a time, by an advisory lock.</summary>
internal sealed class Migration(NpgsqlConnection connection, string schema, string place)
{
    // Any number that nobody else uses in the same database.
    private const long LockKey = 0x47414E545259;

    private const int PatienceSeconds = 60;

    /// <summary>Runs everything a node needs before it may join, in one transaction.</summary>
    /// <exception cref="StoreRefusedException">The store is of a newer release or configured otherwise.</exception>
    public async Task<StoreIdentity> RunAsync(
        StoreOptions options, IReadOnlyCollection<ViewTable> tables, string systemId, IRandomSource random, DateTimeOffset now, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);

        // Who starts beside others waits for them: the times of ordinary statements are too short for that.
        await RunAsync($"SET LOCAL statement_timeout = '{PatienceSeconds}s'; SELECT pg_advisory_xact_lock({LockKey})", ct);
        await RunAsync(
            $"CREATE SCHEMA IF NOT EXISTS {schema}; CREATE TABLE IF NOT EXISTS {schema}.schema_step "
            + "(level int PRIMARY KEY, applied_at bigint NOT NULL, checksum text NOT NULL)", ct);
        var applied = await CheckAppliedAsync(ct);
        foreach (var step in SchemaSteps.All.Skip(applied))
        {
            await RunAsync(step.Sql, ct);
            await RunAsync("INSERT INTO schema_step VALUES ($1, $2, $3)", ct, step.Level, now.UtcTicks, step.Checksum);
        }

        await RunAsync("UPDATE cluster SET schema_level = $1 WHERE schema_level < $1", ct, SchemaSteps.Reader);
        if (applied == 0)
        {
            await FillAsync(options.ShardCount, systemId, random, now, ct);
        }

        var identity = await ReadIdentityAsync(options.ShardCount, systemId, ct);
        foreach (var table in tables)
        {
            await EnsureAsync(table, isFresh: applied == 0, ct);
        }

        await transaction.CommitAsync(ct);
        return identity;
    }

    private async Task<int> CheckAppliedAsync(CancellationToken ct)
    {
        var known = SchemaSteps.All;
        var applied = 0;
        foreach (var (level, checksum) in await ReadAsync("SELECT level, checksum FROM schema_step ORDER BY level", r => (r.GetInt32(0), r.GetString(1)), ct))
        {
            if (level > known.Count)
            {
                // A newer release has begun to take over. Nodes of this one go on beside it as long as its steps only added something.
                var needed = (await ReadAsync("SELECT schema_level FROM cluster", r => r.GetInt32(0), ct)).Single();
                return needed <= known.Count ? applied : throw new StoreRefusedException(SchemaSteps.WhyTooOld(place, needed));
            }

            if (level != ++applied || checksum != known[level - 1].Checksum)
            {
                throw new StoreRefusedException(
                    $"{place} has another schema step {level} than this release (checksum {checksum}): it comes from a build that was never "
                    + "released. Use that build, or restore a backup.");
            }
        }

        return applied;
    }

    private async Task FillAsync(int shardCount, string systemId, IRandomSource random, DateTimeOffset now, CancellationToken ct)
    {
        Invariant.Check(shardCount is >= 1 and <= 4_096, $"shard count {shardCount} is between 1 and 4096");
        await RunAsync(
            "INSERT INTO cluster VALUES ($1, $2, $3, $4, 1, 0, $5)", ct, random.NewGuid(), shardCount, StableHash.Version, SchemaSteps.Reader,
            systemId);
        await RunAsync("INSERT INTO shard SELECT i, NULL, 0, 0, $2 FROM generate_series(0, $1 - 1) AS i", ct, shardCount, now.UtcTicks)
            ;
    }

    private async Task<StoreIdentity> ReadIdentityAsync(int shardCount, string systemId, CancellationToken ct)
    {
        var rows = await ReadAsync(
            "SELECT id, shard_count, hash_version, restore_count, system_id FROM cluster",
            r => (Identity: new StoreIdentity(r.GetGuid(0), r.GetString(4), r.GetInt32(1), r.GetInt32(3)), Hash: r.GetInt32(2)), ct)
            ;
        var (identity, hashVersion) = rows.Single();
        if (identity.SystemId != systemId)
        {
            throw new StoreRefusedException(
                $"{place} was restored from another server (system {identity.SystemId}, this one is {systemId}). Stop every node of the old "
                + "world, then run: gantry store adopt");
        }

        if (identity.ShardCount != shardCount)
        {
            throw new StoreRefusedException(
                $"{place} was made with {identity.ShardCount} shards and this node is configured for {shardCount}. The number is fixed when a store is "
                + $"made: set it back to {identity.ShardCount}.");
        }

        return hashVersion == StableHash.Version
            ? identity
            : throw new StoreRefusedException(
                $"{place} places entities by hash version {hashVersion}, this release by {StableHash.Version}. Start the release that wrote it.");
    }

    private async Task EnsureAsync(ViewTable table, bool isFresh, CancellationToken ct)
    {
        var shapes = await ReadAsync("SELECT shape FROM view_shape WHERE name = $1", r => r.GetString(0), ct, table.Schema.Name);
        if (shapes is [var known] && table.Fits(known))
        {
            // Columns that it has beyond ours are of a newer release, or of nobody any more.
            return;
        }

        var shape = table.Shape;
        if (shapes is not [var present])
        {
            await RunAsync(table.CreateSql, ct);
        }
        else if (table.Additions(present) is { } added)
        {
            shape = $"{present}{added.Shape}";
            await RunAsync(added.Sql, ct);
            await FillColumnsAsync(table, table.Name, ct);
        }
        else
        {
            await RebuildAsync(table, ct);
        }

        await SetShapeAsync(table.Schema.Name, shape, ct);
        if (!isFresh)
        {
            // Nodes of the release before go on without these columns until the last of them is gone.
            await SetShapeAsync(ViewMarks.Of(table.Schema.Name), shape, ct);
        }
    }

    private Task SetShapeAsync(string name, string shape, CancellationToken ct) => RunAsync(
        "INSERT INTO view_shape VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET shape = excluded.shape", ct, name, shape);

    // A column of another type: nothing that the release before could go on with, so none of its nodes may run.
    private async Task RebuildAsync(ViewTable table, CancellationToken ct)
    {
        await RunAsync($"ALTER TABLE {table.Name} RENAME TO {table.Name}_old", ct);
        await RunAsync(table.CreateSql, ct);
        await FillColumnsAsync(table, $"{table.Name}_old", ct);
        await RunAsync($"DROP TABLE {table.Name}_old", ct);
    }

    // The documents hold everything: declared columns are read out of them anew.
    private async Task FillColumnsAsync(ViewTable table, string from, CancellationToken ct)
    {
        var ops = await ReadAsync(
            $"SELECT key, entity, shard, rev, doc FROM {from}",
            r => OpOf(table, r.GetString(0), EntityText.Parse(r.GetString(1)), r.GetInt32(2), r.GetInt64(3), (byte[])r.GetValue(4)), ct);
        foreach (var chunk in ops.Chunk(1_000))
        {
            await using var command = ViewWrites.Upsert(table, [.. chunk]).OnItsOwn(connection);
            await command.ExecuteNonQueryAsync(ct);
        }
    }

    private ViewRowOp OpOf(ViewTable table, string key, EntityAddress entity, int shard, long revision, byte[] document)
    {
        try
        {
            var row = JsonSerializer.Deserialize(document, table.Schema.RowType) ?? throw new JsonException("it is null");
            return new ViewRowOp(
                table.Schema, key, entity, new ShardId(shard), revision, [.. table.Schema.Columns.Select(c => c.Read(row))], document);
        }
        catch (JsonException e)
        {
            throw new StoreRefusedException(
                $"{place}: row {key} of view {table.Schema.Name} cannot be read in this release's shape ({e.Message}). Start the release that wrote "
                + "it, or restore the backup made before the upgrade.");
        }
    }

    private async Task RunAsync(string sql, CancellationToken ct, params object[] values)
    {
        await using var command = Command(sql, values);
        command.CommandTimeout = PatienceSeconds;
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<ImmutableArray<T>> AllAsync<T>(NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = ImmutableArray.CreateBuilder<T>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(read(reader));
        }

        return rows.ToImmutable();
    }

    private async Task<IReadOnlyList<T>> ReadAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct, params object[] values)
    {
        await using var command = Command(sql, values);
        return await AllAsync(command, read, ct);
    }

    private NpgsqlCommand Command(string sql, object[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }
}
