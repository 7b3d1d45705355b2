using System.Security.Cryptography;
using System.Text;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>A numbered, forward-only change of the schema. Once released its text never changes: stores remember its checksum.</summary>
internal sealed record SchemaStep(int Level, string Sql)
{
    /// <summary>What stores remember.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));
}

/// <summary>All steps in order (engine 3.2, with the types of SQLite 3.35).</summary>
internal static class SchemaSteps
{
    // Times are UTC ticks (100 ns since 0001), so that a row comes back as it went in and "at once" sorts first.
    // Mail is found by due time for all shards: the one node owns every shard.
    // Event and receipt keep their row ids: appending beats clustering by a random key while bodies are large.
    private const string First = """
        CREATE TABLE cluster (id TEXT PRIMARY KEY, shard_count INTEGER NOT NULL, hash_version INTEGER NOT NULL,
          write_level INTEGER NOT NULL, restore_count INTEGER NOT NULL, system_id TEXT NOT NULL);
        CREATE TABLE node (incarnation TEXT PRIMARY KEY, node_id TEXT NOT NULL, state TEXT NOT NULL, started_at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE lane (incarnation TEXT NOT NULL, lane INTEGER NOT NULL, session INTEGER NOT NULL, batch_no INTEGER NOT NULL,
          fenced INTEGER NOT NULL, PRIMARY KEY (incarnation, lane)) WITHOUT ROWID;
        CREATE TABLE shard (shard INTEGER PRIMARY KEY, owner TEXT, epoch INTEGER NOT NULL, floor_pos INTEGER NOT NULL, moved_at INTEGER NOT NULL);
        CREATE TABLE event (entity TEXT NOT NULL, seq INTEGER NOT NULL, shard INTEGER NOT NULL, pos INTEGER NOT NULL, epoch INTEGER NOT NULL,
          tag TEXT NOT NULL, ver INTEGER NOT NULL, at INTEGER NOT NULL, cause TEXT NOT NULL, caller TEXT NOT NULL, trace TEXT, body BLOB NOT NULL,
          PRIMARY KEY (entity, seq), UNIQUE (shard, pos));
        CREATE TABLE snapshot (entity TEXT PRIMARY KEY, seq INTEGER NOT NULL, tag TEXT NOT NULL, state_ver INTEGER NOT NULL,
          body BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE entity (entity TEXT PRIMARY KEY, kind TEXT NOT NULL, shard INTEGER NOT NULL, created_at INTEGER NOT NULL,
          ended_at INTEGER) WITHOUT ROWID;
        CREATE INDEX entity_kind ON entity (shard, kind);
        CREATE TABLE receipt (entity TEXT NOT NULL, key TEXT NOT NULL, digest TEXT, seq INTEGER NOT NULL, at INTEGER NOT NULL,
          tag TEXT NOT NULL, ver INTEGER NOT NULL, reply BLOB NOT NULL, PRIMARY KEY (entity, key));
        CREATE INDEX receipt_at ON receipt (at);
        CREATE TABLE mail (src_shard INTEGER NOT NULL, src_pos INTEGER NOT NULL, ord INTEGER NOT NULL, dst_shard INTEGER NOT NULL,
          entity TEXT NOT NULL, due_at INTEGER NOT NULL, name TEXT, tag TEXT NOT NULL, ver INTEGER NOT NULL, meta BLOB NOT NULL,
          loads INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (src_shard, src_pos, ord)) WITHOUT ROWID;
        CREATE INDEX mail_due ON mail (due_at, src_shard, src_pos, ord, dst_shard);
        CREATE UNIQUE INDEX mail_timer ON mail (entity, name) WHERE name IS NOT NULL;
        CREATE TABLE parked (src_shard INTEGER NOT NULL, src_pos INTEGER NOT NULL, ord INTEGER NOT NULL, dst_shard INTEGER NOT NULL,
          entity TEXT NOT NULL, due_at INTEGER NOT NULL, name TEXT, tag TEXT NOT NULL, ver INTEGER NOT NULL, meta BLOB NOT NULL,
          loads INTEGER NOT NULL, body BLOB NOT NULL, parked_at INTEGER NOT NULL, attempts INTEGER NOT NULL, reason TEXT NOT NULL,
          PRIMARY KEY (src_shard, src_pos, ord)) WITHOUT ROWID;
        CREATE TABLE claim (space TEXT NOT NULL, value TEXT NOT NULL, entity TEXT NOT NULL, at INTEGER NOT NULL,
          PRIMARY KEY (space, value)) WITHOUT ROWID;
        CREATE INDEX claim_entity ON claim (entity);
        CREATE TABLE suspect (entity TEXT NOT NULL, tag TEXT NOT NULL, node_id TEXT NOT NULL, at INTEGER NOT NULL);
        CREATE TABLE view_shape (name TEXT PRIMARY KEY, shape TEXT NOT NULL) WITHOUT ROWID;
        """;

    // Every row gets its checksum (decision 0008). What was written before is taken as it is: nobody can tell any more.
    private const string Sums = """
        ALTER TABLE cluster ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE shard ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE event ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE snapshot ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE entity ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE receipt ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE mail ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE parked ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE claim ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
        UPDATE cluster SET sum = gantry_sum(id, shard_count, hash_version, write_level, restore_count, system_id);
        UPDATE shard SET sum = gantry_sum(shard, owner, epoch, floor_pos, moved_at);
        UPDATE event SET sum = gantry_sum(entity, seq, shard, pos, epoch, tag, ver, at, cause, caller, trace, body);
        UPDATE snapshot SET sum = gantry_sum(entity, seq, tag, state_ver, body);
        UPDATE entity SET sum = gantry_sum(entity, kind, shard, created_at, ended_at);
        UPDATE receipt SET sum = gantry_sum(entity, key, digest, seq, at, tag, ver, reply);
        UPDATE mail SET sum = gantry_sum(src_shard, src_pos, ord, dst_shard, entity, due_at, name, tag, ver, meta, body) + loads;
        UPDATE parked SET sum = gantry_sum(src_shard, src_pos, ord, dst_shard, entity, due_at, name, tag, ver, meta, body) + loads
          + gantry_sum(parked_at, attempts, reason);
        UPDATE claim SET sum = gantry_sum(space, value, entity, at);
        """;

    /// <summary>Steps of this release.</summary>
    public static IReadOnlyList<SchemaStep> All { get; } = [new(1, First), new(2, Sums)];
}
