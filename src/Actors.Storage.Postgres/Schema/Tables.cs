namespace Gantry.Actors.Storage.Postgres;

/// <summary>The tables of engine 3.2.</summary>
internal static class Tables
{
    // Times are UTC ticks (100 ns since 0001): a row comes back as it went in, which microseconds would not give, and "at once" sorts first.
    // The lane and node rows change in place all the time: room on the page keeps those updates off the indexes.
    public const string Sql = """
        CREATE TABLE cluster (id uuid PRIMARY KEY, shard_count int NOT NULL, hash_version int NOT NULL, schema_level int NOT NULL,
          write_level int NOT NULL, restore_count int NOT NULL, system_id text NOT NULL);
        CREATE TABLE node (incarnation uuid PRIMARY KEY, node_id text NOT NULL, link text, public_url text, state text NOT NULL,
          beat bigint NOT NULL DEFAULT 0, weight int NOT NULL DEFAULT 1, zone text, wire_level int NOT NULL DEFAULT 1,
          unreachable text[] NOT NULL DEFAULT '{}', started_at bigint NOT NULL) WITH (fillfactor = 10);
        CREATE UNIQUE INDEX node_live ON node (node_id) WHERE state IN ('joining', 'up', 'draining');
        CREATE TABLE lane (incarnation uuid NOT NULL, lane int NOT NULL, session int NOT NULL, batch_no bigint NOT NULL, fenced bool NOT NULL,
          PRIMARY KEY (incarnation, lane)) WITH (fillfactor = 10);
        CREATE TABLE shard (shard int PRIMARY KEY, owner uuid, epoch bigint NOT NULL, floor_pos bigint NOT NULL, moved_at bigint NOT NULL);
        CREATE TABLE event (entity text COLLATE "C" NOT NULL, seq bigint NOT NULL, shard int NOT NULL, pos bigint NOT NULL, epoch bigint NOT NULL,
          tag text NOT NULL, ver int NOT NULL, at bigint NOT NULL, cause text NOT NULL, caller text NOT NULL, trace text, body bytea NOT NULL,
          PRIMARY KEY (entity, seq), UNIQUE (shard, pos));
        CREATE TABLE snapshot (entity text COLLATE "C" PRIMARY KEY, seq bigint NOT NULL, tag text NOT NULL, state_ver int NOT NULL,
          body bytea NOT NULL);
        CREATE TABLE entity (entity text COLLATE "C" PRIMARY KEY, kind text NOT NULL, shard int NOT NULL, created_at bigint NOT NULL,
          ended_at bigint);
        CREATE INDEX entity_kind ON entity (shard, kind);
        CREATE TABLE receipt (entity text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, digest text, seq bigint NOT NULL, at bigint NOT NULL,
          tag text NOT NULL, ver int NOT NULL, reply bytea NOT NULL, PRIMARY KEY (entity, key));
        CREATE INDEX receipt_at ON receipt (at);
        CREATE TABLE mail (src_shard int NOT NULL, src_pos bigint NOT NULL, ord int NOT NULL, dst_shard int NOT NULL,
          entity text COLLATE "C" NOT NULL, due_at bigint NOT NULL, name text COLLATE "C", tag text NOT NULL, ver int NOT NULL,
          meta bytea NOT NULL, loads int NOT NULL, body bytea NOT NULL, PRIMARY KEY (src_shard, src_pos, ord))
          WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
        CREATE INDEX mail_due ON mail (dst_shard, due_at, src_shard, src_pos, ord);
        CREATE UNIQUE INDEX mail_timer ON mail (entity, name) WHERE name IS NOT NULL;
        CREATE TABLE parked (src_shard int NOT NULL, src_pos bigint NOT NULL, ord int NOT NULL, dst_shard int NOT NULL,
          entity text COLLATE "C" NOT NULL, due_at bigint NOT NULL, name text COLLATE "C", tag text NOT NULL, ver int NOT NULL,
          meta bytea NOT NULL, loads int NOT NULL, body bytea NOT NULL, parked_at bigint NOT NULL, attempts int NOT NULL, reason text NOT NULL,
          PRIMARY KEY (src_shard, src_pos, ord));
        CREATE TABLE claim (space text COLLATE "C" NOT NULL, value text COLLATE "C" NOT NULL, entity text COLLATE "C" NOT NULL, at bigint NOT NULL,
          PRIMARY KEY (space, value));
        CREATE INDEX claim_entity ON claim (entity);
        CREATE TABLE suspect (entity text COLLATE "C" NOT NULL, tag text NOT NULL, node_id text NOT NULL, at bigint NOT NULL);
        CREATE TABLE view_shape (name text PRIMARY KEY, shape text NOT NULL);

        """;
}
