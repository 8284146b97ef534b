-- Holds: reserve, void, expire; capture is in capture.sql. Each is one call; a hold is
-- resolved by a conditional UPDATE of its row, so that of two requests one does it.

-- Small questions asked thousands of times a second, by the same few indexes: never with
-- a scan of a table that was small when it was planned or a bitmap, which would leave
-- dead index entries for the next one to step over. Odoo discards all plans between two
-- transactions, and planning costs more than running: what usually happens is a few
-- statements without joins, helpers and assignments. What is rare may take its time.

-- What the caller gets: the hold as it is now.
-- state, done (it is as asked), repeated (it was so before), conflict (otherwise).
CREATE OR REPLACE FUNCTION retail_loyalty_reserve(
    p_document jsonb, p_now timestamp, p_user integer, p_correlation text,
    OUT state text, OUT done boolean, OUT repeated boolean, OUT conflict boolean,
    OUT hold_id integer, OUT entry_id integer, OUT points bigint, OUT captured bigint,
    OUT expires_at timestamp, OUT available bigint
) LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_bitmapscan = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    v_account integer := p_document ->> 'account_id';
BEGIN
    INSERT INTO retail_loyalty_hold AS r (uuid, content_hash, program_id, company_id,
        account_id, state, points, captured, ttl_s, created_at, expires_at, channel,
        store_id, ref, user_id, correlation_id)
    SELECT p_document ->> 'uuid',
           encode(sha256(convert_to(p_document::text, 'UTF8')), 'hex'),
           a.program_id, a.company_id, a.id, 'open', (p_document ->> 'points')::bigint,
           0, (p_document ->> 'ttl_s')::integer, p_now,
           p_now + make_interval(secs => (p_document ->> 'ttl_s')::integer),
           p_document ->> 'channel', (p_document ->> 'store_id')::integer,
           p_document ->> 'ref', p_user, p_correlation
      FROM retail_loyalty_account AS a WHERE a.id = v_account AND a.kind = 'member'
        ON CONFLICT (uuid) DO NOTHING
 RETURNING r.id, r.points, r.expires_at INTO hold_id, points, expires_at;
    -- Points past their end are not spendable, whether the nightly job ran or not.
    UPDATE retail_loyalty_account AS a SET held = a.held + points, version = a.version + 1
     WHERE a.id = v_account AND a.posted - a.held - points >= a.floor
       AND NOT EXISTS (
           SELECT FROM retail_loyalty_lot AS lot
            WHERE lot.account_id = v_account AND lot.is_open AND lot.expires_at <= p_now)
 RETURNING 'open', true, false, false, 0, a.posted - a.held
      INTO state, done, repeated, conflict, captured, available;
    IF available IS NULL THEN
        SELECT * INTO state, done, repeated, conflict, hold_id, points, captured,
                      expires_at, available
          FROM retail_loyalty_reserve_otherwise(
              p_document, hold_id, p_now, p_user, p_correlation);
    END IF;
END $$;

-- A reservation that was asked before, or that finds too little at first sight.
CREATE OR REPLACE FUNCTION retail_loyalty_reserve_otherwise(
    p_document jsonb, p_fresh integer, p_now timestamp, p_user integer,
    p_correlation text,
    OUT state text, OUT done boolean, OUT repeated boolean, OUT conflict boolean,
    OUT hold_id integer, OUT points bigint, OUT captured bigint,
    OUT expires_at timestamp, OUT available bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    h retail_loyalty_hold;
BEGIN
    SELECT * INTO h FROM retail_loyalty_hold AS r WHERE r.uuid = p_document ->> 'uuid';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'No member account %', p_document ->> 'account_id'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    repeated := p_fresh IS NULL;
    conflict := false;
    IF repeated THEN
        conflict := h.content_hash <> retail_loyalty_content_hash(p_document);
        done := NOT conflict AND h.state <> 'refused';
    ELSE
        PERFORM retail_loyalty_expire(h.account_id, p_now, p_user, p_correlation);
        UPDATE retail_loyalty_account AS a
           SET held = a.held + h.points, version = a.version + 1
         WHERE a.id = h.account_id AND a.posted - a.held - h.points >= a.floor;
        done := FOUND;
        IF NOT done THEN
            UPDATE retail_loyalty_hold AS r
               SET state = 'refused', resolved_at = p_now
             WHERE r.id = h.id RETURNING r.state INTO h.state;
        END IF;
    END IF;
    SELECT h.state, h.id, h.points, h.captured, h.expires_at, a.posted - a.held
      INTO state, hold_id, points, captured, expires_at, available
      FROM retail_loyalty_account AS a WHERE a.id = h.account_id;
END $$;

-- Free the points of a hold that ended without being spent.
DROP FUNCTION IF EXISTS retail_loyalty_release(integer, bigint);
CREATE FUNCTION retail_loyalty_release(p_account integer, p_points bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE retail_loyalty_account AS a
       SET held = a.held - p_points, version = a.version + 1,
           forced_debt = greatest(0, a.floor - (a.posted - a.held + p_points))
     WHERE a.id = p_account;
END $$;

CREATE OR REPLACE FUNCTION retail_loyalty_void(
    p_uuid text, p_now timestamp,
    OUT state text, OUT done boolean, OUT repeated boolean, OUT conflict boolean,
    OUT hold_id integer, OUT entry_id integer, OUT points bigint, OUT captured bigint,
    OUT expires_at timestamp, OUT available bigint
) LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_bitmapscan = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    h retail_loyalty_hold;
BEGIN
    UPDATE retail_loyalty_hold AS r
       SET state = CASE WHEN r.expires_at > p_now THEN 'voided' ELSE 'expired' END,
           resolved_at = p_now
     WHERE r.uuid = p_uuid AND r.state = 'open'
 RETURNING r.* INTO h;
    repeated := NOT FOUND;
    IF repeated THEN
        SELECT * INTO h FROM retail_loyalty_hold AS r WHERE r.uuid = p_uuid;
        IF NOT FOUND THEN
            SELECT 'unknown', false, false, false INTO state, done, repeated, conflict;
            RETURN;
        END IF;
    ELSE
        PERFORM retail_loyalty_release(h.account_id, h.points);
    END IF;
    -- Who voids wants the points to be free: so they are, however that came about.
    done := h.state <> 'captured';
    conflict := NOT done;
    repeated := repeated AND done;
    SELECT h.state, h.id, h.points, h.captured, h.expires_at, a.posted - a.held
      INTO state, hold_id, points, captured, expires_at, available
      FROM retail_loyalty_account AS a WHERE a.id = h.account_id;
END $$;

-- Let holds end whose time is over. Those that somebody is working on are left to them.
CREATE OR REPLACE FUNCTION retail_loyalty_expire_holds(p_now timestamp, p_limit integer)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_ended bigint := 0;
    v_account record;
BEGIN
    FOR v_account IN
        WITH due AS (
            SELECT id FROM retail_loyalty_hold
             WHERE state = 'open' AND expires_at <= p_now
             ORDER BY expires_at LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED
        ), ended AS (
            UPDATE retail_loyalty_hold AS hold
               SET state = 'expired', resolved_at = p_now
              FROM due WHERE hold.id = due.id
         RETURNING hold.account_id, hold.points
        )
        SELECT account_id, sum(points) AS points, count(*) FROM ended
         GROUP BY account_id ORDER BY account_id
    LOOP
        PERFORM retail_loyalty_release(v_account.account_id, v_account.points::bigint);
        v_ended := v_ended + v_account.count;
    END LOOP;
    RETURN v_ended;
END $$;
