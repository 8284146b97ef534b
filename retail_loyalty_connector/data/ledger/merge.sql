-- Two members of one program who are one person: the absorbed one's account follows the
-- other's. Holds, pending points and the balance go over, lots with their ends; what is
-- reversed later on the old account passes through to the survivor's.
--
-- Order of locks, as everywhere: holds by id, then accounts by id, then all else.

-- Where the points of an account are today, however often it was merged.
CREATE OR REPLACE FUNCTION retail_loyalty_root(p_account integer)
RETURNS integer LANGUAGE sql STABLE AS $$
    WITH RECURSIVE way AS (
        SELECT id, merged_into_id FROM retail_loyalty_account WHERE id = p_account
         UNION ALL
        SELECT a.id, a.merged_into_id
          FROM way JOIN retail_loyalty_account AS a ON a.id = way.merged_into_id
    ) SELECT id FROM way WHERE merged_into_id IS NULL
$$;

-- Points between an account and the one it was merged into; nobody is refused here.
CREATE OR REPLACE FUNCTION retail_loyalty_follow(
    p_from integer, p_to integer, p_points bigint, p_uuid text, p_more jsonb,
    p_now timestamp, p_user integer, p_correlation text
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_entry integer;
BEGIN
    IF p_points > 0 THEN
        SELECT entry_id INTO v_entry FROM retail_loyalty_transfer(
            jsonb_build_array(jsonb_build_object('uuid', p_uuid, 'kind', 'transfer',
                'account_id', p_from, 'to_account_id', p_to, 'amount', -p_points,
                'forced', true, 'keeps_due', true) || p_more),
            p_now, p_user, p_correlation);
    END IF;
    RETURN v_entry;
END $$;

-- Open holds and pending points change their account. Both accounts are locked.
CREATE OR REPLACE FUNCTION retail_loyalty_carry(
    p_from integer, p_to integer, p_holds integer[], p_pendings integer[],
    p_points bigint, p_uuid text, p_more jsonb, p_now timestamp, p_user integer,
    p_correlation text
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_held bigint;
    v_pending bigint;
    v_entry integer;
BEGIN
    -- The hash follows: the same request under either member's id finds the hold.
    WITH moved AS (
        UPDATE retail_loyalty_hold AS h
           SET account_id = p_to,
               content_hash = retail_loyalty_content_hash(jsonb_strip_nulls(
                   jsonb_build_object('uuid', h.uuid, 'account_id', p_to,
                       'points', h.points, 'ttl_s', h.ttl_s, 'channel', h.channel,
                       'store_id', h.store_id, 'ref', h.ref)))
         WHERE h.id = ANY (p_holds) RETURNING h.points
    ) SELECT coalesce(sum(points), 0) INTO v_held FROM moved;
    WITH moved AS (
        UPDATE retail_loyalty_pending AS p SET account_id = p_to
         WHERE p.id = ANY (p_pendings) RETURNING p.amount - p.cancelled AS points
    ) SELECT coalesce(sum(points), 0) INTO v_pending FROM moved;
    UPDATE retail_loyalty_account AS a
       SET held = a.held - v_held, pending = a.pending - v_pending,
           forced_debt = greatest(0, a.floor - (a.posted - a.held + v_held)),
           version = a.version + 1
     WHERE a.id = p_from;
    v_entry := retail_loyalty_follow(
        p_from, p_to, p_points, p_uuid, p_more, p_now, p_user, p_correlation);
    UPDATE retail_loyalty_account AS a
       SET held = a.held + v_held, pending = a.pending + v_pending,
           forced_debt = greatest(0, a.floor - (a.posted - a.held - v_held)),
           version = a.version + 1
     WHERE a.id = p_to;
    RETURN v_entry;
END $$;

-- Let p_from follow p_to. Answers what went over, which retail_loyalty_unmerge takes.
CREATE OR REPLACE FUNCTION retail_loyalty_merge(
    p_from integer, p_to integer, p_uuid text, p_reason text, p_now timestamp,
    p_user integer, p_correlation text
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_more jsonb := jsonb_strip_nulls(jsonb_build_object('reason', p_reason));
    v_holds integer[];
    v_pendings integer[];
    a retail_loyalty_account;
    v_entry integer;
BEGIN
    SELECT array_agg(h.id) INTO v_holds FROM (
        SELECT id FROM retail_loyalty_hold WHERE account_id = p_from AND state = 'open'
         ORDER BY id FOR NO KEY UPDATE) AS h;
    PERFORM FROM retail_loyalty_account
      WHERE id IN (p_from, p_to) ORDER BY id FOR NO KEY UPDATE;
    IF (SELECT count(*) <> 2 OR count(DISTINCT wallet_id) <> 1
          FROM retail_loyalty_account
         WHERE id IN (p_from, p_to) AND kind = 'member' AND merged_into_id IS NULL)
    THEN
        RAISE EXCEPTION 'Two living accounts of one wallet are merged'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    SELECT array_agg(id) INTO v_pendings FROM retail_loyalty_pending
     WHERE account_id = p_from AND state = 'pending';
    SELECT * INTO a FROM retail_loyalty_account WHERE id = p_from;
    v_entry := retail_loyalty_carry(p_from, p_to, v_holds, v_pendings,
        greatest(0, a.posted), p_uuid, v_more, p_now, p_user, p_correlation);
    IF a.posted < 0 THEN
        -- What was owed is paid with the survivor's points, or owed by the survivor.
        v_entry := retail_loyalty_follow(p_to, p_from, -a.posted, p_uuid, v_more,
            p_now, p_user, p_correlation);
    END IF;
    UPDATE retail_loyalty_account SET merged_into_id = p_to WHERE id = p_from;
    RETURN jsonb_build_object('holds', v_holds, 'pendings', v_pendings,
        'points', a.posted, 'sequence', a.last_sequence, 'entry_id', v_entry);
END $$;

-- Entries on p_to whose lots came over from p_from: by the merge, by what passed
-- through since, and by what was pending then. Their lots' rest is attributable. Beside
-- each the entry that took them from p_from's lots, where they go back to.
DROP FUNCTION IF EXISTS retail_loyalty_came_over(integer, integer, jsonb);
CREATE FUNCTION retail_loyalty_came_over(
    p_from integer, p_to integer, p_moved jsonb
) RETURNS TABLE (entry_id integer, debit_id integer, points bigint)
LANGUAGE sql STABLE AS $$
    SELECT came.id, came.debit_id, sum(lot.remaining)::bigint
      FROM (
           SELECT credit.id, debit.id AS debit_id FROM retail_loyalty_entry AS debit
             JOIN retail_loyalty_entry AS credit ON credit.uuid
                  = md5('retail.loyalty.transferred:' || debit.uuid)::uuid::text
            WHERE debit.account_id = p_from AND debit.kind = 'transfer'
              AND debit.amount < 0
              AND debit.sequence > (p_moved ->> 'sequence')::bigint
            UNION ALL
           SELECT p.entry_id, NULL FROM retail_loyalty_pending AS p
            WHERE p.id IN (SELECT value::integer FROM jsonb_array_elements_text(
                CASE jsonb_typeof(p_moved -> 'pendings') WHEN 'array'
                     THEN p_moved -> 'pendings' ELSE '[]' END))
           ) AS came
      JOIN retail_loyalty_lot AS lot
        ON lot.entry_id = came.id AND lot.account_id = p_to AND lot.is_open
     GROUP BY came.id, came.debit_id ORDER BY came.id
$$;

-- Part them again: what came over and was not spent goes back, as far as the survivor's
-- open payments leave it; holds that came over go back if their points do.
CREATE OR REPLACE FUNCTION retail_loyalty_unmerge(
    p_from integer, p_to integer, p_moved jsonb, p_uuid text, p_reason text,
    p_now timestamp, p_user integer, p_correlation text
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_more jsonb := jsonb_strip_nulls(jsonb_build_object('reason', p_reason));
    v_debt bigint := greatest(0, -(p_moved ->> 'points')::bigint);
    v_holds integer[];
    v_pendings integer[];
    v_held bigint;
    v_free bigint;
    v_left bigint;
    v_back bigint := 0;
    v_part record;
BEGIN
    SELECT array_agg(h.id), coalesce(sum(h.points), 0) INTO v_holds, v_held FROM (
        SELECT id, points FROM retail_loyalty_hold
         WHERE account_id = p_to AND state = 'open'
           AND coalesce(p_moved -> 'holds', '[]') @> to_jsonb(id)
         ORDER BY id FOR NO KEY UPDATE) AS h;
    PERFORM FROM retail_loyalty_account
      WHERE id IN (p_from, p_to) ORDER BY id FOR NO KEY UPDATE;
    PERFORM retail_loyalty_expire(p_to, p_now, p_user, p_correlation);
    SELECT greatest(0, posted - held) INTO v_free
      FROM retail_loyalty_account WHERE id = p_to;
    SELECT coalesce(sum(points), 0) INTO v_left
      FROM retail_loyalty_came_over(p_from, p_to, p_moved);
    IF v_held > least(v_left, v_free + v_held) THEN
        v_holds := NULL;
        v_held := 0;
    END IF;
    v_left := least(v_left, v_free + v_held);
    SELECT array_agg(id) INTO v_pendings FROM retail_loyalty_pending
     WHERE account_id = p_to AND state = 'pending'
       AND coalesce(p_moved -> 'pendings', '[]') @> to_jsonb(id);
    PERFORM retail_loyalty_carry(p_to, p_from, v_holds, v_pendings, 0, NULL, NULL,
        p_now, p_user, p_correlation);
    FOR v_part IN SELECT * FROM retail_loyalty_came_over(p_from, p_to, p_moved) LOOP
        EXIT WHEN v_left = 0;
        v_part.points := least(v_part.points, v_left);
        PERFORM retail_loyalty_follow(p_to, p_from, v_part.points,
            md5(p_uuid || ':' || v_part.entry_id)::uuid::text,
            v_more || jsonb_strip_nulls(jsonb_build_object(
                'first_entry_id', v_part.entry_id,
                'restores_entry_id', v_part.debit_id)),
            p_now, p_user, p_correlation);
        v_back := v_back + v_part.points;
        v_left := v_left - v_part.points;
    END LOOP;
    -- A debt that the survivor paid is owed again, and their lots get their points.
    PERFORM retail_loyalty_follow(p_from, p_to, v_debt, md5(p_uuid)::uuid::text,
        v_more || jsonb_build_object('restores_entry_id', p_moved -> 'entry_id'),
        p_now, p_user, p_correlation);
    UPDATE retail_loyalty_account SET merged_into_id = NULL WHERE id = p_from;
    RETURN jsonb_build_object('holds', v_holds, 'pendings', v_pendings,
        'points', v_back - v_debt);
END $$;
