namespace Gantry.Actors.Storage.Postgres;

/// <summary>
/// The second form of <c>open_batch</c>: the common case, in which nothing loses, costs no join. How many receipts were written is counted by the
/// server; only when some were not are the known ones looked for, and those are the rows of other transactions. The fence is tried in place, and
/// <c>pass_fence</c> is called for its reason, or to pass when the row has come round meanwhile.
/// </summary>
internal static class OpenBatch
{
    public const string Sql = """
        CREATE OR REPLACE FUNCTION open_batch(
          me uuid, my_lane int, my_session int, n bigint, shards int[], epochs bigint[],
          mail_shards int[], mail_positions bigint[], mail_ordinals int[],
          park_shards int[], park_positions bigint[], park_ordinals int[], park_times bigint[], park_attempts int[], park_reasons text[],
          claim_spaces text[], claim_values text[], claim_entities text[], claim_times bigint[],
          free_spaces text[], free_values text[], free_entities text[],
          key_entities text[], key_keys text[], key_digests text[], key_sequences bigint[], key_times bigint[], key_tags text[],
          key_versions int[], key_replies bytea[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
          wrong text;
          gone jsonb;
          taken jsonb;
          known jsonb;
          written int;
        BEGIN
          UPDATE lane l SET batch_no = n
            WHERE l.incarnation = me AND l.lane = my_lane AND l.session = my_session AND l.batch_no = n - 1 AND NOT l.fenced;
          IF NOT FOUND THEN
            PERFORM pass_fence(me, my_lane, my_session, n);
          END IF;
          SELECT format('NotOwner|shard %s belongs to %s at epoch %s, the batch says %s at %s', t.shard, s.owner, s.epoch, me, t.epoch) INTO wrong
            FROM unnest(shards, epochs) AS t(shard, epoch) LEFT JOIN shard s ON s.shard = t.shard
            WHERE s.owner IS DISTINCT FROM me OR s.epoch IS DISTINCT FROM t.epoch LIMIT 1;
          IF wrong IS NOT NULL THEN
            RAISE EXCEPTION 'fence' USING ERRCODE = 'AF001', DETAIL = wrong;
          END IF;

          IF cardinality(park_shards) > 0 THEN
            INSERT INTO parked
              SELECT m.*, t.at, t.attempts, t.reason
              FROM unnest(park_shards, park_positions, park_ordinals, park_times, park_attempts, park_reasons)
                AS t(src_shard, src_pos, ord, at, attempts, reason) JOIN mail m USING (src_shard, src_pos, ord);
          END IF;

          IF cardinality(mail_shards) > 0 THEN
            WITH asked AS (SELECT * FROM unnest(mail_shards, mail_positions, mail_ordinals) AS t(src_shard, src_pos, ord)),
              consumed AS (DELETE FROM mail m USING asked a WHERE m.src_shard = a.src_shard AND m.src_pos = a.src_pos AND m.ord = a.ord
                RETURNING m.src_shard, m.src_pos, m.ord)
            SELECT jsonb_agg(jsonb_build_array(a.src_shard, a.src_pos, a.ord)) INTO gone
              FROM asked a LEFT JOIN consumed c USING (src_shard, src_pos, ord) WHERE c.src_shard IS NULL;
          END IF;

          IF cardinality(claim_spaces) > 0 THEN
            INSERT INTO claim (space, value, entity, at)
              SELECT t.space, t.value, t.entity, t.at
              FROM unnest(claim_spaces, claim_values, claim_entities, claim_times) WITH ORDINALITY AS t(space, value, entity, at, place)
              ORDER BY t.place ON CONFLICT DO NOTHING;
            SELECT jsonb_agg(jsonb_build_array(t.space, t.value, t.entity, c.entity)) INTO taken
              FROM unnest(claim_spaces, claim_values, claim_entities) AS t(space, value, entity)
              LEFT JOIN claim c ON c.space = t.space AND c.value = t.value WHERE c.entity IS DISTINCT FROM t.entity;
          END IF;

          IF cardinality(free_spaces) > 0 THEN
            DELETE FROM claim c USING unnest(free_spaces, free_values, free_entities) AS t(space, value, entity)
              WHERE c.space = t.space AND c.value = t.value AND c.entity = t.entity;
          END IF;

          IF cardinality(key_entities) > 0 THEN
            INSERT INTO receipt (entity, key, digest, seq, at, tag, ver, reply)
              SELECT * FROM unnest(key_entities, key_keys, key_digests, key_sequences, key_times, key_tags, key_versions, key_replies)
              ON CONFLICT DO NOTHING;
            GET DIAGNOSTICS written = ROW_COUNT;
            IF written < cardinality(key_entities) THEN
              SELECT jsonb_agg(jsonb_build_object('entity', r.entity, 'key', r.key, 'digest', r.digest, 'seq', r.seq, 'at', r.at,
                  'tag', r.tag, 'ver', r.ver, 'reply', encode(r.reply, 'base64'))) INTO known
                FROM unnest(key_entities, key_keys) AS t(entity, key)
                JOIN receipt r ON r.entity = t.entity AND r.key = t.key WHERE r.xmin <> pg_current_xact_id()::xid;
            END IF;
          END IF;

          IF gone IS NOT NULL OR taken IS NOT NULL OR known IS NOT NULL THEN
            RAISE EXCEPTION 'losers' USING ERRCODE = 'AF002',
              DETAIL = jsonb_build_object('gone', gone, 'taken', taken, 'known', known)::text;
          END IF;
        END $$;
        """;
}
