-- Holds: reserve, capture, void, expire. Each is one call; a hold is resolved by a
-- conditional UPDATE of its row, so that of two requests one does it.

-- Small questions asked thousands of times a second, by the same few indexes: the plans
-- are made once per connection, and never with a scan of a table that was small then or
-- a bitmap, which would leave dead index entries for the next one to step over.

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
    h retail_loyalty_hold;
    v_hash text := retail_loyalty_content_hash(p_document);
BEGIN
    repeated := false;
    conflict := false;
    h := jsonb_populate_record(NULL::retail_loyalty_hold, p_document);
    SELECT a.program_id, a.company_id INTO h.program_id, h.company_id
      FROM retail_loyalty_account AS a WHERE a.id = h.account_id AND a.kind = 'member';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'No member account %', h.account_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    h.id := nextval('retail_loyalty_hold_id_seq');
    h.content_hash := v_hash;
    h.state := 'open';
    h.captured := 0;
    h.created_at := p_now;
    h.expires_at := p_now + make_interval(secs => h.ttl_s);
    h.user_id := p_user;
    h.correlation_id := p_correlation;
    INSERT INTO retail_loyalty_hold VALUES (h.*) ON CONFLICT (uuid) DO NOTHING;
    IF FOUND THEN
        -- Points past their end are not spendable, whether the nightly job ran or not.
        IF EXISTS (SELECT FROM retail_loyalty_lot AS lot
                    WHERE lot.account_id = h.account_id AND lot.is_open
                      AND lot.expires_at <= p_now) THEN
            PERFORM retail_loyalty_expire(h.account_id, p_now, p_user, p_correlation);
        END IF;
        UPDATE retail_loyalty_account AS a
           SET held = a.held + h.points, version = a.version + 1
         WHERE a.id = h.account_id AND a.posted - a.held - h.points >= a.floor
     RETURNING a.posted - a.held INTO available;
        done := FOUND;
        IF NOT done THEN
            UPDATE retail_loyalty_hold AS r
               SET state = 'refused', resolved_at = p_now
             WHERE r.id = h.id RETURNING r.state INTO h.state;
        END IF;
    ELSE
        SELECT * INTO h FROM retail_loyalty_hold AS r WHERE r.uuid = h.uuid;
        repeated := true;
        conflict := h.content_hash <> v_hash;
        done := NOT conflict AND h.state <> 'refused';
    END IF;
    IF available IS NULL THEN
        SELECT a.posted - a.held INTO available
          FROM retail_loyalty_account AS a WHERE a.id = h.account_id;
    END IF;
    SELECT h.state, h.id, h.points, h.captured, h.expires_at
      INTO state, hold_id, points, captured, expires_at;
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

CREATE OR REPLACE FUNCTION retail_loyalty_capture(
    p_uuid text, p_document jsonb, p_now timestamp, p_user integer, p_correlation text,
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
    e retail_loyalty_entry;
    v_points bigint := (p_document ->> 'points')::bigint;
BEGIN
    repeated := false;
    UPDATE retail_loyalty_hold AS r
       SET state = 'captured', captured = coalesce(v_points, r.points),
           resolved_at = p_now
     WHERE r.uuid = p_uuid AND r.state = 'open' AND r.expires_at > p_now
       AND coalesce(v_points, 0) <= r.points
 RETURNING r.* INTO h;
    done := FOUND;
    IF done THEN
        e := jsonb_populate_record(NULL::retail_loyalty_entry, p_document - 'points');
        e.content_hash := retail_loyalty_content_hash(p_document);
        e.account_id := h.account_id;
        e.kind := 'redemption';
        e.amount := -h.captured;
        e.hold_id := h.id;
        e.channel := coalesce(e.channel, h.channel);
        e.store_id := coalesce(e.store_id, h.store_id);
        e.ref := coalesce(e.ref, h.ref);
        -- Forced: what is held was promised, and taking it leaves no less available.
        e := retail_loyalty_append(
            retail_loyalty_prepare(e, p_now, p_user, p_correlation), h.points, true);
        entry_id := e.id;
        v_points := least(h.captured, greatest(0, e.balance_after + h.captured));
        IF v_points > 0 THEN
            PERFORM retail_loyalty_lot_take(e, v_points, NULL);
        END IF;
    ELSE
        SELECT * INTO h FROM retail_loyalty_hold AS r WHERE r.uuid = p_uuid;
        IF NOT FOUND THEN
            state := 'unknown';
            conflict := false;
            RETURN;
        END IF;
        IF h.state = 'open' AND h.expires_at <= p_now THEN
            UPDATE retail_loyalty_hold AS r SET state = 'expired', resolved_at = p_now
             WHERE r.id = h.id AND r.state = 'open' RETURNING r.* INTO h;
            PERFORM retail_loyalty_release(h.account_id, h.points);
        END IF;
        repeated := h.state = 'captured'
            AND h.captured = coalesce(v_points, h.points);
        done := repeated;
        SELECT r.id INTO entry_id FROM retail_loyalty_entry AS r
         WHERE r.hold_id = h.id AND r.reverses_id IS NULL;
    END IF;
    conflict := NOT done AND h.state IN ('captured', 'voided', 'open');
    SELECT h.state, h.id, h.points, h.captured, h.expires_at, a.posted - a.held
      INTO state, hold_id, points, captured, expires_at, available
      FROM retail_loyalty_account AS a WHERE a.id = h.account_id;
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
