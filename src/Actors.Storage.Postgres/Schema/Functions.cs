namespace Gantry.Actors.Storage.Postgres;

/// <summary>
/// The first statement of every commit (engine 3.3, step 1) and the counting of view rows (step 3). Each statement of
/// <c>open_batch</c> has a snapshot of its own: what a lock wait let in is seen only by a later statement. A given-away shard is a batch of
/// its own behind the same fence (engine 5.6). The text of <c>open_batch</c> here is of step 1 and stays, for stores remember the step's checksum;
/// <see cref="OpenBatch"/> has the one in force.
/// </summary>
internal static class Functions
{
    /// <summary>The lane or a shard is not ours; the detail says <c>reason|text</c>.</summary>
    public const string FenceState = "AF001";

    /// <summary>Something in the batch lost; the detail names all of it as JSON.</summary>
    public const string LoserState = "AF002";

    /// <summary>Fewer view rows were written than asked: a wrong projection.</summary>
    public const string ViewState = "AF003";

    public const string Sql = """
        CREATE FUNCTION expect(written bigint, asked bigint, view text) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          IF written <> asked THEN
            RAISE EXCEPTION '% of % rows of view % were written: a row belongs to another entity, or has a newer revision', written, asked, view
              USING ERRCODE = 'AF003';
          END IF;
        END $$;

        CREATE FUNCTION pass_fence(me uuid, my_lane int, my_session int, n bigint) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
          found_lane lane%ROWTYPE;
        BEGIN
          UPDATE lane l SET batch_no = n
            WHERE l.incarnation = me AND l.lane = my_lane AND l.session = my_session AND l.batch_no = n - 1 AND NOT l.fenced;
          IF NOT FOUND THEN
            SELECT * INTO found_lane FROM lane l WHERE l.incarnation = me AND l.lane = my_lane;
            IF NOT FOUND THEN
              RAISE EXCEPTION 'fence' USING ERRCODE = 'AF001', DETAIL = format('Fenced|lane %s of %s is not there', my_lane, me);
            ELSIF found_lane.fenced THEN
              RAISE EXCEPTION 'fence' USING ERRCODE = 'AF001', DETAIL = format('Fenced|lane %s of %s is fenced', my_lane, me);
            ELSIF found_lane.session <> my_session THEN
              RAISE EXCEPTION 'fence' USING ERRCODE = 'AF001',
                DETAIL = format('Session|session %s is open, the batch is of session %s', found_lane.session, my_session);
            ELSE
              RAISE EXCEPTION 'fence' USING ERRCODE = 'AF001',
                DETAIL = format('BatchNumber|batch %s was the last, this one says %s', found_lane.batch_no, n);
            END IF;
          END IF;
        END $$;

        CREATE FUNCTION give_shard(me uuid, my_lane int, my_session int, n bigint, given int, its_epoch bigint, taker uuid, now bigint)
          RETURNS void LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
          PERFORM pass_fence(me, my_lane, my_session, n);
          UPDATE shard s SET owner = taker, epoch = s.epoch + 1, moved_at = now
            WHERE s.shard = given AND s.owner = me AND s.epoch = its_epoch
              AND EXISTS (SELECT 1 FROM node WHERE incarnation = taker AND state = 'up');
          IF NOT FOUND THEN
            RAISE EXCEPTION 'fence' USING ERRCODE = 'AF001',
              DETAIL = format('NotOwner|shard %s is not ours at epoch %s, or %s is not up', given, its_epoch, taker);
          END IF;
        END $$;

        CREATE FUNCTION open_batch(
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
          lost int[];
        BEGIN
          PERFORM pass_fence(me, my_lane, my_session, n);
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
            WITH asked AS (
                SELECT * FROM unnest(key_entities, key_keys, key_digests, key_sequences, key_times, key_tags, key_versions, key_replies)
                  WITH ORDINALITY AS t(entity, key, digest, seq, at, tag, ver, reply, place)),
              written AS (INSERT INTO receipt (entity, key, digest, seq, at, tag, ver, reply)
                SELECT entity, key, digest, seq, at, tag, ver, reply FROM asked ON CONFLICT DO NOTHING RETURNING entity, key)
            SELECT array_agg(a.place) INTO lost FROM asked a LEFT JOIN written w USING (entity, key) WHERE w.key IS NULL;
            IF lost IS NOT NULL THEN
              SELECT jsonb_agg(jsonb_build_object('entity', r.entity, 'key', r.key, 'digest', r.digest, 'seq', r.seq, 'at', r.at,
                  'tag', r.tag, 'ver', r.ver, 'reply', encode(r.reply, 'base64'))) INTO known
                FROM unnest(key_entities, key_keys) WITH ORDINALITY AS t(entity, key, place)
                JOIN receipt r ON r.entity = t.entity AND r.key = t.key WHERE t.place = ANY (lost);
            END IF;
          END IF;

          IF gone IS NOT NULL OR taken IS NOT NULL OR known IS NOT NULL THEN
            RAISE EXCEPTION 'losers' USING ERRCODE = 'AF002',
              DETAIL = jsonb_build_object('gone', gone, 'taken', taken, 'known', known)::text;
          END IF;
        END $$;
        """;
}
